"""Notes that are changed or removed before it is asked whose they are: the answer says no, and it was done."""

from itertools import count
from typing import Any, Literal

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

from tests.drill.attacks.access.shelf import Caller

How = Literal["forbidden", "missing", "soft", "elsewhere", "broken", "in order", "clock", "kept"]


class Draft(BaseModel):
    """A note to keep."""

    text: str


class Note(Draft):
    """What is kept of it."""

    id: int
    owner: str
    looks: int = 0
    sealed: bool = False


class Late:
    """The notes, and how somebody else is answered."""

    def __init__(self, how: How) -> None:
        self.how = how
        self.notes: dict[int, Note] = {}
        self.numbers = count(1)

    @property
    def is_late(self) -> bool:
        """Whether it is done before it is asked whose it is."""
        return self.how not in ("in order", "clock", "kept")

    def own(self, number: int, who: str) -> Note:
        """One's own note."""
        note = self.notes.get(number)
        if note is None or note.owner != who:
            raise HTTPException(404)
        return note

    def mine(self, note: Note, who: str, response: Response) -> Any:
        """What is answered after it."""
        if note.owner == who:
            response.headers["location"] = "/notes"
            response.status_code = 303 if self.how == "elsewhere" else 200
            return {"done": True}
        if self.how == "elsewhere":
            response.status_code, response.headers["location"] = 303, "/nowhere"
            return None
        if self.how == "soft":
            return {"success": False, "message": "not yours"}
        raise HTTPException({"missing": 404, "broken": 500}.get(self.how, 403))


def late(how: How, *, seen: bool = True) -> FastAPI:
    """The app; where nothing is `seen`, no route reads them."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    kept = Late(how)

    @app.post("/notes", status_code=201)
    def add(draft: Draft, who: Caller) -> Note:
        note = Note(id=next(kept.numbers), owner=who, text=draft.text)
        kept.notes[note.id] = note
        return note

    def found(number: int, who: str) -> Note:
        if not kept.is_late:
            return kept.own(number, who)
        if number not in kept.notes:
            raise HTTPException(404)
        return kept.notes[number]

    @app.put("/notes/{number}")
    def change(number: int, draft: Draft, who: Caller, response: Response) -> Any:
        note = found(number, who)
        note.text = draft.text
        return kept.mine(note, who, response)

    @app.post("/notes/{number}/seal")
    def seal(number: int, who: Caller, response: Response) -> Any:
        note = found(number, who)
        note.sealed = True
        return kept.mine(note, who, response)

    @app.delete("/notes/{number}")
    def remove(number: int, who: Caller, response: Response) -> Any:
        if kept.how == "kept" and number in kept.notes and kept.notes[number].owner != who:
            return {"done": True}
        note = found(number, who)
        del kept.notes[note.id]
        return kept.mine(note, who, response)

    if seen:
        _read(app, kept)
    return app


def _read(app: FastAPI, kept: Late) -> None:
    @app.get("/notes")
    def all_of(who: Caller) -> list[Note]:
        return [each for each in kept.notes.values() if each.owner == who]

    @app.get("/notes/{number}")
    def one(number: int, who: Caller) -> Note:
        note = kept.own(number, who)
        if kept.how == "clock":
            note.looks += 1
        return note.model_copy(update={"looks": note.looks // 3})
