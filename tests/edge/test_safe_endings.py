"""Sockets that do not fit, crashes, and JSON that was not sent as such."""

import json
import logging
from typing import Annotated

import pytest
from fastapi import Body, FastAPI, WebSocket
from pydantic import BaseModel

from buckler import Public
from tests.edge.test_safe_errors import CANARY, make_app
from tests.stage import protect
from tests.wire import ask, knock


async def test_a_websocket_that_does_not_fit_is_closed_without_a_word() -> None:
    app = FastAPI()

    @app.websocket("/ws")
    async def socket(websocket: WebSocket, number: int, _: Annotated[None, Public("a test")]) -> None:
        await websocket.accept()

    knocked = await knock(protect(app), f"/ws?number={CANARY}")
    assert (knocked.accepted, knocked.code) == (False, 1008)
    assert CANARY not in repr(knocked.messages)


async def test_a_crash_is_logged_by_place_and_never_by_message(caplog: pytest.LogCaptureFixture) -> None:
    """The message of an exception may carry what a user sent."""
    app = protect(make_app())
    with caplog.at_level(logging.INFO):
        await ask(app, "GET", "/crash")
    events = [record.getMessage() for record in caplog.records if record.name == "buckler.events"]
    crash = next(json.loads(line) for line in events if "sys_crash" in line)
    assert crash["error"] == "RuntimeError"
    assert any("crash" in frame for frame in crash["where"])
    assert CANARY not in "".join(events)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", ["/model", "/mapping", "/list"])
async def test_json_that_was_not_sent_as_such_is_told_so(path: str, content_type: str | None) -> None:
    """FastAPI leaves such a body as bytes, and says that it is no dictionary."""
    headers = [] if content_type is None else [("content-type", content_type)]
    answer = await ask(make_takers(), "POST", path, headers=headers, body=b'{"number": 1}')
    assert (answer.status, answer.code) == (422, "invalid-input")
    assert "Content-Type: application/json" in answer.problem["detail"]


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/model", "application/json", b'{"number": "x"}'),
        ("/model", "application/json", b"[1]"),
        ("/model", "application/json", b'"{}"'),
        ("/model", "text/plain", b""),
        ("/bytes", "text/plain", b"too long"),
    ],
)
async def test_what_was_or_need_be_no_json_is_not(path: str, content_type: str, body: bytes) -> None:
    answer = await ask(make_takers(), "POST", path, headers=[("content-type", content_type)], body=body)
    assert (answer.status, answer.code) == (422, "invalid-input")
    assert "Content-Type" not in answer.problem["detail"]


def make_takers() -> FastAPI:
    class Taken(BaseModel):
        number: int

    app = FastAPI()
    public = [Public("a test")]

    @app.post("/model", dependencies=public)
    async def model(body: Taken) -> int:
        return body.number

    @app.post("/mapping", dependencies=public)
    async def mapping(body: dict[str, int]) -> int:
        return len(body)

    @app.post("/list", dependencies=public)
    async def items(body: list[int]) -> int:
        return len(body)

    @app.post("/bytes", dependencies=public)
    async def raw(body: Annotated[bytes, Body(max_length=3, media_type="text/plain")]) -> int:
        return len(body)

    return protect(app)
