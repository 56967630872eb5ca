"""The access line: one a request where it is asked for, and nothing in it that must stay inside."""

import json
import logging
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import FastAPI, WebSocket

from buckler import Public, Requires
from buckler.events import AccessLog
from tests.clocks import FakeClock
from tests.stage import protect
from tests.wire import ask, knock

CLOCK = FakeClock()


def make_app() -> FastAPI:
    app = FastAPI()
    clock = FakeClock()

    @app.get("/open", dependencies=[Public("a test")])
    async def open_() -> str:
        clock.advance(0.25)
        return "ok"

    @app.get("/crash", dependencies=[Public("a test")])
    async def crash() -> None:
        raise RuntimeError("the inside")

    @app.websocket("/ws")
    async def talk(websocket: WebSocket, _: Annotated[None, Public("a test")]) -> None:
        await websocket.accept()

    app.add_api_route("/mine", lambda: "ok", dependencies=[Requires("a:x")])
    return protect(app, clock=clock)


@pytest.fixture
def lines() -> Iterator[list[str]]:
    taken: list[str] = []

    class Taking(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            taken.append(record.getMessage())

    logger, handler = logging.getLogger("buckler.access"), Taking()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield taken
    logger.removeHandler(handler)
    logger.setLevel(before)


async def test_a_request_is_told_with_its_answer(lines: list[str]) -> None:
    """By the id that the answer carries, and the time it took."""
    answer = await ask(make_app(), "GET", "/open?token=CANARY", client=("203.0.113.9", 5))
    assert [json.loads(line) for line in lines] == [
        {
            "at": "2027-01-15T08:00:00.250+00:00",
            "request_id": answer.header("x-request-id"),
            "client": "203.0.113.9",
            "method": "GET",
            "path": "/open",
            "route": "/open",
            "status": 200,
            "ms": 250.0,
        }
    ]


async def test_a_known_caller_is_named(lines: list[str]) -> None:
    await ask(make_app(), "GET", "/mine", token="alice")
    assert json.loads(lines[0])["who"] == "alice"


async def test_every_end_of_a_request_is_told_once(lines: list[str]) -> None:
    """Refused at the edge, refused at the route, not found, crashed, accepted."""
    app = make_app()
    await ask(app, "GET", "/open", host="evil.test")
    await ask(app, "GET", "/mine")
    await ask(app, "GET", "/nowhere")
    await ask(app, "GET", "/crash")
    await knock(app, "/ws")
    assert [json.loads(line)["status"] for line in lines] == [400, 401, 404, 500, 101]


async def test_without_a_logger_that_takes_it_nothing_is_made() -> None:
    """The app looks when it starts."""
    log = AccessLog(CLOCK)
    log.look()
    assert not log.on


@pytest.mark.parametrize(
    "forgery", ["\r\n", '"}\n{"status":200}', "\x1b[2J", "\u202e", "\u2028", "\x00", "\x85", "\x7f"]
)
async def test_a_caller_cannot_forge_a_line(lines: list[str], forgery: str) -> None:
    """Whatever stands in path, method or client."""
    scope = {"path": f"/open{forgery}", "method": f"GET{forgery}", "client": (f"203.0.113.9{forgery}", 1)}
    await ask(make_app(), "GET", "/open", scope=scope)
    (line,) = lines
    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["status"] >= 400


async def test_nothing_of_a_credential_is_in_it(lines: list[str]) -> None:
    app = make_app()
    await ask(app, "GET", "/mine?access_token=CANARY", token="CANARY", headers=[("cookie", "session=CANARY")])
    assert len(lines) == 1
    assert "CANARY" not in lines[0]
