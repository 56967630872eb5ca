"""A market with accounts, vouchers and reports: each flaw of resources planted by its name, or none.

With `envelope` it answers 200 to everything, and says in the body what it refuses.
"""

import asyncio
from collections import Counter
from itertools import count
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 300_000


class Strict(BaseModel):
    """Takes what it names."""

    model_config = ConfigDict(extra="forbid")


class Person(Strict):
    """Who wants an account."""

    username: str
    email: str
    password: str


class Login(Strict):
    """A name and a password."""

    username: str
    password: str


class Code(Strict):
    """Of a voucher."""

    code: str


class Address(Strict):
    """Whom to write to."""

    email: str


class Stall(Strict):
    """What is offered."""

    title: str


class AnyStall(BaseModel):
    """What is offered, with whatever else stands there."""

    title: str


class Tags(Strict):
    """Words for it."""

    tags: Annotated[list[str], Field(max_length=20)]


class AnyTags(Strict):
    """Words for it."""

    tags: list[str]


class Bounded:
    """Reads no more of a body than may come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, parts = 0, list[bytes]()
        more = scope["type"] == "http"
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            size, more = size + len(parts[-1]), message.get("more_body", False)
            if size > LARGEST:
                await JSONResponse({"detail": "too large"}, 413)(scope, receive, send)
                return
        whole: list[Message] = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]

        async def again() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, again if scope["type"] == "http" else receive, send)


class Market:
    """The routes, with what they keep."""

    def __init__(self, flaws: frozenset[str]) -> None:
        self.flaws = flaws
        self.people: dict[str, Person] = {}
        self.vouchers: dict[str, str | None] = {}
        self.stalls = [{"title": f"stall {number}"} for number in range(230)]
        self.numbers = count(1)
        self.asked = Counter[str]()

    def brake(self, request: Request, what: str, flaw: str) -> None:
        """Fifteen times for each address, unless that is what is flawed."""
        key = f"{what} {request.client.host if request.client else ''}"
        self.asked[key] += 1
        if flaw not in self.flaws and self.asked[key] > 15:
            raise HTTPException(429, "too often")

    def caller(self, authorization: Annotated[str, Header()] = "") -> str:
        """Who asks."""
        name = authorization.removeprefix("Bearer token-of-")
        if name not in self.people:
            raise HTTPException(401)
        return name

    def doors(self, app: FastAPI) -> None:
        """Where people come in."""

        @app.post("/register", status_code=201)
        async def register(new: Person, request: Request) -> dict[str, str]:
            self.brake(request, "register", "register")
            self.people[new.username] = new
            return {"username": new.username}

        @app.post("/login")
        async def login(given: Login) -> dict[str, str]:
            if given.username not in self.people or self.people[given.username].password != given.password:
                raise HTTPException(401)
            return {"access_token": f"token-of-{given.username}"}

        @app.post("/magic-link", status_code=200 if "envelope" in self.flaws else 202)
        async def letter(to: Address, request: Request) -> dict[str, str]:
            self.brake(request, "letter", "letters")
            return {"detail": f"written to {len(to.email)} letters"}

        @app.get("/me")
        async def me(name: Annotated[str, Depends(self.caller)]) -> dict[str, str]:
            return {"username": name, "email": self.people[name].email}

    def bodies(self, app: FastAPI) -> None:
        """What takes bodies of several shapes."""
        who = [Depends(self.caller)]
        stall: Any = AnyStall if "surplus" in self.flaws else Stall
        labels: Any = AnyTags if "list" in self.flaws else Tags
        options: Any = dict[str, Any] if "fields" in self.flaws else Annotated[dict[str, int], Field(max_length=20)]

        @app.post("/stalls", status_code=201, dependencies=who)
        async def open_stall(new: stall) -> dict[str, Any]:
            return {"id": next(self.numbers), "title": new.title}

        @app.put("/tags", dependencies=who)
        async def label(new: labels) -> dict[str, int]:
            return {"tags": len(new.tags)}

        @app.put("/options", dependencies=who)
        async def choose(new: Annotated[options, Body()]) -> dict[str, int]:
            return {"kept": len(new)}

    def reads(self, app: FastAPI) -> None:
        """What is read, of a size."""
        open_ended = bool({"page", "silent"} & self.flaws)
        limits: Any = Annotated[int, Query(ge=1) if open_ended else Query(ge=1, le=100)]
        spans: Any = Annotated[int, Query(ge=1, le=10_000_000 if "days" in self.flaws else 60)]

        @app.get("/stalls")
        async def listed(limit: limits = 20, offset: int = 0) -> list[dict[str, str]]:
            most = min(limit, 150) if "silent" in self.flaws else limit
            return self.stalls[offset : offset + most]

        @app.get("/report", dependencies=[Depends(self.caller)])
        async def report(days: spans = 7) -> dict[str, int]:
            return {"total": sum(sum(range(day % 100)) for day in range(days))}

    def single_uses(self, app: FastAPI) -> None:
        """What is worth something once."""

        @app.post("/vouchers", status_code=201)
        async def give(name: Annotated[str, Depends(self.caller)]) -> dict[str, str]:
            self.vouchers[code := f"voucher-of-{name}-{next(self.numbers)}"] = None
            return {"code": code}

        @app.post("/vouchers/redeem")
        async def redeem(given: Code, name: Annotated[str, Depends(self.caller)]) -> dict[str, str]:
            if given.code not in self.vouchers or self.vouchers[given.code] is not None:
                raise HTTPException(409, "used")
            if "race" in self.flaws:
                await asyncio.sleep(0)
            self.vouchers[given.code] = name
            return {"for": name}


def refused(*_: object) -> JSONResponse:
    """Nothing of what was sent is repeated."""
    return JSONResponse({"detail": "not valid"}, 422)


def told(error: Exception) -> JSONResponse:
    """The same in an envelope."""
    status = error.status_code if isinstance(error, HTTPException) else 422
    return JSONResponse({"ok": False, "code": status, "message": "not now"})


def market(*flaws: str) -> FastAPI:
    """The app with these flaws."""
    app, routes = FastAPI(openapi_url=None), Market(frozenset(flaws))
    app.add_exception_handler(RequestValidationError, refused)
    for error in (HTTPException, RequestValidationError) if "envelope" in flaws else ():
        app.add_exception_handler(error, lambda _, raised: told(raised))
    if "body" not in flaws:
        app.add_middleware(Bounded)
    for add in (routes.doors, routes.bodies, routes.reads, routes.single_uses):
        add(app)
    return app
