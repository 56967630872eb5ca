"""No more than the limit is ever read, whatever the request says about itself."""

import logging
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from fastapi import Depends, FastAPI, Request, WebSocket
from starlette.responses import StreamingResponse

from buckler import Accepts, ConfigurationError, Public
from buckler.asgi import Exchange, Message
from buckler.edge.sizes import CODE, Sizes
from buckler.refused import Refused
from tests.stage import production, protect
from tests.wire import Fields, ask, knock

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


def socket_app() -> FastAPI:
    """Tells the length of what it hears, until it hears no more."""
    app = FastAPI()

    @app.websocket("/listen", dependencies=[Public("a test")])
    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            await websocket.send_text(str(len(message.get("bytes") or message.get("text") or "")))

    @app.websocket("/swallows", dependencies=[Public("a test")])
    async def swallows(websocket: WebSocket) -> None:
        await websocket.accept()
        for _ in range(3):
            with suppress(Exception):
                await websocket.receive_text()
            await websocket.send_text("fine")

    return protect(app, settings=production(max_body_bytes=LIMIT))


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("x" * LIMIT, True),
        ("x" * (LIMIT + 1), False),
        ("é" * (LIMIT // 2), True),
        ("é" * (LIMIT // 2) + "x", False),
        ("\U0001f993" * (LIMIT // 4), True),
        ("\U0001f993" * (LIMIT // 4) + "x", False),
    ],
)
async def test_a_message_is_weighed_in_bytes(text: str, passes: bool) -> None:
    """Over the limit the socket closes with 1009 (RFC 6455 section 7.4.1)."""
    told = await knock(socket_app(), "/listen", says=[text])
    heard = [each["text"] for each in told.messages if each["type"] == "websocket.send"]
    assert (heard, told.code) == (([str(len(text))], None) if passes else ([], 1009))


async def test_each_message_is_weighed_by_itself() -> None:
    told = await knock(socket_app(), "/listen", says=["x" * LIMIT] * 3)
    assert len([each for each in told.messages if each["type"] == "websocket.send"]) == 3


async def test_a_message_over_the_limit_leaves_an_event(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "buckler.events")
    await knock(socket_app(), "/listen", says=["x" * (LIMIT + 1)])
    assert '"refusal":"body-too-large"' in caplog.text


async def test_an_app_that_hides_it_says_nothing_more() -> None:
    """The next thing it says closes the socket, and nothing is read any more."""
    told = await knock(socket_app(), "/swallows", says=["x" * (LIMIT + 1), "x", "x"])
    assert not any(each["type"] == "websocket.send" for each in told.messages)
    assert told.code == 1009
    assert told.received == 2


async def test_bytes_are_weighed_as_well() -> None:
    inbox: list[Message] = [
        {"type": "websocket.receive", "bytes": b"x" * 10},
        {"type": "websocket.receive", "bytes": b"x" * 11, "text": None},
    ]

    async def receive() -> Message:
        return inbox.pop(0)

    receiving = Sizes(10).receive(Exchange({"type": "websocket", "headers": []}, None), receive)
    assert (await receiving())["bytes"] == b"x" * 10
    with pytest.raises(Refused):
        await receiving()


@pytest.mark.parametrize("length", [b"x", b"-1", b"9" * 5000])
def test_a_length_that_is_none_is_too_large(length: bytes) -> None:
    """Framing has refused it before; without that it never passes."""
    head = {"type": "http", "method": "POST", "headers": [(b"content-length", length)]}
    refusal = Sizes(10).arrive(Exchange(head, None))
    assert refusal is not None
    assert refusal.code == CODE


async def test_nothing_is_read_of_a_socket_after_it() -> None:
    asked: list[int] = []

    async def receive() -> Message:
        asked.append(1)
        return {"type": "websocket.receive", "text": "x" * 11}

    receiving = Sizes(10).receive(Exchange({"type": "websocket", "headers": []}, None), receive)
    for _ in range(2):
        with pytest.raises(Refused):
            await receiving()
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/raw", b"x" * (LIMIT + 1), f"the {LIMIT} bytes that this route takes"),
        ("/small", b"x" * 11, "the 10 bytes that this route takes"),
        ("/raw", b"x" * (2 * LIMIT + 1), f"the {2 * LIMIT} bytes that any route here takes"),
    ],
)
@pytest.mark.parametrize("declared", [True, False])
async def test_the_refusal_says_how_much_is_taken(path: str, body: bytes, words: str, declared: bool) -> None:
    """The document of the API tells it too. Before the route is known, it is the most that any takes."""
    app = FastAPI()

    @app.post("/raw", dependencies=[Public("a test")])
    @app.post("/small", dependencies=[Public("a test"), Accepts(max_body=10)])
    @app.post("/large", dependencies=[Public("a test"), Accepts(max_body=2 * LIMIT)])
    async def take(request: Request) -> int:
        return len(await request.body())

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), CHUNK):
            yield body[start : start + CHUNK]

    protect(app, settings=production(max_body_bytes=LIMIT))
    headers = [("content-length", str(len(body)))] if declared else []
    answer = await ask(app, "POST", path, headers=headers, body=pieces())
    assert (answer.status, answer.code) == (413, CODE)
    if not declared:
        words = words.replace(f"{2 * LIMIT} bytes that any route here", f"{LIMIT} bytes that this route")
    assert words in answer.problem["detail"]
