"""Notes in an app that answers in its own way: in envelopes, with 200 whatever happens, or by leading on.

`WAYS` names how it answers. A flaw is planted by its name, as on the shelf, or none.
"""

from collections.abc import Callable
from itertools import count
from secrets import token_urlsafe
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel

from tests.drill.attacks.access.shelf import PEOPLE

_ENVELOPES: Final = ("data", "result", "items", "attributes", "soft", "soft-code")
_LEADING: Final = ("to-list", "to-page", "page", "empty")
WAYS: Final = (*_ENVELOPES, *_LEADING)
"""How the app answers. The last four tell no id of what was made."""
Shown = dict[str, Any]


class Draft(BaseModel):
    """A note to keep."""

    text: str


class Person(BaseModel):
    """Who signs in."""

    username: str
    password: str


def _enveloped(way: str, name: str, value: Any) -> Any:
    several = isinstance(value, list)
    if way == "data":
        return {"data": value, "meta": {"request_id": token_urlsafe(4)}}
    if way == "result":
        return {"success": True, "code": 200, "result": {f"{name}s" if several else name: value}}
    if way == "items":
        return {"items": value if several else [value], "total": len(value) if several else 1}
    if way == "attributes":
        told = [{"id": each["id"], "attributes": each} for each in (value if several else [value])]
        return {"data": told if several else told[0]}
    if way == "soft-code":
        return {"code": 0, "message": "ok", "data": value}
    return {"ok": True, **({name: value} if not several else {f"{name}s": value})} if way == "soft" else value


def _refusing(app: FastAPI, way: str) -> None:
    @app.exception_handler(HTTPException)
    def told(_: Request, error: HTTPException) -> Response:
        words = {401: "please sign in", 403: "forbidden", 404: "no such thing"}.get(error.status_code, "not possible")
        if way == "soft":
            return JSONResponse({"ok": False, "error": words})
        if way == "soft-code":
            return JSONResponse({"code": error.status_code, "message": words, "data": None})
        return JSONResponse({"detail": words}, error.status_code)


def _doors(app: FastAPI, way: str, people: dict[str, str]) -> Callable[[str], str]:
    passwords: dict[str, str] = {}

    def caller(authorization: Annotated[str, Header()] = "") -> str:
        name = people.get(authorization.removeprefix("Bearer "))
        if name is None:
            raise HTTPException(401)
        return name

    @app.post("/register")
    def register(person: Person) -> Any:
        if person.username in passwords:
            raise HTTPException(409)
        passwords[person.username] = person.password
        return _enveloped(way, "user", {"username": person.username})

    @app.post("/login")
    def sign_in(person: Person) -> Any:
        if passwords.get(person.username) != person.password:
            raise HTTPException(401)
        token = token_urlsafe(32)
        people[token] = person.username
        return _enveloped(way, "session", {"access_token": token, "token_type": "bearer"})

    @app.get("/me")
    def me(who: Annotated[str, Depends(caller)]) -> Any:
        return _enveloped(way, "user", {"username": who})

    return caller


def _made(way: str, note: Shown) -> Any:
    if way in ("to-list", "to-page"):
        return RedirectResponse("/notes", 303)
    if way == "page":
        return HTMLResponse("<p>Your note is kept.</p>")
    return Response(status_code=204) if way == "empty" else _enveloped(way, "note", note)


def _listed(way: str, several: list[Shown]) -> Any:
    if way not in ("to-page", "page"):
        return _enveloped(way, "note", several)
    lines = (f'<li>{each["text"]} <a href="/notes/{each["id"]}">open</a></li>' for each in several)
    return HTMLResponse(f'<a href="/about">About</a><ul>{"".join(lines)}</ul>')


def wrapped(way: str, *flaws: str) -> FastAPI:
    """The app with these flaws: `read`, `change`, `remove`, `list`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    notes: dict[int, Shown] = {}
    numbers = count(1)
    _refusing(app, way)
    caller = _doors(app, way, dict(PEOPLE))

    def find(number: int, who: str, flaw: str) -> Shown:
        note = notes.get(number)
        if note is None or (note["owner"] != who and flaw not in flaws):
            raise HTTPException(404)
        return note

    @app.post("/notes", response_model=None)
    def add(draft: Draft, who: Annotated[str, Depends(caller)]) -> Any:
        number = next(numbers)
        notes[number] = {"id": number, "owner": who, "text": draft.text}
        return _made(way, notes[number])

    @app.get("/notes", response_model=None)
    def all_of(who: Annotated[str, Depends(caller)]) -> Any:
        return _listed(way, [each for each in notes.values() if each["owner"] == who or "list" in flaws])

    @app.get("/notes/{note_id}")
    def one(note_id: int, who: Annotated[str, Depends(caller)]) -> Any:
        return _enveloped(way, "note", find(note_id, who, "read"))

    @app.put("/notes/{note_id}")
    def change(note_id: int, draft: Draft, who: Annotated[str, Depends(caller)]) -> Any:
        find(note_id, who, "change")["text"] = draft.text
        return _enveloped(way, "note", notes[note_id])

    @app.delete("/notes/{note_id}")
    def remove(note_id: int, who: Annotated[str, Depends(caller)]) -> Any:
        find(note_id, who, "remove")
        return _enveloped(way, "note", notes.pop(note_id))

    return app
