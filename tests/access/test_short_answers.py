"""A short answer is whole at once, or ends with the access behind it as a long one does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse

from buckler import Requires
from buckler.access.guard.open_connections import PERIOD
from tests.access.guard.test_open_connections import Door, Line
from tests.stage import protect
from tests.waiting import wait_until_async
from tests.wire import ask


async def _clean_up(noted: list[str]) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + 4 * PERIOD
    await wait_until_async(lambda: loop.time() >= end)
    noted.append("cleaned up")


@pytest.mark.parametrize("in_pieces", [False, True])
async def test_whoever_ends_the_own_access_is_told_so(in_pieces: bool) -> None:
    """Also where middleware makes several pieces of a short answer; and what is done afterwards is done."""
    noted: list[str] = []
    door, app = Door(), FastAPI()

    @app.post("/out", dependencies=[Requires()])
    async def out() -> PlainTextResponse:
        door.end("alice")
        return PlainTextResponse("it went well", background=BackgroundTask(_clean_up, noted))

    if in_pieces:

        async def dispatch(request: Request, call_next: Any) -> Any:
            return await call_next(request)

        app.add_middleware(BaseHTTPMiddleware, dispatch=dispatch)
    answer = await ask(protect(app, authenticator=door), "POST", "/out", token="alice")
    assert (answer.status, answer.body, answer.error) == (200, b"it went well", None)
    assert noted == ["cleaned up"]


async def test_a_short_answer_tells_nothing_once_access_ended() -> None:
    """It had begun, and its first piece came later; or it had ended before, and goes on for ever."""
    door, go_on, app = Door(), asyncio.Event(), FastAPI()

    async def late() -> AsyncIterator[bytes]:
        await go_on.wait()
        yield b"secret"

    async def ended() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.Event().wait()

    def streaming(body: Callable[[], AsyncIterator[bytes]]) -> Callable[[], Any]:
        async def answer() -> StreamingResponse:
            if body is ended:
                door.end("bob")
            return StreamingResponse(body(), headers={"content-length": "1000"})

        return answer

    app.add_api_route("/late", streaming(late), dependencies=[Requires()])
    app.add_api_route("/ended", streaming(ended), dependencies=[Requires()])
    protect(app, authenticator=door)
    line = Line(app, "/late")
    await wait_until_async(lambda: line.is_begun)
    door.end("alice")
    go_on.set()
    await wait_until_async(line.task.done, within=5)
    other = Line(app, "/ended", "bob")
    await wait_until_async(other.task.done, within=5)
    assert not any(b"secret" in each.get("body", b"") for each in line.sent)
    assert (line.is_whole, other.is_whole) == (False, False)
    assert (line.task.exception(), other.task.exception()) == (None, None)
