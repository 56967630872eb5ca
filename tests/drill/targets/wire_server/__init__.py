"""A small HTTP server of its own, that is as lax as its flaws say and else refuses what is odd."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.drill.targets.wire_server.api import DOCUMENT, Answer, Api
from tests.drill.targets.wire_server.identity import Identity, make_identity
from tests.drill.targets.wire_server.reading import Head, Refused, Wire

__all__ = ["DOCUMENT", "FLAWS", "TLS_FLAWS", "Identity", "Times", "make_identity", "serving"]

TLS_FLAWS = frozenset({"certificate-expired", "certificate-self-signed", "old-tls", "plain-http"})
"""Those that are there only where an identity is given."""

FLAWS = TLS_FLAWS | {
    "any-host",
    "banner",
    "bare-line-feeds",
    "docs-open",
    "folded-headers",
    "host-in-redirect",
    "length-and-chunks",
    "odd-chunks",
    "odd-header-names",
    "slow-bodies",
    "slow-heads",
    "two-lengths",
}

_HANDSHAKE = 0x16
"""The first byte of TLS."""


LINGER = 0.5


@dataclass(frozen=True, slots=True)
class Times:
    """How many seconds a head and a body may take."""

    head: float = 5.0
    body: float = 5.0


class Server:
    """Speaks with each connection until it ends."""

    def __init__(self, flawed: frozenset[str], times: Times, own: str, *, secure: bool) -> None:
        self._flawed = flawed
        self._head_seconds = None if "slow-heads" in flawed else times.head
        self._body_seconds = None if "slow-bodies" in flawed else times.body
        self._hosts = {own, own.replace("localhost", "127.0.0.1"), own.replace("127.0.0.1", "localhost")}
        self._secure = secure
        self._own_url = f"{'https' if secure else 'http'}://{own}"
        self._api = Api(flawed, self._own_url)

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other."""
        scheme = "https" if writer.get_extra_info("ssl_object") else "http"
        wire = Wire(reader, self._flawed)
        try:
            while await self._one(wire, writer, scheme):
                pass
        except Refused as refused:
            await self._send(writer, Answer(refused.status, {"detail": refused.detail}), close=True)
            if refused.status == 413 and writer.can_write_eof():
                # What is on its way already is let in and forgotten: else the answer would be lost with it.
                writer.write_eof()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LINGER):
                        await wire.forget()
        except OSError:
            pass  # the other side is gone
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _one(self, wire: Wire, writer: asyncio.StreamWriter, scheme: str) -> bool:
        try:
            async with asyncio.timeout(self._head_seconds):
                head = await wire.head()
        except TimeoutError:
            raise Refused(408, "The head took too long.") from None
        if head is None:
            return False
        self._check_host(head)
        try:
            async with asyncio.timeout(self._body_seconds):
                body = await wire.body(head)
        except TimeoutError:
            raise Refused(408, "The body took too long.") from None
        if self._secure and scheme == "http" and "plain-http" not in self._flawed:
            elsewhere = Answer(308, {"detail": "Over HTTPS."}, {"location": self._own_url + "/"})
            await self._send(writer, elsewhere, close=True)
            return False
        close = "close" in [it.lower() for it in head.values("connection")]
        await self._send(writer, self._api.answer(head, body, scheme=scheme), close=close)
        return not close

    def _check_host(self, head: Head) -> None:
        hosts = head.values("host")
        lax = "any-host" in self._flawed or ("host-in-redirect" in self._flawed and head.path == "/old")
        if not lax and (len(hosts) != 1 or hosts[0].lower() not in self._hosts):
            raise Refused(400, "That is another host.")

    async def _send(self, writer: asyncio.StreamWriter, answer: Answer, *, close: bool) -> None:
        writer.write(answer.as_bytes(banner="banner" in self._flawed, close=close))
        await writer.drain()


@asynccontextmanager
async def serving(
    flawed: frozenset[str] = FLAWS, *, times: Times = Times(), identity: Identity | None = None
) -> AsyncGenerator[str]:
    """Serve on loopback and hand out the base URL: https where an identity is given, on the same port as plain HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        own = f"{'localhost' if identity else '127.0.0.1'}:{listener.getsockname()[1]}"
        server = Server(flawed, times, own, secure=identity is not None)
        accepting = asyncio.create_task(_accept(listener, server, identity, flawed, times))
        try:
            yield f"{'https' if identity else 'http'}://{own}"
        finally:
            accepting.cancel()
            with suppress(asyncio.CancelledError):
                await accepting


async def _accept(
    listener: socket.socket, server: Server, identity: Identity | None, flawed: frozenset[str], times: Times
) -> None:
    """Take every connection; all of them end with the server."""
    context = identity.context(old="old-tls" in flawed) if identity else None
    loop = asyncio.get_running_loop()

    async def meet(connection: socket.socket) -> None:
        with connection, suppress(OSError, TimeoutError):
            secured = None
            if context is not None:
                async with asyncio.timeout(None if "slow-heads" in flawed else times.head):
                    secured = context if await _first_byte(connection) == _HANDSHAKE else None
            reader = asyncio.StreamReader()
            protocol = asyncio.StreamReaderProtocol(reader)
            patience = times.head if secured and "slow-heads" not in flawed else None
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=secured, ssl_handshake_timeout=patience
            )
            await server.speak(reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    async with asyncio.TaskGroup() as group:
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(False)
            group.create_task(meet(connection))


async def _first_byte(connection: socket.socket) -> int:
    """Look at what comes first and leave it there."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(connection, ready.set)
    try:
        await ready.wait()
        return (connection.recv(1, socket.MSG_PEEK) or b"\0")[0]
    finally:
        loop.remove_reader(connection)
