"""A server ends in order for whoever is there, whether one process serves or a supervisor looks after it."""

import asyncio
import signal
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from buckler.cli.serve.wire.ending import Drain, Ending
from tests.cli.running import Running, serving
from tests.waiting import wait_until

APP = """
import asyncio, os
from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from buckler import Buckler, Public

app = FastAPI()
Buckler(app, health=Public("probes"))
public = [Public("a test")]
print("served by", os.getpid(), flush=True)


@app.get("/quick", dependencies=public)
async def quick() -> None: ...


@app.get("/slow", dependencies=public)
async def slow() -> int:
    print("slow has begun", flush=True)
    await asyncio.sleep(0.5)
    return os.getpid()


@app.get("/events", dependencies=public)
async def events() -> StreamingResponse:
    async def told():
        try:
            yield "data: here\\n\\n"
            await asyncio.sleep(3600)
        finally:
            print("the stream was told", flush=True)

    return StreamingResponse(told(), media_type="text/event-stream")


@app.websocket("/echo", dependencies=public)
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())
    await websocket.receive_text()
"""
DEVELOPMENT = ("mine:app", "--environment", "development")


def test_the_end_is_in_order_for_whoever_is_there(tmp_path: Path) -> None:
    """An answer under way is finished, a socket gets 1012, a stream ends and its app is told, nobody new is let in."""
    (tmp_path / "mine.py").write_text(APP)
    with serving(tmp_path, *DEVELOPMENT) as running, ExitStack() as stack:
        trusted = ssl.create_default_context(cafile=str(running.authority))
        caller = stack.enter_context(connect(running.base.replace("https", "wss") + "/echo", ssl=trusted, proxy=None))
        caller.send("hello")
        assert caller.recv(timeout=10) == "hello"
        listening = stack.enter_context(running.client())
        stream = listening.stream("GET", "/events", headers={"Accept": "text/event-stream"})
        pieces = stack.enter_context(stream).iter_text()
        assert next(pieces) == "data: here\n\n"
        with connected_slowly(running) as slow:
            wait_until(lambda: "slow has begun" in running.printed)
            running.process.send_signal(signal.SIGTERM)
            assert list(pieces) == []  # it ended as a whole: a cut one would raise
            with pytest.raises(ConnectionClosed) as closed:
                caller.recv(timeout=10)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
            assert slow.recv(65_536).startswith(b"HTTP/1.1 200")
        assert running.process.wait(30) == 0
        assert "the stream was told" in running.printed
        assert "sys_shutdown" in running.logged
        with pytest.raises(httpx2.ConnectError):
            listening.get("/slow")


def connected_slowly(running: Running) -> ssl.SSLSocket:
    """A connection that has asked for what takes its time."""
    trusted = ssl.create_default_context(cafile=str(running.authority))
    port = int(running.base.rpartition(":")[2])
    made = trusted.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
    made.settimeout(20)
    made.sendall(f"GET /slow HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
    return made


def test_two_signals_end_it_at_once(tmp_path: Path) -> None:
    """Whatever is under way: an answer that has hours to go is cut off."""
    (tmp_path / "mine.py").write_text(APP)
    with ExitStack() as stack:
        running = stack.enter_context(serving(tmp_path, *DEVELOPMENT))
        stream = stack.enter_context(stack.enter_context(running.client()).stream("GET", "/events"))
        assert next(stream.iter_text()) == "data: here\n\n"
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(running))
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(8)  # and not the ten seconds that it would have had


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_before_its_end_it_says_so_and_serves_on(tmp_path: Path, workers: str) -> None:
    """A balancer sees 503 and takes it out; whoever comes meanwhile is answered. Then it ends by itself."""
    (tmp_path / "mine.py").write_text(APP)
    more = {"BUCKLER_DRAIN_SECONDS": "4", "BUCKLER_COUNT_PER_PROCESS": "a test"}
    with serving(tmp_path, *DEVELOPMENT, "--workers", workers, **more) as running:
        assert asked(running, "/health/ready") == 200
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: asked(running, "/health/ready") == 503)
        assert asked(running, "/quick") == 200
        assert running.process.wait(30) == 0
        assert running.logged.count("sys_shutdown") == int(workers)


def test_a_second_signal_ends_it_at_once_while_it_serves_on(tmp_path: Path) -> None:
    """Whoever asked for an hour is not held to it. Without the second one it does serve on."""
    (tmp_path / "mine.py").write_text(APP)
    with serving(tmp_path, *DEVELOPMENT, BUCKLER_DRAIN_SECONDS="3600") as running:
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: asked(running, "/health/ready") == 503)
        assert asked(running, "/quick") == 200
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(8)


class Server:
    """What is asked of a server at its end."""

    should_exit = force_exit = False
    servers = ()


@pytest.fixture
async def drains() -> AsyncIterator[tuple[Ending, Server, list[str]]]:
    """An end that would come in an hour, what it says to servers, and what it says before."""
    said: list[str] = []
    server = Server()
    yield Ending(Drain(lambda: said.append("draining"), 3600), cast("Any", server)), server, said
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().remove_signal_handler(number)


async def test_one_that_is_replaced_does_not_drain(
    drains: tuple[Ending, Server, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others serve on the same ports: a probe on an old connection must not take all of them out."""
    ending, server, said = drains
    monkeypatch.setattr("buckler.cli.serve.wire.ending.LINGER", 0)
    await ending.retire()
    assert (server.should_exit, server.force_exit, ending.asked.is_set(), said) == (True, False, True, [])


async def test_one_whose_supervisor_is_gone_drains_no_longer(drains: tuple[Ending, Server, list[str]]) -> None:
    """Whether it was draining or not."""
    ending, server, said = drains
    ending.ask()
    assert (server.should_exit, said) == (False, ["draining"])
    ending.end()
    assert (server.should_exit, server.force_exit, said) == (True, False, ["draining"])
    ending.ask()
    assert server.force_exit


def asked(running: Running, path: str) -> int:
    """What a new connection is answered."""
    with running.client() as client:
        return client.get(path).status_code


def refuses(running: Running) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(running.base.rpartition(":")[2]))) != 0
