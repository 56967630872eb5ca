"""No more than the limit is ever read, whatever the request says about itself."""

from collections.abc import AsyncIterator

import pytest
from fastapi import Depends, FastAPI, Request
from starlette.responses import StreamingResponse

from buckler import ConfigurationError, Public
from buckler.edge.sizes import Sizes
from tests.stage import production, protect
from tests.wire import Fields, ask

LIMIT = 100_000
CHUNK = 65_536


def make_app() -> FastAPI:
    app = FastAPI()
    public = [Public("a test")]

    @app.post("/json", dependencies=public)
    async def take(body: dict[str, str]) -> int:
        return len(body)

    @app.post("/raw", dependencies=public)
    async def raw(request: Request) -> int:
        return len(await request.body())

    @app.post("/swallows", dependencies=public)
    async def swallows(request: Request) -> str:
        try:
            await request.body()
        except Exception:  # noqa: BLE001 - an app that hides what went wrong
            return "fine"
        return "read"

    async def early(request: Request) -> int:
        return len(await request.body())

    @app.post("/dependency", dependencies=public)
    async def dependency(size: int = Depends(early)) -> int:
        return size

    @app.post("/echo", dependencies=public)
    async def echo(request: Request) -> StreamingResponse:
        return StreamingResponse(request.stream())

    return protect(app, settings=production(max_body_bytes=LIMIT))


async def stream(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, CHUNK):
        yield b"x" * CHUNK


@pytest.mark.parametrize("path", ["/json", "/raw", "/swallows", "/dependency"])
@pytest.mark.parametrize("headers", [[], [("transfer-encoding", "chunked")], [("content-length", "10")]])
async def test_a_body_that_outgrows_the_limit_is_cut_off(path: str, headers: Fields) -> None:
    """200 MB without a length, or with a false one: at most the limit and one chunk are taken."""
    answer = await ask(make_app(), "POST", path, headers=headers, body=stream(200_000_000))
    assert (answer.status, answer.code) == (413, "body-too-large")
    assert answer.bytes_read <= LIMIT + CHUNK


async def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    headers = [("content-length", "200000000")]
    answer = await ask(make_app(), "POST", "/raw", headers=headers, body=stream(200_000_000))
    assert (answer.status, answer.received) == (413, 0)


@pytest.mark.parametrize(
    "length", ["x", "-1", "+1", "1.0", "1e3", " 1", "1 ", "", "0x10", "1,1", "\xb2", "9" * 19, "9" * 5000]
)
async def test_a_length_that_is_no_plain_number_is_400(length: str) -> None:
    """Numbers of any size are compared without being parsed at any cost."""
    answer = await ask(make_app(), "POST", "/raw", headers=[("content-length", length)], body=b"x")
    assert (answer.status, answer.code, answer.received) == (400, "length-malformed", 0)


@pytest.mark.parametrize("second", ["1", "2"])
async def test_two_lengths_are_400(second: str) -> None:
    """Even when both say the same (RFC 9110 section 8.6)."""
    headers = [("content-length", "1"), ("content-length", second)]
    assert (await ask(make_app(), "POST", "/raw", headers=headers, body=b"x")).status == 400


@pytest.mark.parametrize("size", [0, 1, LIMIT])
async def test_a_body_up_to_the_limit_passes_unchanged(size: int) -> None:
    answer = await ask(make_app(), "POST", "/raw", headers=[("content-length", str(size))], body=b"x" * size)
    assert (answer.status, answer.body) == (200, str(size).encode())


async def test_one_byte_more_does_not() -> None:
    assert (await ask(make_app(), "POST", "/raw", body=b"x" * (LIMIT + 1))).status == 413


async def test_an_answer_that_began_is_broken_off() -> None:
    """The status has left; the body ends short of its last message."""
    answer = await ask(make_app(), "POST", "/echo", body=stream(10_000_000))
    assert answer.bytes_read <= LIMIT + CHUNK
    assert len(answer.body) <= LIMIT


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="below one byte"):
        Sizes(0)
