"""A request ends where one reading says, or it is not taken."""

import pytest
from fastapi import FastAPI, Request

from buckler import Public
from tests.stage import protect
from tests.wire import HOST, Answer, Fields, ask, knock


def make_app() -> FastAPI:
    app = FastAPI()

    @app.post("/", dependencies=[Public("a test")])
    async def root(request: Request) -> int:
        return len(await request.body())

    @app.websocket("/socket", dependencies=[Public("a test")])
    async def socket(websocket: object) -> None:
        """Never reached."""

    return protect(app)


async def send(fields: Fields, version: str = "1.1") -> Answer:
    return await ask(make_app(), "POST", "/", headers=fields, body=b"abcd", scope={"http_version": version})


LENGTH = ("content-length", "4")
CHUNKED = ("transfer-encoding", "chunked")


@pytest.mark.parametrize(
    ("fields", "version"),
    [
        ([LENGTH], "1.1"),
        ([LENGTH], "1.0"),
        ([LENGTH], "2"),
        ([("content-length", "0004")], "1.1"),
        ([CHUNKED], "1.1"),
        ([("transfer-encoding", "Chunked")], "1.1"),
        ([], "1.1"),
        ([], "2"),
        ([("te", "trailers")], "2"),
        ([LENGTH], "3"),
        ([LENGTH, ("x-a", "1"), ("x-a", "2")], "1.1"),
        (
            [CHUNKED, ("upgrade", "h2c"), ("connection", "Upgrade, HTTP2-Settings"), ("http2-settings", "AAMAAABkAAQ")],
            "1.1",
        ),
    ],
)
async def test_what_is_clear_is_taken(fields: Fields, version: str) -> None:
    """`Upgrade: h2c` too, as the HTTP/1.1 request that it is."""
    answer = await send(fields, version)
    assert (answer.status, answer.body) == (200, b"4")
    assert answer.header("upgrade") is None


@pytest.mark.parametrize(
    ("fields", "version"),
    [
        ([LENGTH, CHUNKED], "1.1"),
        ([CHUNKED, LENGTH], "1.1"),
        ([LENGTH, ("transfer-encoding", "identity")], "1.1"),
        ([CHUNKED], "1.0"),
        ([CHUNKED], "0.9"),
        ([LENGTH], "0.9"),
        ([], "1.2"),
        ([], "2.0"),
        ([("transfer-encoding", "identity")], "1.1"),
        ([("transfer-encoding", "gzip, chunked")], "1.1"),
        ([("transfer-encoding", "chunked, identity")], "1.1"),
        ([("transfer-encoding", "chunked, chunked")], "1.1"),
        ([("transfer-encoding", " chunked")], "1.1"),
        ([("transfer-encoding", "chunked\t")], "1.1"),
        ([("transfer-encoding", "\x0bchunked")], "1.1"),
        ([("transfer-encoding", "xchunked")], "1.1"),
        ([("transfer-encoding", "chunked;q=1")], "1.1"),
        ([("transfer-encoding", "")], "1.1"),
        ([CHUNKED, CHUNKED], "1.1"),
        ([CHUNKED, ("transfer-encoding", "identity")], "1.1"),
    ],
)
async def test_what_two_readers_could_end_in_two_places_is_400(fields: Fields, version: str) -> None:
    """Unread, and the connection is closed: what follows on it may be anybody's."""
    answer = await send(fields, version)
    assert (answer.status, answer.code, answer.received) == (400, "framing-ambiguous", 0)
    assert answer.header("connection") == "close"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "+4",
        "-4",
        " 4",
        "4 ",
        "4,4",
        "4, 4",
        "0x4",
        "4.0",
        "4e0",
        "four",
        "\u00b2",
        "9" * 19,
        "4;",
        "4\t",
        "4_0",
        "\x004",
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_length_is_one_plain_number(value: str, version: str) -> None:
    answer = await send([("content-length", value)], version)
    assert (answer.status, answer.code, answer.header("connection")) == (400, "length-malformed", "close")


@pytest.mark.parametrize("second", ["4", "5"])
async def test_two_lengths_are_none(second: str) -> None:
    """Even when both say the same."""
    for version in ("1.1", "2"):
        answer = await send([LENGTH, ("content-length", second)], version)
        assert (answer.status, answer.code) == (400, "length-malformed")


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize(
    "field",
    [
        ("connection", "close"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("te", "gzip"),
        (":authority", HOST),
        (":path", "/elsewhere"),
    ],
)
async def test_a_frame_carries_no_field_of_a_connection(version: str, field: tuple[str, str]) -> None:
    """RFC 9113 section 8.2.2. Such an answer names no connection either."""
    answer = await send([field], version)
    assert (answer.status, answer.code, answer.header("connection")) == (400, "framing-ambiguous", None)


@pytest.mark.parametrize("host", [HOST, "evil.test"])
async def test_an_authority_beside_a_host_is_400(host: str) -> None:
    """Servers hand `:authority` on as a `Host` line: with the client's own there are two."""
    answer = await ask(make_app(), "POST", "/", headers=[("host", host)], scope={"http_version": "2"})
    assert (answer.status, answer.code) == (400, "host-missing")


@pytest.mark.parametrize("field", [("content-length", "3"), CHUNKED])
async def test_a_handshake_has_no_body(field: tuple[str, str]) -> None:
    assert (await knock(make_app(), "/socket", headers=[field])).code == 1008
