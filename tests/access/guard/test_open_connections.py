"""What is open when access ends is closed: sockets, event streams and downloads; nothing else is touched."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from buckler import Authenticator, Buckler, Principal, Public, Requires
from buckler.access.guard.open_connections import OpenConnections
from buckler.defence import Defence
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import protect
from tests.twins.twin import Twin
from tests.waiting import wait_until_async
from tests.wire import HOST, ask

LONG, SHORT = "/download/100000", "/download/1000"
"""Answers that say their length, and of which only the first piece ever comes."""
PATIENCE = 1.5
"""Seconds: on the twin they pass, and are lost."""


class Door(Authenticator):
    """Callers whose access can be ended by hand."""

    def __init__(self) -> None:
        self.ended: set[str] = set()
        self.number = 0
        self.asked = 0
        self.expires_at = float("inf")

    async def authenticate(self, token: bytes) -> Principal | None:
        return Principal(token.decode(), "", expires_at=self.expires_at)

    def is_current(self, principal: Principal) -> bool:
        self.asked += 1
        return principal.id not in self.ended

    def changes(self) -> int:
        return self.number

    def end(self, name: str) -> None:
        self.ended.add(name)
        self.number += 1


class Line:
    """One connection to an app: what it was sent, and how it ended."""

    def __init__(self, app: Any, path: str, caller: str | None = "alice", spec: str = "2.3") -> None:
        self.sent: list[dict[str, Any]] = []
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        kind = "websocket" if path.startswith("/socket") else "http"
        if kind == "websocket":
            self.inbox.put_nowait({"type": "websocket.connect"})
        headers = [(b"host", HOST.encode())]
        if caller is not None:
            headers.append((b"authorization", b"Bearer " + caller.encode()))
        scope = {
            "type": kind,
            "asgi": {"version": "3.0", "spec_version": spec},
            "http_version": "1.1",
            "scheme": "https" if kind == "http" else "wss",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 443),
            "subprotocols": [],
        }
        if kind == "websocket":
            del scope["method"]
        self.task = asyncio.create_task(app(scope, self.inbox.get, self._send))

    async def _send(self, message: Any) -> None:
        self.sent.append(dict(message))
        if message["type"] == "websocket.close":
            self.inbox.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    @property
    def is_begun(self) -> bool:
        return bool(self.sent)

    @property
    def code(self) -> int | None:
        closes = [each["code"] for each in self.sent if each["type"] == "websocket.close"]
        return closes[0] if closes else None

    @property
    def is_whole(self) -> bool:
        return any(each["type"] == "http.response.body" and not each.get("more_body") for each in self.sent)

    async def leave(self) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        self.task.cancel()
        await asyncio.wait((self.task,))


async def _for_ever() -> AsyncIterator[bytes]:
    yield b"data: one\n\n"
    await asyncio.Event().wait()


async def _never() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


def make_app(door: Door, ends: list[str] | None = None, **given: Any) -> FastAPI:
    app, noted = FastAPI(), [] if ends is None else ends

    @app.websocket("/socket", dependencies=[Requires()])
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect as end:
            noted.append(str(end.code))

    @app.websocket("/socket/deaf", dependencies=[Requires()])
    async def deaf(socket: WebSocket) -> None:
        await socket.accept()
        try:
            await asyncio.Event().wait()
        finally:
            noted.append("cancelled")

    @app.websocket("/socket/open", dependencies=[Public("a test")])
    async def public(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive_text()

    @app.get("/stream", dependencies=[Requires()])
    async def stream() -> StreamingResponse:
        return StreamingResponse(_for_ever(), media_type="text/event-stream")

    @app.get("/quiet", dependencies=[Requires()])
    async def quiet() -> StreamingResponse:
        return StreamingResponse(_never(), media_type="text/event-stream")

    @app.get("/download/{size}", dependencies=[Requires()])
    async def download(size: str) -> StreamingResponse:
        return StreamingResponse(_for_ever(), headers={"content-length": size})

    @app.get("/short", dependencies=[Requires()])
    async def short() -> PlainTextResponse:
        return PlainTextResponse("short")

    return protect(app, authenticator=door, **given)


def twin(door: Door, **given: Any) -> FastAPI:
    return make_app(door, kind=Twin, without="open-connections", **given)


async def outlives(app: FastAPI, path: str, end: Callable[[], object], spec: str = "2.3") -> bool:
    """Whether a connection goes on after its caller's access ended."""
    line, other = Line(app, path, "alice", spec), Line(app, "/stream", "bob")
    await wait_until_async(lambda: line.is_begun and other.is_begun)
    end()
    try:
        await wait_until_async(line.task.done, within=PATIENCE)
    except AssertionError:
        return True
    finally:
        assert not other.task.done()
        await line.leave()
        await other.leave()
    return False


KINDS = [("/socket", "2.4"), ("/socket/deaf", "2.4"), ("/stream", "2.3"), ("/quiet", "2.4"), (LONG, "2.3")]
KINDS += [(SHORT, "2.3"), (SHORT, "2.4")]
"""Each kind of connection, and the version of ASGI under which Starlette waits for its end in another way."""


