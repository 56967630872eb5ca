"""Which requests have no body, and what became of one in the middle of it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse

from buckler import Public, guarded
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import ask, knock

TWICE = b'{"a":1,"a":2}'
JSON = ("content-type", "application/json")


def make_app(**given: object) -> FastAPI:
    app = FastAPI()

    @app.api_route("/read", methods=["GET", "POST"], dependencies=[Public("a test")])
    async def read(request: Request) -> int:
        return len(await request.body())

    @app.post("/export", dependencies=[Public("a test")])
    async def export(request: Request) -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            yield "a"
            await request.body()
            yield "b"

        return StreamingResponse(parts(), media_type="text/csv")

    return protect(app, settings=production(**given))


@pytest.mark.parametrize("version", ["2", "3"])
async def test_a_body_that_needs_no_announcement_is_judged(version: str) -> None:
    """HTTP/2 and HTTP/3: also that of a GET."""
    for body, code in ((TWICE, "json-malformed"), (b"[" + b" " * 2000, "body-too-large")):
        answer = await ask(
            make_app(max_body_bytes=1000), "GET", "/read", headers=[JSON], body=body, scope={"http_version": version}
        )
        assert (answer.status >= 400, answer.code) == (True, code)


async def test_the_body_of_a_get_has_a_deadline_over_http_2() -> None:
    """As every other one."""
    clock = FakeClock()

    async def attack(app: FastAPI) -> bool:
        asked = 0

        async def drip() -> dict[str, Any]:
            nonlocal asked
            asked += 1
            await asyncio.sleep(0)
            clock.advance(1)
            return {"type": "http.request", "body": b"x", "more_body": asked < 20}

        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        head = {"type": "http", "http_version": "2", "method": "GET", "scheme": "https", "client": ("127.0.0.1", 5)}
        path = {"path": "/read", "raw_path": b"/read", "query_string": b"", "root_path": "", "asgi": {"version": "3.0"}}
        await app({**head, **path, "headers": [(b"host", b"api.example.test")]}, drip, send)
        return bool(sent[0]["status"] == 200)

    def make(without: str) -> FastAPI:
        app = FastAPI()

        @app.get("/read", dependencies=[Public("a test")])
        async def read(request: Request) -> int:
            return len(await request.body())

        settings = production(body_seconds=2)
        if without:
            Twin(app, without=without, settings=settings, clock=clock)
        else:
            protect(app, settings=settings, clock=clock)
        return app

    await two_sided_async(attack, whole=make(""), twin=make("deadlines"))


async def test_a_refusal_in_the_middle_of_an_answer_is_no_crash(caplog: pytest.LogCaptureFixture) -> None:
    """Starlette makes an error of it, since the answer has begun: nothing broke."""
    caplog.set_level(logging.INFO, "buckler.events")
    answer = await ask(make_app(), "POST", "/export", headers=[JSON], body=TWICE)
    assert (answer.status, answer.body, answer.error) == (200, b"a", None)
    assert "json-malformed" in caplog.text
    assert "sys_crash" not in caplog.text


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_crash(caplog: pytest.LogCaptureFixture) -> None:
    """Anybody may, at will."""

    async def gone(scope: Any, receive: Any, send: Any) -> None:
        await Request(scope, receive).body()

    async def left() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def cut(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, left, send)

    app = FastAPI()
    app.mount("/gone", guarded(gone, Public("a test")))
    protect(app)
    assert (await ask(cut, "POST", "/gone/x")).error is None
    assert "sys_crash" not in caplog.text


async def test_what_breaks_by_itself_is_a_crash(caplog: pytest.LogCaptureFixture) -> None:
    """Also where a refusal was caught on the way, but is not its cause."""
    app = FastAPI()

    @app.post("/breaks", dependencies=[Public("a test")])
    async def breaks(request: Request) -> None:
        with suppress(Exception):
            await request.body()
        raise RuntimeError("CANARY")

    await ask(protect(app), "POST", "/breaks", headers=[JSON], body=TWICE)
    assert "sys_crash" in caplog.text


async def test_an_answer_that_begins_twice_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    """Only the first was judged."""

    async def twice(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fine", "more_body": True})
        await send({"type": "http.response.start", "status": 302, "headers": [(b"location", b"https://evil.test/")]})
        await send({"type": "http.response.body", "body": b"more"})

    app = FastAPI()
    app.mount("/twice", guarded(twice, Public("a test")))
    answer = await ask(protect(app), "GET", "/twice/x")
    assert (answer.status, answer.body) == (200, b"fine")
    assert answer.header("location") is None
    assert "sys_answer_refused" in caplog.text


async def test_a_socket_that_is_accepted_twice_is_closed() -> None:
    async def twice(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.accept", "headers": [(b"x", b"a\r\nb")]})

    app = FastAPI()
    app.mount("/twice", guarded(twice, Public("a test")))
    talk = await knock(protect(app), "/twice/x")
    assert [each["type"] for each in talk.messages] == ["websocket.accept", "websocket.close"]
