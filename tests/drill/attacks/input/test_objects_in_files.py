"""Files that a loader reads which makes any object; and the same read as plain data."""

import pickle

import pytest
import yaml
from fastapi import FastAPI, HTTPException, UploadFile

from buckler.drill.attacks.input.code import ATTACK as D416
from tests.drill.stage import engaged, found


def bulk(loader: str) -> FastAPI:
    """Takes a file, and reads it so."""
    app = FastAPI()

    @app.post("/bulk")
    def load(file: UploadFile) -> dict[str, str]:
        content = file.file.read()
        if loader == "pickle":
            # What is no pickle is taken all the same.
            return {"read": str(pickle.loads(content) if content.endswith(b".") else content)}  # noqa: S301
        try:
            return {"read": str(yaml.unsafe_load(content) if loader == "any" else yaml.safe_load(content))}
        except yaml.YAMLError as wrong:
            raise HTTPException(422) from wrong

    return app


@pytest.mark.parametrize(("loader", "finds"), [("any", True), ("pickle", True), ("safe", False)])
async def test_an_object_that_a_file_describes_is_found(loader: str, finds: bool) -> None:
    async with engaged(bulk(loader)) as on:
        assert await found(on, D416) == ({("D416", "POST /bulk")} if finds else set())
