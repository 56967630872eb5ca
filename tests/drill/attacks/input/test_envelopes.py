"""Flaws of input in an app that refuses with a status, and in the same app where each refusal comes in a 200."""

import re
from collections.abc import Callable
from html import escape
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from jinja2 import Template, TemplateError
from pydantic import BaseModel

from buckler.drill.attack import Untested
from buckler.drill.attacks.aiming.aim import aimed, aims_of
from buckler.drill.attacks.aiming.sending import Stopped, send, shots
from buckler.drill.attacks.input import INPUT
from buckler.drill.people.cast import Cast
from tests.drill.stage import bearer, engaged, found

WAYS = ("status", "words", "code")
TEMPLATES = tuple(each for each in INPUT if each.about.id == "D402")
TELLING = tuple(each for each in INPUT if each.about.id == "D415")
PLANTED = {("D402", "POST /cards"), ("D402", "GET /greeting"), ("D415", "GET /shelf")}
_PLAIN = re.compile(r"[\w -]*")


class Card(BaseModel):
    """What is written, and in which hand."""

    text: str
    hand: str


def _refuses(app: FastAPI, way: str) -> None:
    words = {401: "please sign in", 500: "sqlite3.OperationalError: near '<': syntax error"}

    @app.exception_handler(HTTPException)
    def told(_: Request, error: HTTPException) -> JSONResponse:
        if way == "words":
            return JSONResponse({"ok": False, "error": words.get(error.status_code, "that is not possible")})
        if way == "code":
            said = words.get(error.status_code, "no")
            return JSONResponse({"code": error.status_code, "message": said, "data": None})
        return JSONResponse({"detail": words.get(error.status_code, "no")}, error.status_code)


def _plain(text: str) -> str:
    if not _PLAIN.fullmatch(text):
        raise HTTPException(400)
    return text


def _rendered(text: str) -> str:
    try:
        return Template(text).render()
    except TemplateError:
        raise HTTPException(400) from None


def press(way: str, *, mended: bool = False) -> FastAPI:
    """Writes cards and greetings; a text is a template in it, and beside it stands a place for plain words alone."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    write: Callable[[str], str] = escape if mended else _rendered
    over: set[str] = set()
    _refuses(app, way)

    def caller(authorization: Annotated[str, Header()] = "") -> str:
        if authorization != "Bearer of-ann" or over:
            raise HTTPException(401)
        return "ann"

    @app.post("/cards")
    def cards(card: Card) -> dict[str, Any]:
        return {"hand": _plain(card.hand), "text": write(card.text)}

    @app.get("/greeting")
    def greet(name: str, mood: str) -> dict[str, Any]:
        return {"mood": _plain(mood), "greeting": write(name)}

    @app.get("/shelf")
    def shelf(called: str) -> dict[str, Any]:
        if not _PLAIN.fullmatch(called):
            raise HTTPException(400 if mended else 500)
        return {"called": escape(called)}

    @app.get("/leave", dependencies=[Depends(caller)])
    def leave(why: str) -> dict[str, Any]:
        over.add(why)
        return {"left": True}

    return app


@pytest.mark.parametrize("way", WAYS)
async def test_a_refusal_of_all_places_at_once_is_one_however_it_is_told(way: str) -> None:
    """Each place is tried alone then, and what it tells is read: each route is found in each of the ways."""
    async with engaged(press(way)) as on:
        assert await found(on, *TEMPLATES, *TELLING) == PLANTED


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_found_where_a_text_stays_a_text(way: str) -> None:
    """The twin, in each of the ways."""
    async with engaged(press(way, mended=True)) as on:
        assert await found(on, *TEMPLATES, *TELLING) == set()


@pytest.mark.parametrize("way", WAYS)
async def test_shots_go_on_alone_behind_a_refusal(way: str) -> None:
    """Of two places that are refused together, each is shot at by itself, and the answers are kept as odd ones."""
    async with engaged(press(way)) as on:
        aim = await aimed(on, next(each for each in on.routes if each.path == "/greeting"))
        assert not isinstance(aim, Untested)
        sent = [shot async for shot in shots(on, aim, lambda _slot, text: f"{text} <>")]
        assert [len(shot.slots) for shot in sent] == [2, 1, 1]
        assert len(aims_of(on).odd[aim.route.key]) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_a_caller_whose_session_ended_ends_the_shots(way: str) -> None:
    """What is answered from then on says nothing of what was sent."""
    who = bearer("ann", "of-ann")
    async with engaged(press(way), Cast((who,))) as on:
        aim = await aimed(on, next(each for each in on.routes if each.path == "/leave"))
        assert not isinstance(aim, Untested)
        with pytest.raises(Stopped, match="ended the session"):
            await send(on, aim, aim.draft)
