"""A body that comes too slowly is no longer waited for. Time stands still but for what a test lets pass."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request, WebSocket
from starlette.responses import StreamingResponse

from buckler import ConfigurationError, Public
from buckler.asgi import Exchange, Message, Receive
from buckler.edge.deadlines import SLOWEST, TOO_SLOW, Deadlines
from buckler.refused import Refused
from tests.clocks import FakeClock
from tests.stage import production, protect
from tests.waiting import wait_until_async
from tests.wire import knock

SECONDS = 10.0


class Timeouts:
    """Timeouts that end when a test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.last: asyncio.Timeout | None = None

    def __call__(self, seconds: float) -> asyncio.Timeout:
        self.asked.append(seconds)
        self.last = asyncio.timeout(None)
        return self.last

    def fire(self) -> None:
        assert self.last is not None
        self.last.reschedule(-1)


class Client:
    """Sends when told to; counts how often it was asked."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[Message] = asyncio.Queue()
        self.asked = 0

    def send(self, body: bytes, *, more: bool = True) -> None:
        self.pieces.put_nowait({"type": "http.request", "body": body, "more_body": more})

    async def __call__(self) -> Message:
        self.asked += 1
        return await self.pieces.get()


class Scene:
    """One request under a deadline."""

    def __init__(self, **scope: object) -> None:
        self.clock = FakeClock()
        self.timeouts = Timeouts()
        self.client = Client()
        head = {"type": "http", "method": "POST", "headers": [], "client": None, "http_version": "1.1", **scope}
        self.exchange = Exchange(head, None)
        deadlines = Deadlines(SECONDS, self.clock, self.timeouts)
        self.receive: Receive = deadlines.receive(self.exchange, self.client)

    async def wait(self, seconds: float, act: Callable[[], object]) -> Message:
        """What is received when the client acts after so many seconds."""
        task = asyncio.ensure_future(self.receive())
        begun = len(self.timeouts.asked)
        await wait_until_async(lambda: len(self.timeouts.asked) > begun or task.done())
        self.clock.advance(seconds)
        act()
        return await task


async def test_a_body_that_is_there_needs_no_timer() -> None:
    scene = Scene()
    scene.client.send(b"x")
    scene.client.send(b"", more=False)
    assert [(await scene.receive())["body"] for _ in range(2)] == [b"x", b""]
    assert scene.timeouts.asked == []


async def test_what_is_left_is_the_grace_less_all_waits_and_more_for_what_came() -> None:
    scene = Scene()
    await scene.wait(4, lambda: scene.client.send(b"x" * SLOWEST))
    await scene.wait(5, lambda: scene.client.send(b"x" * SLOWEST * 3))
    await scene.wait(1, lambda: scene.client.send(b"", more=False))
    assert scene.timeouts.asked == pytest.approx([10, 10 - 4 + 1, 10 - 4 + 1 - 5 + 3])


async def test_the_time_of_the_app_is_not_the_clients() -> None:
    scene = Scene()
    await scene.wait(4, lambda: scene.client.send(b""))
    scene.clock.advance(3600)
    await scene.wait(0, lambda: scene.client.send(b"", more=False))
    assert scene.timeouts.asked == pytest.approx([10, 6])


async def test_over_it_the_body_is_not_asked_for_again() -> None:
    """408, and the connection closes: what comes late would be read as the next request."""
    scene = Scene()
    with pytest.raises(Refused) as refused:
        await scene.wait(SECONDS, scene.timeouts.fire)
    assert (refused.value.refusal.status, refused.value.refusal.code) == (408, "body-too-slow")
    assert refused.value.refusal.headers == ((b"connection", b"close"),)
    assert scene.exchange.refusal is refused.value.refusal
    asked = scene.client.asked
    with pytest.raises(Refused):
        await scene.receive()
    assert scene.client.asked == asked


async def test_later_versions_of_http_have_no_such_field() -> None:
    """RFC 9113 section 8.2.2."""
    scene = Scene(http_version="2")
    with pytest.raises(Refused) as refused:
        await scene.wait(SECONDS, scene.timeouts.fire)
    assert refused.value.refusal is TOO_SLOW


async def test_nothing_is_timed_after_the_last_piece() -> None:
    """An app that streams waits there for its client to leave."""
    scene = Scene()
    scene.client.send(b"x", more=False)
    await scene.receive()
    task = asyncio.ensure_future(scene.receive())
    await wait_until_async(lambda: scene.client.asked == 2)
    assert scene.timeouts.asked == []
    scene.client.pieces.put_nowait({"type": "http.disconnect"})
    assert (await task)["type"] == "http.disconnect"


async def test_a_websocket_is_handed_on_itself() -> None:
    scene = Scene(type="websocket")
    assert scene.receive is scene.client


async def test_a_client_that_leaves_is_told_as_it_is() -> None:
    scene = Scene()
    left = await scene.wait(1, lambda: scene.client.pieces.put_nowait({"type": "http.disconnect"}))
    assert left["type"] == "http.disconnect"


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    """It reaches what is waited for, and is not taken for ours."""
    scene = Scene()
    seen: list[str] = []

    async def listening() -> Message:
        try:
            return await scene.client()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    receive = Deadlines(SECONDS, scene.clock, scene.timeouts).receive(scene.exchange, listening)
    task = asyncio.ensure_future(receive())
    await wait_until_async(lambda: scene.client.asked == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]
    assert scene.exchange.refusal is None


async def test_a_cancellation_that_is_taken_back_inside_goes_on() -> None:
    """What is waited for may clean up first, and wait again for that."""
    scene = Scene()

    async def stubborn() -> Message:
        try:
            return await scene.client()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return {"type": "http.disconnect"}

    receive = Deadlines(SECONDS, scene.clock, scene.timeouts).receive(scene.exchange, stubborn)
    task = asyncio.ensure_future(receive())
    await wait_until_async(lambda: scene.client.asked == 1)
    task.cancel()
    assert (await task)["type"] == "http.disconnect"


async def test_an_error_of_the_server_is_passed_on() -> None:
    """Also a timeout of its own, which is not ours."""
    scene = Scene()

    async def failing() -> Message:
        await asyncio.sleep(0)
        raise TimeoutError("the server's own")

    receive = Deadlines(SECONDS, scene.clock, scene.timeouts).receive(scene.exchange, failing)
    with pytest.raises(TimeoutError, match="the server's own"):
        await receive()


async def test_a_wait_that_is_given_up_is_closed() -> None:
    """An event loop that ends throws it away."""
    scene = Scene()
    closed: list[bool] = []

    async def waiting() -> Message:
        try:
            return await scene.client()
        finally:
            closed.append(True)

    receive = Deadlines(SECONDS, scene.clock, lambda _: asyncio.timeout(None)).receive(scene.exchange, waiting)
    steps: Any = receive()
    steps.send(None)
    steps.close()
    assert closed == [True]


@pytest.mark.parametrize("seconds", [0, -1])
def test_no_time_at_all_cannot_be_set(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="no body would ever come"):
        Deadlines(seconds, FakeClock())
    with pytest.raises(ConfigurationError, match="BUCKLER_BODY_SECONDS"):
        production(body_seconds=seconds)


async def serve_slowly(app: Any) -> list[Message]:
    """What an app sends to a client whose body never comes. The limit is a hundredth of a second."""
    sent: list[Message] = []
    never = asyncio.Event()

    async def receive() -> Message:
        await never.wait()
        raise AssertionError("never")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"api.example.test"), (b"content-length", b"5")]
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "https",
        "http_version": "1.1",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8443),
        "state": {},
    }
    await asyncio.wait_for(app(scope, receive, send), 20)
    return sent


async def reading(request: Request) -> int:
    return len(await request.body())


async def echoing(request: Request) -> StreamingResponse:
    return StreamingResponse(request.stream())


@pytest.mark.parametrize("endpoint", [reading, echoing])
async def test_a_whole_app_answers_408(endpoint: Callable[[Request], Awaitable[Any]]) -> None:
    """Or, where its answer had begun, breaks it off."""
    app = FastAPI()
    app.add_api_route("/", endpoint, methods=["POST"], dependencies=[Public("a test")], response_model=None)
    sent = await serve_slowly(protect(app, settings=production(body_seconds=0.01)))
    if endpoint is reading:
        assert sent[0]["status"] == 408
        assert (b"connection", b"close") in sent[0]["headers"]
    else:
        assert not any(each["type"] == "http.response.body" and not each.get("more_body") for each in sent)


async def test_a_websocket_that_says_nothing_stays() -> None:
    app = FastAPI()

    @app.websocket("/", dependencies=[Public("a test")])
    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())

    told = await knock(protect(app, settings=production(body_seconds=0.01)), "/", says=["hello"])
    assert told.accepted
    assert told.messages[1]["text"] == "hello"
