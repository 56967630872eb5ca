"""JSON that has two meanings, or costs too much, never reaches the app."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI, Request
from pydantic import BaseModel, ConfigDict

from buckler import Accepts, Public
from buckler.asgi import Exchange, Message
from buckler.edge.json_bodies import JsonBodies
from tests.input.test_json import PASS, REFUSED
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import Answer, ask

JSON = ("content-type", "application/json")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int = 0
    b: int = 0


def make_app() -> FastAPI:
    app = FastAPI()
    public = [Public("a test"), Accepts(max_body="30 MB")]

    @app.post("/any", dependencies=public)
    async def take(body: Annotated[Any, Body()] = None) -> Any:
        return {"got": body}

    @app.post("/raw", dependencies=public)
    async def raw(request: Request) -> dict[str, object]:
        pieces = [piece async for piece in request.stream() if piece]
        return {"pieces": len(pieces), "size": sum(map(len, pieces))}

    @app.post("/strict", dependencies=public)
    async def strict(body: Strict) -> int:
        return body.a

    @app.post("/swallows", dependencies=public)
    async def swallows(request: Request) -> str:
        try:
            await request.json()
        except Exception:  # noqa: BLE001 - an app that hides what went wrong
            return "fine"
        return "read"

    return app


def whole() -> FastAPI:
    return protect(make_app(), settings=production())


async def pieces(body: bytes, size: int = 3) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


async def post(app: FastAPI, body: bytes, path: str = "/any", content_type: str = "application/json") -> Answer:
    return await ask(app, "POST", path, headers=[("content-type", content_type)], body=body)


def a_few(table: dict[str, Any], every: int) -> list[Any]:
    chosen = [item for at, item in enumerate(table.items()) if at % every == 0]
    return [pytest.param(*(each if isinstance(each, tuple) else (each,)), id=name) for name, each in chosen]


@pytest.mark.parametrize("text", a_few({name: text for name, text in PASS.items() if len(text) < 10_000}, 3))
async def test_what_passes_reaches_the_endpoint_as_it_is(text: bytes) -> None:
    """In one piece or many."""
    app = whole()
    for body in (text, pieces(text)):
        answer = await ask(app, "POST", "/any", headers=[JSON], body=body)
        assert answer.status == 200
        assert json.loads(answer.body) == {"got": json.loads(text)}


@pytest.mark.parametrize(("text", "rule"), a_few(REFUSED, 8))
async def test_what_is_refused_is_400_with_its_rule_in_the_log(
    text: bytes, rule: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "buckler.events")
    for path in ("/any", "/raw", "/swallows"):
        answer = await post(whole(), text, path)
        assert (answer.status, answer.code) == (400, "json-malformed")
        assert text not in answer.body or len(text) < 20
    logged = [json.loads(line) for line in caplog.messages if "input_validation_fail" in line]
    assert {each["reason"] for each in logged} == {rule}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        'application/json; charset="UTF-8"; x=y',
        "text/json",
        "application/problem+json",
        "application/vnd.api+JSON ; v=1",
        " application/json\t",
        "application/json\xa0",
        "application/json;",
        "image/x+json",
    ],
)
async def test_every_type_that_is_json_is_judged(content_type: str) -> None:
    """However it is written, and more widely than FastAPI parses it."""
    assert (await post(whole(), b'{"a":1,"a":2}', content_type=content_type)).status == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "application/jsonl", "json", ""])
async def test_other_types_pass(content_type: str) -> None:
    """Nothing parses them."""
    answer = await post(whole(), b'{"a":1,"a":2}', "/raw", content_type)
    assert (answer.status, json.loads(answer.body)["size"]) == (200, 13)


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", "latin-1", "utf-7", "", "utf-8, utf-16"])
async def test_json_in_another_charset_is_415(charset: str) -> None:
    answer = await post(whole(), b"{}", content_type=f"application/json; charset={charset}")
    assert (answer.status, answer.code) == (415, "charset-unsupported")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-16", "application/json"])
async def test_a_type_without_a_body_is_no_fault(content_type: str) -> None:
    """Also where the body comes in pieces of nothing."""

    async def nothing() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b""

    for body in (b"", nothing()):
        answer = await ask(whole(), "POST", "/raw", headers=[("content-type", content_type)], body=body)
        assert (answer.status, json.loads(answer.body)["size"]) == (200, 0)


async def test_the_app_gets_one_message() -> None:
    app = whole()
    answer = await ask(app, "POST", "/raw", headers=[JSON], body=pieces(b'{"a":"' + b"x" * 100 + b'"}'))
    assert json.loads(answer.body) == {"pieces": 1, "size": 108}


async def test_an_empty_body_is_for_the_route_to_judge() -> None:
    app = whole()
    assert (await post(app, b"")).status == 200
    assert (await post(app, b"", "/strict")).status == 422


async def test_a_client_that_leaves_midway_is_told_as_it_is() -> None:
    """No half of a body is judged, and none reaches the endpoint."""
    seen: list[str] = []
    app = FastAPI()

    @app.post("/", dependencies=[Public("a test")])
    async def take(request: Request) -> None:
        message = await request.receive()
        seen.append(message["type"])

    inbox = [
        {"type": "http.request", "body": b'{"a":', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return inbox.pop(0)

    async def send(_: object) -> None:
        return None

    scope = {"type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "root_path": ""}
    headers = [(b"host", b"api.example.test"), (b"content-type", b"application/json"), (b"content-length", b"10")]
    more = {"headers": headers, "scheme": "https", "http_version": "1.1", "client": ("127.0.0.1", 1), "state": {}}
    protected: Any = protect(app)
    await protected(scope | more | {"server": ("127.0.0.1", 8443)}, receive, send)
    assert seen == ["http.disconnect"]


async def test_a_body_that_is_not_read_is_not_judged() -> None:
    app = FastAPI()
    app.add_api_route("/", lambda: "ok", methods=["POST"], dependencies=[Public("a test")])
    answer = await ask(protect(app), "POST", "/", headers=[JSON], body=b"no json")
    assert (answer.status, answer.received) == (200, 0)


async def test_what_comes_after_the_body_is_handed_on() -> None:
    """An app that streams waits there for its client to leave."""
    inbox: list[Message] = [
        {"type": "http.request", "body": b"{}", "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return inbox.pop(0)

    head = {"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")]}
    reading = JsonBodies().receive(Exchange(head, None), receive)
    assert [(await reading())["type"] for _ in range(2)] == ["http.request", "http.disconnect"]


@pytest.mark.asvs("1.5.2", "2.2.1")
@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', rb'{"a":1,"\u0061":2}'])
async def test_two_readings_reach_the_app_without_it(body: bytes) -> None:
    async def attack(app: FastAPI) -> bool:
        return (await post(app, body, "/strict")).body == b"2"

    twin = protect(make_app(), kind=Twin, without="json-bodies")
    await two_sided_async(attack, whole=whole(), twin=twin)


async def test_a_422_never_multiplies_what_was_sent() -> None:
    """A thousand unknown members: one answer of bounded size, without their values."""
    body = json.dumps({f"name{at}": "CANARY" for at in range(50_000)}).encode()
    answer = await post(whole(), body, "/strict")
    assert answer.status == 422
    assert len(answer.body) < 10_000 < len(body)
    assert b"CANARY" not in answer.body


async def test_a_long_body_is_judged_beside_the_event_loop() -> None:
    """Others have their turns while a long one is judged; a short one is not worth a thread."""
    app, turns = whole(), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def turns_during(body: bytes) -> int:
        before = turns
        assert (await ask(app, "POST", "/raw", headers=[JSON], body=body)).status == 200
        return turns - before

    going = asyncio.create_task(others())
    await turns_during(b"[1]")
    short, long = await turns_during(b"[1]"), await turns_during(_long(8_000_000))
    assert long > 10 * max(short, 1), (short, long)
    refused = await ask(app, "POST", "/raw", headers=[JSON], body=_long(200_000, last=b"NaN"))
    going.cancel()
    assert (refused.status, refused.code) == (400, "json-malformed")


def _long(size: int, last: bytes = b"1") -> bytes:
    return b'["' + "é".encode() * (size // 2) + b'",' + last + b"]"
