"""A club with pages, forms and an API, signed in by a cookie: each flaw of browsers planted by its name, or none.

With `envelope` it answers 200 to everything, and says in the body what it refuses.
"""

import json
import secrets
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Form, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel

CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
}
FRAMED = CSP.replace("; frame-ancestors 'none'", "")
WEAK = CSP.replace("default-src 'none'", "script-src 'unsafe-inline' 'self'")


class Wish(BaseModel):
    """What is wished for."""

    title: str


BODY = {
    "content": {
        "application/json": {
            "schema": {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
        }
    }
}


class Club:
    """The routes, with what they keep."""

    def __init__(self, flaws: frozenset[str]) -> None:
        self.flaws = flaws
        self.people: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        self.wishes: dict[int, dict[str, Any]] = {}
        self.numbers = count(1)
        self.cookie = "session" if "flags" in flaws else "__Host-club"

    async def around(self, request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        """Keep other sites out, and dress the answer."""
        answer = self.refused(403) if self.is_foreign(request) else await call(request)
        if "headers" not in self.flaws or answer.status_code == 200:
            for header, value in HEADERS.items():
                answer.headers.setdefault(header, value)
        for header, value in self.undressed().items():
            answer.headers[header] = value
        if "silent" in self.flaws:
            del answer.headers["Cache-Control"]
        origin = request.headers.get("origin")
        if origin and ("cors" in self.flaws or ("null" in self.flaws and origin == "null")):
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Allow-Credentials"] = "true"
        return answer

    def refused(self, status: int) -> JSONResponse:
        """A no, without what was sent."""
        if "envelope" in self.flaws:
            return JSONResponse({"ok": False, "code": status, "message": "not now"})
        return JSONResponse({"detail": "not now"}, status)

    def is_foreign(self, request: Request) -> bool:
        """Whether a page of another site changes something, as far as that is looked at."""
        site = request.headers.get("sec-fetch-site", "none")
        lenient = "csrf" in self.flaws or ("sibling" in self.flaws and site == "same-site")
        lenient = lenient or ("csrf-json" in self.flaws and request.url.path == "/api/wishes")
        return site not in ("same-origin", "none") and request.method == "POST" and not lenient

    def undressed(self) -> dict[str, str]:
        """The headers that say too little."""
        several = {
            "csp": {"Content-Security-Policy": WEAK},
            "no-csp": {"Content-Security-Policy": "", "X-Frame-Options": "DENY"},
            "framing": {"Content-Security-Policy": FRAMED},
            "stored": {"Cache-Control": "public, max-age=60"},
            "star": {"Access-Control-Allow-Origin": "*"},
        }
        return {name: value for flaw in self.flaws for name, value in several.get(flaw, {}).items()}

    def caller(self, request: Request) -> str:
        """Who asks."""
        found = self.sessions.get(request.cookies.get(self.cookie, ""))
        if found is None:
            raise HTTPException(401)
        return found

    def sign_in(self, who: str, onward: str) -> Response:
        """Lead on with a session."""
        self.sessions[key := secrets.token_hex(16)] = who
        ours = onward.startswith("/") and not onward.startswith(("//", "/\\")) and onward.isprintable()
        begins_well = "half" in self.flaws and onward.startswith("https://localhost")
        answer = RedirectResponse(onward if ours or begins_well or "redirect" in self.flaws else "/", 303)
        same_site: Any = "none" if {"csrf", "csrf-json", "cors"} & self.flaws else "lax"
        if "flags" in self.flaws:
            answer.set_cookie(self.cookie, key, max_age=500 * 86_400)
        else:
            answer.set_cookie(self.cookie, key, secure=True, httponly=True, samesite=same_site)
        answer.set_cookie("theme", "dark-and-quiet")
        return answer

    def doors(self, app: FastAPI) -> None:
        """Where people come in."""

        @app.post("/register", response_class=HTMLResponse)
        async def register(username: Annotated[str, Form()], password: Annotated[str, Form()]) -> str:
            self.people[username] = password
            return "<p>Welcome</p>"

        @app.get("/login", response_class=HTMLResponse)
        async def page() -> str:
            return '<form method="post"><input name="username"><input name="password" type="password"></form>'

        @app.post("/login")
        async def login(
            username: Annotated[str, Form()],
            password: Annotated[str, Form()],
            next: Annotated[str, Form()] = "/",  # noqa: A002
        ) -> Response:
            if self.people.get(username) != password:
                raise HTTPException(401)
            return self.sign_in(username, next)

        @app.get("/me")
        async def me(who: Annotated[str, Depends(self.caller)]) -> dict[str, str]:
            return {"username": who}

        @app.get("/", response_class=HTMLResponse)
        async def home(who: Annotated[str, Depends(self.caller)]) -> str:
            return f"<h1>Hello {who}</h1>"

    def add(self, who: str, title: str) -> dict[str, Any]:
        """Keep a wish."""
        wish: dict[str, Any] = {"id": next(self.numbers), "title": title, "who": who, "state": "open"}
        self.wishes[wish["id"]] = wish
        return wish

    def writes(self, app: FastAPI) -> None:
        """What makes wishes."""

        @app.post("/wishes", status_code=303)
        async def by_form(title: Annotated[str, Form()], who: Annotated[str, Depends(self.caller)]) -> Response:
            return RedirectResponse(f"/wishes/{self.add(who, title)['id']}", 303)

        async def by_json(wish: Wish, who: Annotated[str, Depends(self.caller)]) -> dict[str, Any]:
            return self.add(who, wish.title)

        async def by_anything(request: Request, who: Annotated[str, Depends(self.caller)]) -> dict[str, Any]:
            return self.add(who, json.loads(await request.body())["title"])

        careless = "csrf-json" in self.flaws
        more = {"requestBody": BODY} if careless else None
        app.post("/api/wishes", status_code=201, openapi_extra=more)(by_anything if careless else by_json)

    def reads(self, app: FastAPI) -> None:
        """What shows wishes."""

        @app.get("/wishes/{wish_id}")
        async def wish(wish_id: int, who: Annotated[str, Depends(self.caller)]) -> dict[str, Any]:
            if self.wishes.get(wish_id, {}).get("who") != who:
                raise HTTPException(404)
            return self.wishes[wish_id]

        @app.get("/wishes/{wish_id}/cancel")
        async def cancel(wish_id: int, who: Annotated[str, Depends(self.caller)]) -> dict[str, Any]:
            found = await wish(wish_id, who)
            if "link" in self.flaws:
                found["state"] = "cancelled"
            return {"sure": "send it by POST"}


def club(*flaws: str) -> FastAPI:
    """The app with these flaws."""
    app, routes = FastAPI(openapi_url=None), Club(frozenset(flaws))
    app.add_exception_handler(RequestValidationError, lambda *_: routes.refused(422))
    if "envelope" in flaws:
        app.add_exception_handler(HTTPException, lambda _, error: routes.refused(getattr(error, "status_code", 400)))
    app.middleware("http")(routes.around)
    for add in (routes.doors, routes.writes, routes.reads):
        add(app)
    return app
