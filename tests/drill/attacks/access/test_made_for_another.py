"""Part of D105: something made is another account's at once, though no record tells whose it is."""

from itertools import count
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict

from buckler.drill.attacks.access.mass_assignment import ATTACK
from buckler.drill.people.cast import Cast
from tests.drill.stage import bearer, engaged, found

PEOPLE = {"token-of-ada": "ada", "token-of-ben": "ben"}
CAST = Cast(people=tuple(bearer(name, token, "reader") for token, name in PEOPLE.items()))


class Plain(BaseModel):
    """A text, and nothing beside it."""

    text: str


class Offering(Plain):
    """A text, and whose it shall be."""

    owner: str | None = None


class Hidden(Plain):
    """A text, and whatever else comes."""

    model_config = ConfigDict(extra="allow")


def caller(authorization: Annotated[str, Header()] = "") -> str:
    """Who calls."""
    name = PEOPLE.get(authorization.removeprefix("Bearer "))
    if name is None:
        raise HTTPException(401)
    return name


Caller = Annotated[str, Depends(caller)]


def diary(taken: type[Plain]) -> FastAPI:
    """Notes that only their owners read, and that do not say whose they are."""
    app, numbers = FastAPI(docs_url=None, redoc_url=None, openapi_url=None), count(1)
    kept: dict[int, tuple[str, str]] = {}

    async def add(note: Plain, who: Caller) -> dict[str, object]:
        number, said = next(numbers), note.model_dump()
        owner = said.get("owner") or said.get("owner_id") or who
        kept[number] = (owner, note.text)
        return {"id": number}

    @app.get("/notes/{note_id}")
    async def read(note_id: int, who: Caller) -> dict[str, object]:
        owner, text = kept.get(note_id, ("", ""))
        if owner != who:
            raise HTTPException(404)
        return {"id": note_id, "text": text}

    add.__annotations__["note"] = taken
    app.post("/notes", status_code=201)(add)
    return app


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [(Offering, {("D105", "POST /notes")}), (Hidden, {("D105", "POST /notes")}), (Plain, set[tuple[str, str]]())],
    ids=["offered", "not offered", "not taken"],
)
async def test_what_is_made_stays_its_makers(taken: type[Plain], wanted: set[tuple[str, str]]) -> None:
    """Found where the body decides whose it is, whether the document offers that or not; and nowhere else."""
    async with engaged(diary(taken), CAST) as on:
        assert await found(on, ATTACK) == wanted
