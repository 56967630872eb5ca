"""Servers that do one thing: they answer every connection with the same bytes, or by a rule of the test."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

from tests.waiting import wait_until_async

Rule = Callable[[bytes], bytes]
"""What is sent upon a head."""
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"


@asynccontextmanager
async def answering(rule: Rule, tls: ssl.SSLContext | None = None) -> AsyncGenerator[int]:
    """Its port. Each connection has one request and one answer."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            writer.write(rule(await reader.readuntil(b"\r\n\r\n")))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def one_at_a_time() -> AsyncGenerator[int]:
    """A server that reads a whole request before it takes the next connection."""
    busy, meetings = asyncio.Lock(), 0

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal meetings
        meetings += 1
        async with busy:
            with suppress(OSError, asyncio.IncompleteReadError):
                while await reader.readuntil(b"\r\n\r\n"):
                    writer.write(OK.replace(b"Content-Length", b"Connection: close\r\nContent-Length"))
                    writer.close()
        writer.close()
        meetings -= 1

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await wait_until_async(lambda: not meetings)
