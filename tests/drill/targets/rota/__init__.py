"""A rota of shifts: it answers in an envelope, with 200 whatever happens, and its board takes forms and leads on."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Form, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from tests.drill.targets.careful.answers import Answers
from tests.drill.targets.careful.bodies import Bodies
from tests.drill.targets.careful.budgets import Budget, GuessingBudget, address_of
from tests.drill.targets.careful.passwords import NOBODY, fits, hash_password

FLAWS = frozenset(
    {
        "messages-of-everybody",
        "messages-read-by-anybody",
        "shifts-changed-by-anybody",
        "shifts-read-by-anybody",
        "tokens-are-names",
    }
)
FIRST = {"greta": "Plum-and-11-ladders", "hanno": "Sled-and-39-thimbles", "imke": "Crab-and-58-lanterns"}
WORDS = {401: "not signed in", 403: "forbidden", 404: "no such thing", 422: "that was not understood"}


class Entering(BaseModel):
    """Who signs in."""

    username: str = Field(max_length=40)
    password: str = Field(max_length=128)


class NewShift(BaseModel):
    """When somebody works, and what for."""

    task: str = Field(max_length=80)


@dataclass
class Kept:
    """What the rota knows."""

    passwords: dict[str, str] = field(
        default_factory=lambda: {name: hash_password(each) for name, each in FIRST.items()}
    )
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    shifts: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    messages: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    numbers: Any = field(default_factory=lambda: count(1))


def flawed_app() -> FastAPI:
    """With everything that can be wrong."""
    return create_app()


def mended_app() -> FastAPI:
    """With nothing of it."""
    return create_app(frozenset())


def create_app(flawed: frozenset[str] = FLAWS) -> FastAPI:
    """The rota, with the flaws that are named."""
    app, kept = FastAPI(title="Rota", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False), Kept()
    caller = _doors(app, kept, flawed)
    _shifts(app, kept, flawed, caller)
    _board(app, kept, flawed, caller)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_middleware(Bodies)
    app.add_middleware(Answers)
    return app


def _refused(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 422
    if status == 429:
        return JSONResponse({"ok": False, "error": "too many tries"}, 429, {"Retry-After": "900"})
    return JSONResponse({"ok": False, "error": WORDS[status]})


def _doors(app: FastAPI, kept: Kept, flawed: frozenset[str]) -> Callable[..., str]:
    guesses, budget = GuessingBudget(), Budget(400, 60)

    def caller(request: Request, authorization: Annotated[str, Header(max_length=300)] = "") -> str:
        name = kept.tokens.get(authorization.removeprefix("Bearer "))
        if name is None:
            raise HTTPException(401)
        if request.method != "GET":
            budget.take(name)
        return name

    @app.post("/api/login")
    def login(given: Entering, request: Request) -> dict[str, Any]:
        address = address_of(request)
        guesses.check(given.username, address)
        if not fits(given.password, kept.passwords.get(given.username, NOBODY)):
            guesses.fail(given.username, address)
            raise HTTPException(401)
        guesses.succeed(given.username, address)
        token = given.username if "tokens-are-names" in flawed else secrets.token_urlsafe(32)
        kept.tokens[token] = given.username
        return {"ok": True, "data": {"session": {"token": token}}}

    @app.get("/api/me")
    def me(who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        return {"ok": True, "data": {"user": {"username": who}}}

    return caller


def _shifts(app: FastAPI, kept: Kept, flawed: frozenset[str], caller: Callable[..., str]) -> None:
    def found(shift_id: int, who: str, flaw: str) -> dict[str, Any]:
        shift = kept.shifts.get(shift_id)
        if shift is None or (shift["person"] != who and flaw not in flawed):
            raise HTTPException(404)
        return shift

    @app.post("/api/shifts")
    def add(new: NewShift, who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        shift = {"id": next(kept.numbers), "task": new.task, "person": who}
        kept.shifts[shift["id"]] = shift
        return {"ok": True, "data": {"shift": shift}}

    @app.get("/api/shifts")
    def several(who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        mine = [each for each in kept.shifts.values() if each["person"] == who]
        return {"ok": True, "data": {"items": mine[-20:], "total": len(mine)}}

    @app.get("/api/shifts/{shift_id}")
    def one(shift_id: int, who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        return {"ok": True, "data": {"shift": found(shift_id, who, "shifts-read-by-anybody")}}

    @app.put("/api/shifts/{shift_id}")
    def change(shift_id: int, new: NewShift, who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        shift = found(shift_id, who, "shifts-changed-by-anybody")
        shift["task"] = new.task
        return {"ok": True, "data": {"changed": shift_id}}


def _board(app: FastAPI, kept: Kept, flawed: frozenset[str], caller: Callable[..., str]) -> None:
    @app.post("/messages", status_code=303, response_class=RedirectResponse)
    def write(text: Annotated[str, Form(max_length=200)], who: Annotated[str, Depends(caller)]) -> RedirectResponse:
        number = next(kept.numbers)
        kept.messages[number] = {"id": number, "text": text, "sender": who}
        return RedirectResponse("/messages", 303)

    @app.get("/messages")
    def several(who: Annotated[str, Depends(caller)]) -> list[dict[str, Any]]:
        shown = [it for it in kept.messages.values() if it["sender"] == who or "messages-of-everybody" in flawed]
        return shown[-20:]

    @app.get("/messages/{message_id}")
    def one(message_id: int, who: Annotated[str, Depends(caller)]) -> dict[str, Any]:
        message = kept.messages.get(message_id)
        if message is None or (message["sender"] != who and "messages-read-by-anybody" not in flawed):
            raise HTTPException(404)
        return message
