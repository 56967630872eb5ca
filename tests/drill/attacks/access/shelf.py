"""A shelf of notes with three accounts: each flaw of access planted by its name, or none."""

from itertools import count
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from buckler.drill.people.cast import Cast
from tests.drill.stage import bearer

PEOPLE = {"token-of-ada": "ada", "token-of-ben": "ben", "token-of-root": "root"}
CAST = Cast(
    people=(
        bearer("ada", "token-of-ada", "reader", "127.0.1.1"),
        bearer("ben", "token-of-ben", "reader", "127.0.1.2"),
        bearer("root", "token-of-root", "admin", "127.0.1.3"),
    ),
    administrator=bearer("root", "token-of-root", "admin", "127.0.1.3"),
)


class Draft(BaseModel):
    """A note to keep."""

    text: str


class Note(Draft):
    """A note."""

    id: int
    owner: str


def caller(authorization: Annotated[str, Header()] = "") -> str:
    """Who calls."""
    name = PEOPLE.get(authorization.removeprefix("Bearer "))
    if name is None:
        raise HTTPException(401)
    return name


def administrator(who: Annotated[str, Depends(caller)]) -> str:
    """Who calls, where that is root."""
    if who != "root":
        raise HTTPException(403)
    return who


Caller = Annotated[str, Depends(caller)]


def shelf(*flaws: str) -> FastAPI:
    """The app with these flaws."""
    app = _shelf(flaws)

    @app.get("/admin/report", dependencies=[Depends(caller if "function" in flaws else administrator)])
    def report() -> dict[str, int]:
        return {"shelves": 1}

    @app.get("/about")
    def about() -> dict[str, str]:
        return {"name": "shelf"}

    return app


def _shelf(flaws: tuple[str, ...]) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    notes: dict[int, Note] = {}
    numbers = count(1)

    def find(number: int, who: str, flaw: str) -> Note:
        note = notes.get(number)
        if note is None or (note.owner != who and flaw not in flaws):
            raise HTTPException(404)
        return note

    @app.post("/notes", status_code=201)
    def add(draft: Draft, who: Caller) -> Note:
        note = Note(id=next(numbers), owner=who, text=draft.text)
        notes[note.id] = note
        return note

    @app.get("/notes")
    def all_of(who: Caller) -> list[Note]:
        return [each for each in notes.values() if each.owner == who or "list" in flaws]

    @app.get("/notes/{note_id}")
    def one(note_id: int, who: Caller) -> Note:
        return find(note_id, who, "read")

    @app.put("/notes/{note_id}")
    def change(note_id: int, draft: Draft, who: Caller) -> Note:
        note = find(note_id, who, "change")
        note.text = draft.text
        return note

    @app.delete("/notes/{note_id}", status_code=204, dependencies=[] if "open" in flaws else [Depends(caller)])
    def remove(note_id: int, authorization: Annotated[str, Header()] = "") -> None:
        who = PEOPLE.get(authorization.removeprefix("Bearer "), "")
        note = notes.get(note_id) if "open" in flaws else find(note_id, who, "remove")
        if note is None:
            raise HTTPException(404)
        del notes[note.id]

    @app.post("/publish")
    def publish(note_id: int, who: Caller) -> Note:
        return find(note_id, who, "publish")

    return app
