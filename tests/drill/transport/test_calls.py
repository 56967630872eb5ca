"""Calls of an app that never end hold up nobody but themselves."""

import asyncio
from collections.abc import Generator
from contextlib import asynccontextmanager
from threading import Event
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware

from buckler.drill.transport import asgi
from buckler.drill.transport.answer import Answer
from buckler.drill.transport.asgi import InProcess, StartFailed, started
from buckler.drill.transport.request import Request
from tests.drill.stage import engaged


@pytest.fixture
def over() -> Generator[Event]:
    """Set at the end of the test, so that the threads that wait for it end too."""
    event = Event()
    yield event
    event.set()


def _app(over: Event) -> FastAPI:
    app = FastAPI()

    @app.get("/thread")
    def thread() -> None:
        over.wait()

    @app.get("/stubborn")
    async def stubborn() -> None:
        while not over.is_set():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    @app.get("/fine")
    def fine() -> str:
        return "fine"

    return app


async def _asked(carrier: InProcess, path: str, within: float = 0.05) -> Answer:
    return await carrier.carry(Request("GET", path), address="127.0.1.1", within=within)


async def test_threads_that_wait_for_ever_leave_room_for_others(over: Event) -> None:
    """More of them than there are threads for an app: the next one is answered all the same."""
    app = _app(over)
    # Behind middleware of this kind a call waits for its thread, whatever it is told.
    app.add_middleware(BaseHTTPMiddleware, dispatch=_through)
    carrier = InProcess(app)
    waited = await asyncio.gather(*(_asked(carrier, "/thread") for _ in range(60)))
    assert {each.failure for each in waited} == {"no answer within 0.05 s"}
    assert (await _asked(carrier, "/fine", 5)).status == 200
    assert any(note.startswith("GET /thread did not end") for note in carrier.notes)


async def _through(request: Any, call_next: Any) -> Any:
    return await call_next(request)


async def test_a_task_that_takes_no_for_an_answer_is_left(over: Event) -> None:
    """It swallows what cancels it; that is told once, however often it happens."""
    carrier = InProcess(_app(over))
    assert (await _asked(carrier, "/stubborn")).failure == "no answer within 0.05 s"
    assert (await _asked(carrier, "/stubborn")).failure == "no answer within 0.05 s"
    assert (await _asked(carrier, "/fine", 5)).status == 200
    assert carrier.notes == ("GET /stubborn did not end when its time was over and was left running, 2 times",)
    over.set()


async def test_notes_of_many_calls_have_a_bound(over: Event) -> None:
    """Paths with ids in them are many."""
    carrier = InProcess(_app(over))
    for number in range(12):
        carrier.calls.hold(f"GET /{number}")
    assert len(carrier.notes) == 11
    assert carrier.notes[-1] == "so did 2 others"


async def test_whoever_stops_the_drill_stops_the_call() -> None:
    """It does not go on behind the back of what comes next."""
    began, ended = asyncio.Event(), asyncio.Event()

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    asking = asyncio.ensure_future(_asked(InProcess(app), "/", 60))
    await began.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await ended.wait()


async def test_a_route_that_never_answers_is_not_waited_for_as_long_again(over: Event) -> None:
    """Twice the whole time, then a tenth of it: there are sixty attacks, and one minute."""
    async with engaged(_app(over)) as on:
        on.sender.within = 0.05
        seen = [(await on.ask(Request("GET", "/thread"))).answer.failure for _ in range(2)]
        on.sender.within = 30
        seen.append((await on.ask(Request("GET", "/thread"))).answer.failure)
    assert seen == ["no answer within 0.05 s", "no answer within 0.05 s", "no answer within 1 s"]


async def test_a_lifespan_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It swallows what cancels it, and what was found is told."""
    monkeypatch.setattr(asgi, "_END", 0.05)
    over = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    async with started(app) as carrier:
        pass
    assert carrier.notes == ("The app's lifespan did not end within 0.05 s: it was left.",)
    over.set()


async def test_an_app_that_ends_the_process_at_its_start_did_not_start() -> None:
    """And the process goes on."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> Any:
        raise SystemExit(3)
        yield

    async def bare(_scope: Any, _receive: Any, _send: Any) -> None:
        raise SystemExit(4)

    with pytest.raises(StartFailed, match="SystemExit"):
        async with started(FastAPI(lifespan=life)):
            pass
    with pytest.raises(StartFailed, match=r"SystemExit\(4\)"):
        async with started(bare):
            pass
