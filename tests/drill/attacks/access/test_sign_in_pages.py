"""An app that shows its sign-in page, with status 200, in the place of what it refuses to anybody."""

import secrets
from typing import Annotated

import pytest
from fastapi import Cookie, FastAPI, Form, HTTPException, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from buckler.drill.arriving.entering import gather
from buckler.drill.attacks.access.function_level import ATTACK as D102
from buckler.drill.plan.options import Given, Options
from tests.drill.stage import engaged, found

PEOPLE = {"root": "secret-of-root", "ada": "secret-of-ada", "ben": "secret-of-ben"}
TOLD = Options(
    identities=(
        *(Given(name, "", name, PEOPLE[name]) for name in ("ada", "ben")),
        Given("root", "", "root", PEOPLE["root"], administrator=True),
    )
)
BOX = "<form action='/login' method='post'><input name='username'><input type='password' name='password'></form>"


def page(words: str) -> HTMLResponse:
    """A page with these words."""
    return HTMLResponse(f"<html><head><title>Club</title></head><body>{words}</body></html>")


def club(*, checks: bool = False, public: bool = False) -> FastAPI:
    """Pages for members. The one for administrators `checks` who it is, or is `public` with a box to sign in."""
    app, sessions = FastAPI(), dict[str, str]()

    @app.get("/login")
    async def door() -> HTMLResponse:
        return page(f"<h1>Sign in</h1>{BOX}")

    @app.post("/login")
    async def enter(username: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        if PEOPLE.get(username) != password:
            return page(f"<h1>Sign in</h1><p>Wrong.</p>{BOX}")
        answer = RedirectResponse("/home", 303)
        sessions[session := secrets.token_urlsafe()] = username
        answer.set_cookie("session", session, httponly=True)
        return answer

    @app.get("/home")
    async def home(session: Annotated[str, Cookie()] = "") -> HTMLResponse:
        return page(f"<h1>Welcome, {sessions[session]}</h1>" if session in sessions else f"<h1>Sign in</h1>{BOX}")

    @app.get("/admin/board")
    async def board(session: Annotated[str, Cookie()] = "") -> HTMLResponse:
        who = sessions.get(session)
        if who is None and not public:
            return page(f"<h1>Sign in</h1>{BOX}")
        if checks and who != "root":
            raise HTTPException(403)
        return page(f"<h1>Members</h1><ul><li>root<li>ada<li>ben</ul>{BOX if who is None else ''}")

    return app


@pytest.mark.parametrize(
    ("app", "finds"),
    [(club(), True), (club(checks=True), False), (club(public=True), False)],
    ids=["flaw", "mended", "public"],
)
async def test_the_sign_in_page_is_a_refusal_in_the_place_of_another(app: FastAPI, finds: bool) -> None:
    """Who is nobody is shown it, so what a member is shown is not for all; a box on a page that all read is none."""
    async with engaged(app) as on:
        on.cast = await gather(on, TOLD)
        assert await found(on, D102) == ({("D102", "GET /admin/board")} if finds else set())