@pytest.mark.heavy_beyond(3)
@pytest.mark.asvs("7.4.1")
@pytest.mark.parametrize(("path", "spec"), KINDS)
async def test_a_connection_ends_with_the_access_behind_it(path: str, spec: str) -> None:
    """And that of another caller goes on."""

    async def attack(make: Callable[[Door], FastAPI]) -> bool:
        door = Door()
        return await outlives(make(door), path, lambda: door.end("alice"), spec)

    await two_sided_async(attack, whole=make_app, twin=twin)


@pytest.mark.parametrize("path", ["/socket", "/stream"])
async def test_a_connection_does_not_outlive_its_credential(path: str) -> None:
    """To the second by the clock, whoever the authenticator is."""

    async def attack(kind: dict[str, Any]) -> bool:
        door, clock = Door(), FakeClock()
        app = make_app(door, clock=clock, **kind)
        stranger = Line(app, path, "bob")
        await wait_until_async(lambda: stranger.is_begun)
        door.expires_at = clock.now() + 600
        line = Line(app, path, "alice")
        await wait_until_async(lambda: line.is_begun)
        clock.advance(599)
        await asyncio.sleep(0)
        assert not line.task.done()
        clock.advance(1)
        try:
            await wait_until_async(line.task.done, within=PATIENCE)
        except AssertionError:
            return True
        finally:
            assert not stranger.task.done()
            await line.leave()
            await stranger.leave()
        return False

    await two_sided_async(attack, whole={}, twin={"kind": Twin, "without": "open-connections"})


async def test_a_socket_is_closed_in_order() -> None:
    """With 1008, and the app hears of it as of any other end; one that does not listen is cancelled."""
    ends: list[str] = []
    door = Door()
    app = make_app(door, ends)
    for path in ("/socket", "/socket/deaf"):
        line = Line(app, path)
        await wait_until_async(lambda line=line: line.is_begun)
        door.end("alice")
        await wait_until_async(lambda line=line: line.task.done())
        assert line.code == 1008
        assert line.task.exception() is None
        door.ended.clear()
    assert ends == ["1008", "cancelled"]


@pytest.mark.parametrize("path", ["/stream", LONG, SHORT])
async def test_an_answer_that_is_broken_off_is_not_taken_for_whole(path: str) -> None:
    """Its end is missing, and the server closes the connection for that."""
    door = Door()
    line = Line(make_app(door), path)
    await wait_until_async(lambda: len(line.sent) == 2)
    door.end("alice")
    await wait_until_async(line.task.done)
    assert not line.is_whole
    assert line.task.exception() is None
    assert line.task.cancelling() == 0


async def test_access_that_ended_before_the_first_word_opens_nothing() -> None:
    """The request was let in, and its caller signed out before the answer began."""
    door = Door()
    door.ended.add("alice")
    app = make_app(door)
    assert (await ask(app, "GET", "/stream", token="alice")).code == "connection-ended"
    line = Line(app, "/socket")
    await asyncio.wait((line.task,))
    assert [each["type"] for each in line.sent] == ["websocket.close"]
    assert (await ask(app, "GET", "/short", token="alice")).status == 200


@pytest.mark.parametrize("spec", ["2.3", "2.4"])
async def test_a_stream_that_was_refused_does_not_go_on_for_nobody(spec: str) -> None:
    """The answer left; the app behind it ends too, whether or not the server tells it of the client."""
    door = Door()
    door.ended.add("alice")
    line = Line(make_app(door), "/stream", "alice", spec)
    await wait_until_async(line.task.done, within=5)
    assert [each.get("status") for each in line.sent] == [401, None]
    assert line.task.exception() is None


async def test_nothing_is_asked_while_nothing_changes() -> None:
    """A number is looked at; callers are judged again only when it is another one. The public are not watched."""
    door = Door()
    app = make_app(door)
    lines = [Line(app, "/stream", f"caller-{number}") for number in range(5)]
    public = Line(app, "/socket/open", None)
    await wait_until_async(lambda: all(line.is_begun for line in (*lines, public)))
    before = door.asked
    await wait_until_async(_later(0.3))
    assert door.asked == before
    door.end("nobody")
    await wait_until_async(lambda: door.asked == before + 5)
    for line in (*lines, public):
        await line.leave()


async def test_what_is_over_is_not_watched() -> None:
    """Neither the connection nor the ticks stay behind."""
    part = OpenConnections(Door(), FakeClock())
    app = make_app(Door(), kind=_with(part))
    line = Line(app, "/stream")
    await wait_until_async(lambda: len(part) == 1)
    await line.leave()
    del line  # its cancellation knows every frame
    gc.collect()
    assert len(part) == 0
    await wait_until_async(lambda: "buckler-open-connections" not in {each.get_name() for each in asyncio.all_tasks()})


def _later(seconds: float) -> Callable[[], bool]:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    return lambda: loop.time() >= end


def _with(part: OpenConnections) -> Any:
    class Watched(Buckler):
        def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
            return tuple(part if isinstance(each, OpenConnections) else each for each in defences)

    return Watched
