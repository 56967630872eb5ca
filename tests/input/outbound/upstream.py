"""Somebody else's server, on loopback: well-behaved, slow, huge, leading elsewhere, lying."""

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_BOMB: Final = gzip.compress(b"[" + b" " * 20_000_000 + b"]")


def whole(body: bytes, *lines: bytes) -> bytes:
    """An answer with its length told."""
    return _HEAD + b"".join(line + b"\r\n" for line in lines) + b"Content-Length: %d\r\n\r\n" % len(body) + body


ANSWERS: Final = {
    "/ok": whole(b'{"rate": 3}'),
    "/problem": whole(b'{"rate": 3}').replace(b"application/json", b"application/problem+json"),
    "/text": whole(b'{"rate": 3}').replace(b"application/json", b"text/html"),
    "/missing": whole(b'{"rate": 3}').replace(b"200 OK", b"404 Not Found"),
    "/broken": whole(b'{"rate": 3'),
    "/twice": whole(b'{"rate": 3, "rate": 4}'),
    "/not-a-number": whole(b'{"rate": NaN}'),
    "/unfit": whole(b'{"rate": "a canary"}'),
    "/redirect": b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n",
    "/unchanged": b"HTTP/1.1 304 Not Modified\r\nLocation-Of: nothing\r\n\r\n",
    "/declared-huge": _HEAD + b"Content-Length: 99999999\r\n\r\n",
    "/bomb": whole(_BOMB, b"Content-Encoding: gzip"),
    "/bomb-in-two-lines": whole(gzip.compress(_BOMB), b"Content-Encoding: gzip, gzip", b"Content-Encoding: identity"),
    "/no-gzip": whole(b"{}", b"Content-Encoding: gzip", b"Content-Encoding: identity"),
    "/empty-coding": whole(b'{"rate": 3}', b"Content-Encoding: ", b"Content-Encoding: identity, Identity"),
    "/crumbs": _HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 60_000 + b"1\r\n1\r\n0\r\n\r\n",
    "/long-length": _HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "/many-fields": whole(b"{}", *(b"X-%d: y" % n for n in range(200))),
    "/long-field": whole(b"{}", b"X: " + b"y" * 20_000),
    "/upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n",
    "/garbage": b"220 mail.example ESMTP\r\n\r\n",
    "/cookie": whole(b'{"rate": 3}', b"Set-Cookie: a=" + b"b" * 3000),
}


@dataclass
class Upstream:
    """What it saw: connections, and the head of every request."""

    port: int = 0
    connections: int = 0
    heads: list[str] = field(default_factory=list[str])
    between: Callable[[], None] = lambda: None
    """Called between the parts of an answer that comes in parts."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
                await self._answer(self.heads[-1].split()[1].partition("?")[0], writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/reset":
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return
        if path == "/silent":
            await asyncio.Event().wait()
        if path in ("/huge", "/drip"):
            writer.write(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(400):
                part = b" " * 16_384 if path == "/huge" else b" "
                writer.write(b"%x\r\n%b\r\n" % (len(part), part))
                await writer.drain()
                self.between()
                await asyncio.sleep(0)
            writer.write(b"1\r\n1\r\n0\r\n\r\n")
        else:
            writer.write(ANSWERS.get(path, ANSWERS["/ok"]))
        await writer.drain()


@asynccontextmanager
async def upstream(
    host: str = "127.0.0.1", port: int = 0, context: ssl.SSLContext | None = None
) -> AsyncIterator[Upstream]:
    """A server of that kind, at a free port."""
    stub = Upstream()
    server = await asyncio.start_server(stub.serve, host, port, ssl=context)
    stub.port = server.sockets[0].getsockname()[1]
    try:
        yield stub
    finally:
        server.close()
