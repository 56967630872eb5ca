"""What a route declares about its body holds, before a byte of it is read."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request, WebSocket

from buckler import Accepts, ConfigurationError, Public, guarded
from buckler.input.byte_counts import bytes_in
from tests.stage import production, protect
from tests.wire import Fields, ask, knock

DEFAULT = 1000
CHUNK = 500
PUBLIC = Public("a test")


async def size(request: Request) -> int:
    return len(await request.body())


def make_app() -> FastAPI:
    app = FastAPI()
    small = APIRouter(dependencies=[Accepts(max_body=100)])
    for path, *declared in (
        ("/plain",),
        ("/large", Accepts(max_body="1 MB")),
        ("/tiny", Accepts(max_body=10)),
        ("/both", Accepts(max_body=5000), Accepts(max_body=2000)),
        ("/gzip", Accepts(encodings=("gzip", "br"))),
        ("/less", Accepts(encodings=("gzip", "br")), Accepts(encodings=["gzip"])),
    ):
        app.add_api_route(path, size, methods=["POST", "GET"], dependencies=[PUBLIC, *declared])
    small.add_api_route("/small", size, methods=["POST"], dependencies=[PUBLIC])
    small.add_api_route("/small/wide", size, methods=["POST"], dependencies=[PUBLIC, Accepts(max_body=9000)])
    app.include_router(small)
    app.mount("/mounted", guarded(sums, PUBLIC, Accepts(max_body=3000)))
    return protect(app, settings=production(max_body_bytes=DEFAULT))


async def sums(scope: Any, receive: Any, send: Any) -> None:
    """An app of another kind, that reads to the end."""
    seen, more = 0, True
    while more:
        message = await receive()
        seen, more = seen + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % seen})


async def chunks(count: int) -> AsyncIterator[bytes]:
    for at in range(0, count, CHUNK):
        yield b"x" * min(CHUNK, count - at)


LIMITS = {
    "/plain": DEFAULT,
    "/large": 1_000_000,
    "/tiny": 10,
    "/both": 2000,
    "/small": 100,
    "/small/wide": 100,
    "/gzip": DEFAULT,
    "/mounted/": 3000,
}


@pytest.mark.parametrize(("path", "limit"), LIMITS.items())
async def test_the_limit_of_a_route_is_exact(path: str, limit: int) -> None:
    """More or less than that of the settings; the smallest of several."""
    app = make_app()
    for length, status in ((limit, 200), (limit + 1, 413)):
        declared = [("content-length", str(length))]
        answer = await ask(app, "POST", path, headers=declared, body=chunks(length))
        assert answer.status == status
        assert status == 200 or (answer.received == 0 and answer.code == "body-too-large")
        assert (await ask(app, "POST", path, body=chunks(length))).status == status


@pytest.mark.parametrize("path", LIMITS)
async def test_a_body_without_a_length_is_cut_off_at_its_route(path: str) -> None:
    answer = await ask(make_app(), "POST", path, body=chunks(5_000_000))
    assert answer.status == 413
    assert answer.bytes_read <= LIMITS[path] + CHUNK


async def test_what_no_route_takes_is_refused_before_the_app() -> None:
    """Also where there is no route; the largest that one takes is let on to it."""
    app = make_app()
    await ask(app, "GET", "/plain")
    assert (await ask(app, "POST", "/nowhere", headers=[("content-length", "1000001")])).status == 413
    answer = await ask(app, "POST", "/nowhere", headers=[("content-length", "1000000")], body=chunks(1_000_000))
    assert (answer.status, answer.received) == (404, 0)


async def test_a_route_that_comes_later_is_held_to_its_own_limit() -> None:
    app = make_app()
    large = [("content-length", "4000000")]
    assert (await ask(app, "POST", "/later", headers=large)).status == 413
    app.add_api_route("/later", size, methods=["POST"], dependencies=[PUBLIC, Accepts(max_body="4 MB")])
    await ask(app, "GET", "/plain")
    assert (await ask(app, "POST", "/later", headers=large, body=chunks(4_000_000))).status == 200
    assert (await ask(app, "POST", "/plain", headers=large)).status == 413


async def test_a_get_with_a_body_is_bounded_as_well() -> None:
    assert (await ask(make_app(), "GET", "/plain", body=chunks(DEFAULT + 1))).status == 413


@pytest.mark.parametrize(
    "headers",
    [
        [("content-encoding", "gzip")],
        [("content-encoding", "GZip")],
        [("content-encoding", "br, gzip")],
        [("content-encoding", "identity, gzip")],
        [("content-encoding", "identity"), ("content-encoding", "gzip")],
        [("content-encoding", "")],
        [("content-encoding", "x-anything")],
    ],
)
async def test_an_encoding_that_is_not_declared_is_415(headers: Fields) -> None:
    """Unread, and the answer says which are taken (RFC 9110 section 15.5.16)."""
    app = make_app()
    answer = await ask(app, "POST", "/plain", headers=headers, body=b"x")
    assert (answer.status, answer.code, answer.received) == (415, "encoding-unsupported", 0)
    assert answer.header("accept-encoding") == "identity"


@pytest.mark.parametrize("value", ["gzip", "br", "GZIP", "identity"])
async def test_a_declared_encoding_passes_as_it_came(value: str) -> None:
    """And is counted as it came."""
    answer = await ask(make_app(), "POST", "/gzip", headers=[("content-encoding", value)], body=b"\x1f\x8b rest")
    assert (answer.status, answer.body) == (200, b"7")


@pytest.mark.parametrize("value", ["gzip, gzip", "gzip, br", "zstd", "gzip;q=1"])
async def test_two_encodings_over_each_other_are_refused(value: str) -> None:
    answer = await ask(make_app(), "POST", "/gzip", headers=[("content-encoding", value)], body=b"x")
    assert (answer.status, answer.header("accept-encoding")) == (415, "br, gzip")


async def test_of_several_declarations_each_must_have_the_encoding() -> None:
    app = make_app()
    answers = [await ask(app, "POST", "/less", headers=[("content-encoding", each)]) for each in ("gzip", "br")]
    assert [each.status for each in answers] == [200, 415]


async def test_taking_encoded_bodies_leaves_an_event(caplog: pytest.LogCaptureFixture) -> None:
    """Once a route, however often the routes are judged."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = make_app()
    await ask(app, "GET", "/plain")
    app.add_api_route("/later", size, dependencies=[PUBLIC])
    await ask(app, "GET", "/plain")
    told = [json.loads(line) for line in caplog.messages if "sys_exemption" in line]
    assert [(each["path"], each["encodings"]) for each in told] == [("/gzip", ["br", "gzip"]), ("/less", ["gzip"])]


