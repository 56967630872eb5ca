"""A server is asked where it is, and nowhere else; no answer is waited for without end, and no cookie is kept."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from buckler.drill.plan.document import read_document
from buckler.drill.transport.by_url import connected
from buckler.drill.transport.request import Request


@asynccontextmanager
async def heard(answer: bytes, pause: float = 0.0) -> AsyncGenerator[tuple[str, list[bytes]]]:
    """A server that answers each request with these bytes, one by one where it pauses; its address, and what it got."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readuntil(b"\r\n\r\n"))
        try:
            for byte in [bytes([each]) for each in answer] if pause else [answer]:
                writer.write(byte)
                await writer.drain()
                if pause:
                    await asyncio.wait([asyncio.ensure_future(asyncio.Event().wait())], timeout=pause)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", got


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: session=of-ada\r\nConnection: close\r\n\r\nok"


@pytest.mark.parametrize("path", ["@{other}/token", ".{other}/x", "8{other}", "//{other}/x", "x"])
async def test_a_path_never_leads_to_another_host(path: str) -> None:
    """Whatever a document calls a path: a password would be sent there."""
    async with heard(PLAIN) as (mine, _), heard(PLAIN) as (other, got), connected(f"http://{mine}") as carrier:
        request = Request("POST", path.format(other=other), body=b"password=first")
        answer = await carrier.carry(request, address="127.0.0.1", within=5)
    assert got == []
    assert answer.status == 0 or path.startswith("//"), "what begins with a slash is the target's own"


@pytest.mark.parametrize("name", ["localhost", "shop.localhost", "LOCALHOST"])
async def test_a_name_of_this_machine_leads_nowhere_else(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a resolver says of it, at first or later: it is not asked. The server hears the name."""

    truly = socket.getaddrinfo

    def elsewhere(host: bytes | str, *more: Any, **given: Any) -> list[Any]:
        assert b"localhost" not in (host if isinstance(host, bytes) else host.encode()).lower(), host
        return truly(host, *more, **given)

    async with heard(PLAIN) as (mine, got):
        port = mine.partition(":")[2]
        monkeypatch.setattr("socket.getaddrinfo", elsewhere)
        async with connected(f"http://{name}:{port}") as carrier:
            answers = [await carrier.carry(Request("GET", "/a"), address=own, within=5) for own in ("", "127.0.0.9")]
            named = Request("GET", "/a", headers=(("Host", "evil.test"),))
            answers.append(await carrier.carry(named, address="", within=5))
    assert [each.status for each in answers] == [200, 200, 200], answers
    hosts = [line for each in got for line in each.lower().split(b"\r\n") if line.startswith(b"host:")]
    assert hosts == [f"host: {name}:{port}".lower().encode()] * 2 + [b"host: evil.test"]


async def test_a_path_of_the_target_is_asked() -> None:
    """The same carrier, with a path as it should be."""
    async with heard(PLAIN) as (mine, got), connected(f"http://{mine}") as carrier:
        answer = await carrier.carry(Request("GET", "/a//b", "x=@y"), address="127.0.0.1", within=5)
    assert (answer.status, got[0].split(b"\r\n")[0]) == (200, b"GET /a//b?x=@y HTTP/1.1")


async def test_no_cookie_of_one_caller_is_sent_by_another() -> None:
    """An answer sets one, and the next request of whoever comes from the same address does not show it."""
    async with heard(PLAIN) as (mine, got), connected(f"http://{mine}") as carrier:
        for _ in range(2):
            await carrier.carry(Request("GET", "/"), address="127.0.0.1", within=5)
    assert [b"cookie" in each.lower() for each in got] == [False, False]


async def test_an_answer_that_drips_is_waited_for_no_longer_than_told() -> None:
    """Each byte comes in time, and the whole does not."""
    async with heard(PLAIN, pause=0.05) as (mine, _), connected(f"http://{mine}") as carrier:
        answer = await carrier.carry(Request("GET", "/"), address="127.0.0.1", within=0.3)
    assert answer.status == 0
    assert answer.seconds < 2


@pytest.mark.parametrize("path", ["@127.0.0.2/token", "evil.example", "//evil.example/x", "", "/a\r\nHost: evil"])
def test_what_is_no_path_is_no_route(path: str) -> None:
    """A document is the target's own word: it says which paths there are, and not where they are."""
    document = {"openapi": "3.1.0", "paths": {path: {"get": {}}, "/good": {"get": {}}}}
    assert [route.key for route in read_document(document).routes] == ["GET /good"]
