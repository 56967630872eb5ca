"""An app on trial, as the tests of it need one, and what it logs."""

import json
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import RedirectResponse

from buckler import Accepts, Limit, Principal, Public, Requires, Trial
from tests.clocks import FakeClock
from tests.stage import production, protect
from tests.wire import Answer, ask

DAY = 86_400.0
LAST = "2027-01-20"
"""Five days after today, as `FakeClock` has it."""
OPEN = [Public("a test")]


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/open", dependencies=OPEN)
    async def open_() -> str:
        return "open"

    @app.post("/size", dependencies=OPEN)
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.post("/small", dependencies=[*OPEN, Accepts("10 B")])
    async def small(request: Request) -> int:
        return len(await request.body())

    @app.get("/once", dependencies=[*OPEN, Limit("1/day")])
    async def once() -> str:
        return "once"

    @app.get("/away", dependencies=OPEN)
    async def away(to: str) -> RedirectResponse:
        return RedirectResponse(to)

    @app.get("/shared", dependencies=OPEN)
    async def shared() -> Response:
        return Response(headers={"set-cookie": "seen=1; Domain=example.test"})

    @app.get("/old/{number}")
    async def old(number: int) -> str:
        return f"old {number}"

    _add_routes_of_callers(app)

    @app.websocket("/talk", dependencies=[*OPEN, Limit("1/day", per="message")])
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)

    return app


def _add_routes_of_callers(app: FastAPI) -> None:
    @app.get("/mine")
    async def mine(who: Annotated[Principal, Requires("a:x")]) -> str:
        return who.name

    @app.get("/mine/once", dependencies=[Requires("a:x"), Limit("1/day")])
    async def mine_once() -> str:
        return "once"


def on_trial(*, clock: FakeClock | None = None, only: set[str] | None = None, **given: Any) -> FastAPI:
    trial = Trial(until=LAST, reason="moving to Buckler", only=only)
    given.setdefault("settings", production(max_body_bytes=1000))
    return protect(make_app(), trial=trial, clock=clock or FakeClock(), **given)


def lines(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    said = [json.loads(each.message) for each in caplog.records if each.name == "buckler.events"]
    return [each for each in said if each["event"] == event]


async def foreign_host(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/open", host="old.example.test")


async def undeclared(app: FastAPI) -> Answer:
    return await ask(app, "GET", "/old/7")