async def test_a_websocket_route_says_how_large_a_message_is() -> None:
    """More than the settings say, or less."""
    app = FastAPI()

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        while True:
            await websocket.send_text(str(len(await websocket.receive_text())))

    app.add_api_websocket_route("/large", echo, dependencies=[PUBLIC, Accepts(max_body=2000)])
    app.add_api_websocket_route("/tiny", echo, dependencies=[PUBLIC, Accepts(max_body=5)])
    protect(app, settings=production(max_body_bytes=DEFAULT))
    told = await knock(app, "/large", says=["x" * 2000, "x" * 2001, "x"])
    assert [each["text"] for each in told.messages if each["type"] == "websocket.send"] == ["2000"]
    assert told.code == 1009
    assert (await knock(app, "/tiny", says=["x" * 6])).code == 1009


async def test_one_route_in_two_places_has_one_limit() -> None:
    """It has one guard, which cannot tell them apart."""
    from buckler import Buckler, StartRefused

    inner = FastAPI()
    inner.add_api_route("/take", size, methods=["POST"], dependencies=[PUBLIC])
    app = FastAPI()
    app.mount("/one", guarded(inner, Accepts(max_body=10)))
    app.mount("/two", inner)
    with pytest.raises(StartRefused, match="ask for different things"):
        await Buckler(app, settings=production()).start()


@pytest.mark.parametrize(
    ("written", "number"),
    [(1, 1), ("1 B", 1), ("8 kB", 8000), ("10 MB", 10**7), ("2 GB", 2 * 10**9), ("1 KiB", 1024), ("3 MiB", 3 * 2**20)],
)
def test_a_size_is_read_once(written: int | str, number: int) -> None:
    assert bytes_in(written) == number


@pytest.mark.parametrize(
    "written", [0, -1, True, 1.5, None, "", "10", "10MB", "10 mb", "1.5 MB", "0 MB", "-1 MB", "10 MB ", "9" * 20 + " B"]
)
def test_what_is_no_size_cannot_be_declared(written: Any) -> None:
    with pytest.raises(ConfigurationError, match="is not a size"):
        bytes_in(written)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "it says nothing"),
        ({"max_body": "much"}, "is not a size"),
        ({"encodings": "gzip"}, "is a list of names"),
        ({"encodings": ["identity"]}, "no content coding"),
        ({"encodings": ["*"]}, "no content coding"),
        ({"encodings": ["gzip, br"]}, "no content coding"),
        ({"encodings": ["GZIP"]}, "no content coding"),
        ({"encodings": [1]}, "no content coding"),
        ({"encodings": ["zip"]}, "no content coding: the registered ones are .*gzip"),
    ],
)
def test_a_declaration_that_can_never_work_names_its_line(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{Path(__file__).name}:\d+: Accepts\(.*{why}"):
        Accepts(**given)


def test_the_document_tells_the_limit_of_a_route() -> None:
    """Where the route declares one."""
    app = FastAPI()
    app.add_api_route("/plain", size, methods=["POST"], dependencies=[PUBLIC])
    app.add_api_route("/tiny", size, methods=["POST"], dependencies=[PUBLIC, Accepts(max_body=10)])
    paths = protect(app, settings=production()).openapi()["paths"]
    assert paths["/tiny"]["post"]["x-max-body-bytes"] == 10
    assert "x-max-body-bytes" not in paths["/plain"]["post"]
    assert {"408", "413", "415"} <= set(paths["/plain"]["post"]["responses"])
