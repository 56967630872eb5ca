"""Fields after the body are no headers: two-sided against the server's own protocol."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from buckler.asgi import Receive, Scope, Send
from buckler.cli.serve.wire.http import StrictHttp, strict_http_with
from buckler.edge.headers import DATA, Hsts
from tests.cli.running import serving
from tests.proof import two_sided_async

HEAD = b"POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n%s\r\n"
BODY = b"2\r\n{}\r\n0\r\n%s\r\n"
TRAILERS = (
    b"Authorization: Bearer forged\r\n",
    b"X-Forwarded-For: 192.0.2.1\r\n",
    b"X-Forwarded-Proto: https\r\n",
    b"Host: evil.example\r\n",
    b"Expect: 100-continue\r\n",
)


async def show_headers(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the names of the headers it got, once the body is read."""
    while (await receive()).get("more_body"):
        pass
    body = json.dumps([name.decode() for name, _ in scope["headers"]]).encode()
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def served(protocol: type[HttpToolsProtocol]) -> AsyncGenerator[int]:
    config = uvicorn.Config(show_headers, http=protocol, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def ask(port: int, *parts: bytes, tls: ssl.SSLContext | None = None) -> tuple[int, bytes]:
    """Status and body of the answer to `parts`, sent one after the other."""
    reader, writer = await asyncio.open_connection("localhost" if tls else "127.0.0.1", port, ssl=tls)
    with contextlib.closing(writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return int(head.split()[1]), await asyncio.wait_for(reader.readexactly(int(length.split(b":")[1])), 10)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("trailer", TRAILERS)
async def test_a_field_after_the_body_is_no_header(trailer: bytes, apart: bool) -> None:
    """In one piece with the head or after it. Should the server change its ways, the twin's side fails here."""
    parts = (HEAD % (b"/", b""), BODY % trailer)

    async def reaches_the_app(protocol: type[HttpToolsProtocol]) -> bool:
        async with served(protocol) as port:
            plain = await ask(port, HEAD % (b"/", b""), BODY % b"")
            return await ask(port, *(parts if apart else (b"".join(parts),))) != plain

    if apart:
        # Whether the app was asked before the rest came is the network's affair: the whole alone is judged.
        assert await reaches_the_app(StrictHttp) is False
    else:
        await two_sided_async(reaches_the_app, whole=StrictHttp, twin=HttpToolsProtocol)


async def test_the_next_request_on_the_connection_has_its_own_head() -> None:
    """What follows a trailer is read as ever."""
    async with served(StrictHttp) as port:
        first = HEAD % (b"/", b"") + BODY % TRAILERS[0]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.closing(writer):
            writer.write(first + HEAD % (b"/", b"Connection: close\r\nX-Second: 1\r\n") + BODY % b"")
            answers = await asyncio.wait_for(reader.read(), 10)
    assert answers.count(b"HTTP/1.1 200") == 2
    assert b"x-second" in answers
    assert b"authorization" not in answers


async def test_a_trailer_changes_nothing_for_the_served_app(tmp_path: Path) -> None:
    """Not who calls, not the host, not the scheme: over TLS and in clear the status is that without the trailer."""
    with serving(tmp_path) as running:
        with running.client() as client:
            account = {"name": "ada-of-the-trailer@example.com", "password": "vivid-heron-counts-slowly"}
            assert client.post("/auth/register", json=account).status_code == 201
            token = client.post("/auth/sign-in", json=account).json()["access_token"]
        tls = ssl.create_default_context(cafile=str(running.authority))
        bearer = b"Authorization: Bearer %s\r\n" % token.encode()
        for base, context in ((running.base, tls), (running.plain, None)):
            port = int(base.rpartition(":")[2])
            for more in (b"", bearer) if context else (b"",):
                head = HEAD % (b"/notes", b"Content-Type: application/json\r\n" + more)
                status, _ = await ask(port, head + BODY % b"", tls=context)
                assert status == (403 if context is None else 422 if more else 401)
                for trailer in (*TRAILERS, bearer):
                    assert (await ask(port, head + BODY % trailer, tls=context))[0] == status, trailer


@pytest.mark.parametrize(
    "target", [b"http://evil.test/", b"http://127.0.0.1.evil.test/", b"http://x@127.0.0.1/", b"/#/elsewhere", b"/a?b#c"]
)
async def test_a_target_that_names_another_place_is_400(target: bytes) -> None:
    """The server cuts authority and fragment off: only here can anybody see them."""

    async def reaches_the_app(protocol: type[HttpToolsProtocol]) -> bool:
        async with served(protocol) as port:
            status, _ = await ask(port, b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % target)
        return status == 200

    await two_sided_async(reaches_the_app, whole=StrictHttp, twin=HttpToolsProtocol)


async def test_the_address_of_our_own_host_is_a_target() -> None:
    """RFC 9112 section 3.2.2: every server takes the absolute form."""
    async with served(StrictHttp) as port:
        absolute = b"GET HTTP://LocalHost:80/a?b HTTP/1.1\r\nHost: localhost:80\r\n\r\n"
        assert (await ask(port, absolute))[0] == 200


@pytest.mark.parametrize(
    "start",
    [b"GET / HTTP/1.1\r\nX-A: ", b"GET /", HEAD % (b"/", b"") + b"2;", HEAD % (b"/", b"") + b"0\r\nX-A: "],
    ids=["line", "target", "extension", "trailer"],
)
async def test_what_never_ends_is_cut_off(start: bytes) -> None:
    """A megabyte of one line, in the head, at a chunk or after the body: the parser would keep it all."""

    async def takes_it_all(protocol: type[HttpToolsProtocol]) -> bool:
        async with served(protocol) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.closing(writer):
                with contextlib.suppress(OSError):
                    writer.write(start)
                    for _ in range(32):
                        writer.write(b"a" * 32_768)
                        await writer.drain()
                    # Whoever still listens ends the line, and the connection only then.
                    writer.write(b"\r\n\x00\r\n\r\n")
                    await writer.drain()
                with contextlib.suppress(OSError):
                    answer = await asyncio.wait_for(reader.read(), 10)
                    return b"does not end" not in answer and b"Invalid HTTP" in answer
        return False

    await two_sided_async(takes_it_all, whole=StrictHttp, twin=HttpToolsProtocol)


async def test_a_body_may_be_as_long_as_it_likes() -> None:
    """For the protocol, that is: in one piece or in many, each with its end."""
    async with served(StrictHttp) as port:
        chunks = b"8000\r\n%s\r\n" % (b"a" * 32_768)
        whole = HEAD % (b"/", b"") + chunks * 10 + b"0\r\n\r\n"
        assert (await ask(port, whole))[0] == 200
        assert (await ask(port, HEAD % (b"/", b""), *[chunks] * 10, b"0\r\n\r\n"))[0] == 200


async def malformed(protocol: type[HttpToolsProtocol], sent: bytes) -> tuple[dict[str, str], bytes]:
    """The fields and the body of what answers `sent`, which must be 400."""
    async with served(protocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.closing(writer):
            writer.write(sent)
            answer = await asyncio.wait_for(reader.read(), 10)
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    assert status == "HTTP/1.1 400 Bad Request"
    fields = [line.split(": ", 1) for line in lines]
    assert len(dict(fields)) == len(fields)
    return dict(fields), body


@pytest.mark.parametrize(
    "sent",
    [
        b"FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"TRACK / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /#here HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
async def test_what_cannot_be_parsed_is_answered_as_every_refusal(sent: bytes) -> None:
    """A problem document with every header of ours, and nothing of the parser's."""
    seen: set[str] = set()
    for protocol in (StrictHttp, strict_http_with(Hsts(300, subdomains=False))):
        fields, body = await malformed(protocol, sent)
        problem = json.loads(body)
        assert problem["type"] == "urn:buckler:problem:request-malformed"
        assert problem["request_id"] == fields["x-request-id"]
        assert fields["content-type"] == "application/problem+json"
        assert int(fields["content-length"]) == len(body)
        assert (fields["connection"], fields["cache-control"]) == ("close", "no-store")
        assert {name.decode() for name, _ in DATA} <= fields.keys()
        seen.add(fields["x-request-id"])
    assert len(seen) == 2


async def test_without_ours_it_is_plain_text() -> None:
    """The server's own protocol: should it change its ways, this fails."""
    fields, _ = await malformed(HttpToolsProtocol, b"FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert fields.keys() == {"content-type", "content-length", "connection"}


async def test_the_running_service_promises_https_there_too(tmp_path: Path) -> None:
    """Over TLS: in clear that field would mean nothing (RFC 6797 section 7.2)."""
    with serving(tmp_path) as running:
        tls = ssl.create_default_context(cafile=str(running.authority))
        for base, context, wanted in ((running.base, tls, True), (running.plain, None, False)):
            reader, writer = await asyncio.open_connection("localhost", int(base.rpartition(":")[2]), ssl=context)
            with contextlib.closing(writer):
                writer.write(b"FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = await asyncio.wait_for(reader.read(), 10)
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert (b"strict-transport-security: max-age=300\r\n" in answer) is wanted
