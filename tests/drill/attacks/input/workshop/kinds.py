"""Routes that take values of a kind that no document tells, and refuse whatever is of another."""

import ast
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Annotated

from fastapi import Body, Cookie, FastAPI, Header, HTTPException, UploadFile
from PIL import Image
from pydantic import BaseModel

from tests.drill.attacks.input.workshop.programs import product_of
from tests.drill.attacks.input.workshop.values import Text


class Part(BaseModel):
    """One line of an order."""

    note: Text


class Order(BaseModel):
    """Something with values within, in lists and tables too."""

    lines: list[Part]
    labels: dict[str, Text]


def add_to(app: FastAPI, flaws: frozenset[str]) -> None:
    """Add them."""
    seen: dict[str, str] = {}

    @app.post("/admin/compute")
    def compute(expression: Annotated[Text, Body(embed=True)]) -> dict[str, str]:
        try:
            found = eval(expression) if "strict-eval" in flaws else product_of(ast.parse(expression, mode="eval").body)  # noqa: S307
        except Exception:  # noqa: BLE001 - a formula can fail in any way
            raise HTTPException(400, "no formula") from None
        return {"result": str(found)}

    @app.post("/admin/evaluate")
    def evaluate(source: Annotated[Text, Body(embed=True)]) -> dict[str, str]:
        if "failing-eval" in flaws:
            return {"value": str(eval(source))}  # noqa: S307
        try:
            return {"value": str(product_of(ast.parse(source, mode="eval").body))}
        except (SyntaxError, ValueError):
            raise HTTPException(422, "no formula") from None

    app.post("/files")(_kept_as_called if "upload" in flaws else _kept_by_a_name_of_ours)
    app.post("/pictures")(_picture_as_called if "picture" in flaws else _picture)

    @app.post("/orders")
    def order(given: Order) -> dict[str, str]:
        if "eval-within" in flaws:
            seen["note"] = _computed(given.lines[0].note)
        if "eval-in-table" in flaws:
            seen["label"] = _computed(next(iter(given.labels.values()), ""))
        return seen

    _add_fields(app, flaws)


def _add_fields(app: FastAPI, flaws: frozenset[str]) -> None:
    """Routes that look at fields of the head."""

    @app.get("/shown")
    def shown(x_view: Annotated[str, Header()] = "plain") -> dict[str, str]:
        return {"view": _computed(x_view) if "eval-in-header" in flaws else "plain"}

    @app.get("/themed")
    def themed(theme: Annotated[str, Cookie()] = "plain", session: Annotated[str, Cookie()] = "") -> dict[str, str]:
        return {
            "theme": _computed(theme) if "eval-in-cookie" in flaws else "plain",
            "known": "yes" if session else "no",
        }


def _computed(text: str) -> str:
    try:
        return str(eval(text))  # noqa: S307
    except Exception:  # noqa: BLE001 - a formula can fail in any way
        return "no formula"


async def _kept_as_called(file: UploadFile) -> dict[str, int]:
    content = await file.read()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / (file.filename or "file")).write_bytes(content)
    return {"size": len(content)}


async def _kept_by_a_name_of_ours(file: UploadFile) -> dict[str, int]:
    content = await file.read()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").write_bytes(content)
    return {"size": len(content)}


async def _picture_as_called(file: UploadFile) -> dict[str, int]:
    await _picture(file)
    await file.seek(0)
    return await _kept_as_called(file)


async def _picture(file: UploadFile) -> dict[str, int]:
    content = await file.read()
    try:
        with Image.open(BytesIO(content)) as found:
            found.verify()
    except (OSError, SyntaxError):
        raise HTTPException(415, "no picture") from None
    return {"size": len(content)}
