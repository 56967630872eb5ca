"""Many clients at once that take their time: slow with a head, with a body, or with reading the answer."""

import asyncio
import contextlib
import os
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.cli.running import Running, serving
from tests.waiting import take_time

APP = """
from collections.abc import AsyncIterator
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse
from buckler import Buckler, Public

app = FastAPI()
Buckler(app, default=Public("a test"))


@app.get("/")
async def hello() -> str:
    return "hello"


@app.post("/read")
async def read(request: Request) -> int:
    return len(await request.body())


@app.post("/ignored")
async def ignored() -> str:
    return "unread"


@app.get("/endless")
async def endless() -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield bytes(65536)

    return StreamingResponse(pieces())


@app.get("/large")
async def large() -> str:
    return "x" * 1_000_000


@app.websocket("/flood")
async def flood(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        await websocket.send_bytes(bytes(65536))
"""
HOST = b"Host: localhost\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: https\r\n"
"""As a proxy writes it that ends TLS, so that most of a crowd can spare us its handshakes."""
HEAD = b"GET / HTTP/1.1\r\n" + HOST + b"X-Slow: "
POST = b"POST %b HTTP/1.1\r\n" + HOST + b"Content-Type: text/plain\r\nContent-Length: 100000\r\n\r\n"
GET = b"GET %b HTTP/1.1\r\n" + HOST + b"\r\n"
UPGRADE = (
    b"GET /flood HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_BETWEEN_BYTES = 0.2
_AT_ONCE = 50
_OPEN = ("01", "08")
"""Established, and closed by the client alone."""


@contextmanager
def served(folder: Path, **more: object) -> Iterator[Running]:
    """The app above in a process of its own, with these settings."""
    folder.mkdir(exist_ok=True)
    (folder / "slow.py").write_text(APP)
    named = {f"BUCKLER_{name.upper()}": str(value) for name, value in more.items()}
    with serving(folder, "slow:app", "--environment", "development", **named) as running:
        yield running


def open_sockets(running: Running) -> int:
    """How many sockets the process has. On Linux alone."""
    folder = Path(f"/proc/{running.process.pid}/fd")
    names = [str(each.readlink()) for each in folder.iterdir() if each.is_symlink()]
    return sum(name.startswith("socket:") for name in names)


def ends_held(client_ports: set[int]) -> set[int]:
    """The client ports whose connection the other end has not closed. On Linux alone."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {int(line[2].rpartition(":")[2], 16) for line in lines if line[3] in _OPEN}
    return client_ports & ours


def memory(running: Running) -> int:
    """How many bytes the process holds. On Linux alone."""
    pages = Path(f"/proc/{running.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Crowd:
    """Clients of one service, each from one of several addresses of this machine."""

    running: Running
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    readers: list[asyncio.StreamReader] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    _trickling: list[asyncio.StreamWriter] = field(default_factory=list)

    async def come(self, number: int, says: bytes, *, trickles: bool, tls: bool | None = None) -> None:
        """`number` clients that say this and then, if they trickle, a byte now and again.

        A quarter of them over TLS, where nothing else is said.
        """
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> None:
            async with gate:
                _, writer = await self.connect(tls=number % 4 == 0 if tls is None else tls)
                writer.write(says)
                if trickles:
                    self._trickling.append(writer)

        await asyncio.gather(*(one(each) for each in range(number)))

    async def connect(
        self, source: str = "127.0.0.1", *, tls: bool = True
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that takes little of what comes until it is read."""
        address = urlsplit(self.running.base if tls else self.running.plain)
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.bind((source, 0))
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", address.port))
        trusted = ssl.create_default_context(cafile=str(self.running.authority)) if tls else None
        host = "localhost" if tls else None
        reader, writer = await asyncio.open_connection(sock=plain, ssl=trusted, server_hostname=host, limit=1024)
        if tls:
            writer.transport.set_read_buffer_limits(1024)  # type: ignore[attr-defined]
        self.writers.append(writer)
        self.readers.append(reader)
        self.ports.append(plain.getsockname()[1])
        return reader, writer

    def standing(self) -> list[bool]:
        """Who of them still has a connection, in the order in which they came."""
        held = ends_held(set(self.ports))
        return [port in held for port in self.ports]

    async def ask(self) -> float:
        """How many seconds another client waits for its answer, TLS included."""
        began = time.monotonic()
        reader, writer = await self.connect()
        writer.write(GET % b"/")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        assert head.startswith(b"HTTP/1.1 200 ")
        writer.close()
        return time.monotonic() - began

    async def trickle(self) -> None:
        """A byte from everybody who trickles, for ever."""
        while True:
            self._trickling = [each for each in self._trickling if not each.transport.is_closing()]
            for writer in self._trickling:
                writer.write(b"x")
            await take_time(_BETWEEN_BYTES)


@contextlib.asynccontextmanager
async def crowd(running: Running) -> AsyncGenerator[Crowd]:
    """Clients that are gone at the end."""
    made = Crowd(running)
    trickling = asyncio.create_task(made.trickle())
    try:
        yield made
    finally:
        trickling.cancel()
        for writer in made.writers:
            writer.transport.abort()
