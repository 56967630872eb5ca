"""Forms are bounded and name their files by names, in the very pieces that the app reads."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from fastapi import FastAPI, File, Form, Request, UploadFile
from starlette.responses import StreamingResponse

from buckler import Accepts, Public
from tests.input.test_forms import FIELD, TYPE, file, form, part, pieces
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import Answer, ask

URLENCODED = "application/x-www-form-urlencoded"


def make_app() -> FastAPI:
    app = FastAPI()
    public = [Public("a test"), Accepts(max_body="30 MB")]

    @app.post("/upload", dependencies=public)
    async def upload(f: Annotated[UploadFile, File()]) -> list[object]:
        return [f.filename, len(await f.read())]

    @app.post("/field", dependencies=public)
    async def field(a: Annotated[str, Form()]) -> str:
        return a

    @app.post("/pieces", dependencies=public)
    async def read(request: Request) -> int:
        return len([piece async for piece in request.stream() if piece])

    @app.post("/swallows", dependencies=public)
    async def swallows(request: Request) -> str:
        try:
            await request.form()
        except Exception:  # noqa: BLE001 - an app that hides what went wrong
            return "fine"
        return "read"

    return app


def whole() -> FastAPI:
    return protect(make_app(), settings=production())


async def stream(body: bytes, size: int) -> AsyncIterator[bytes]:
    for piece in pieces(body, size):
        yield piece


async def post(
    app: FastAPI, body: bytes, path: str = "/upload", content_type: str = TYPE.decode(), size: int = 1000
) -> Answer:
    return await ask(app, "POST", path, headers=[("content-type", content_type)], body=stream(body, size))


@pytest.mark.parametrize("size", [1, 10_000])
async def test_an_upload_reaches_the_endpoint_as_it_is(size: int) -> None:
    answer = await post(whole(), form(FIELD, file("Ärger & Co/".replace("/", "").encode())), size=size)
    assert (answer.status, json.loads(answer.body)) == (200, ["Ärger & Co", 4])


async def test_an_upload_streams() -> None:
    """Piece by piece, so that nothing of ours holds it."""
    body = form(part(b'Content-Disposition: form-data; name="f"; filename="a"', b"x" * 100_000))
    assert int((await post(whole(), body, "/pieces")).body) == len(pieces(body, 1000))


@pytest.mark.parametrize("path", ["/upload", "/swallows"])
async def test_a_path_in_the_place_of_a_name_is_400(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """The answer names the rule and not the name; so does the log."""
    caplog.set_level(logging.INFO, "buckler.events")
    answer = await post(whole(), form(file(b"../../CANARY")), path)
    assert (answer.status, answer.code) == (400, "form-malformed")
    assert b"CANARY" not in answer.body
    logged = [json.loads(line) for line in caplog.messages if "input_validation_fail" in line]
    assert [each["reason"] for each in logged] == ["file-name"]
    assert "CANARY" not in caplog.text


async def test_50_000_fields_are_cut_off() -> None:
    body = b"&".join([b"a=1"] * 50_000)
    answer = await post(whole(), body, "/field", URLENCODED)
    assert (answer.status, answer.code) == (400, "form-malformed")
    assert answer.bytes_read <= 5000


@pytest.mark.parametrize("text", ["a&b=c", "O'Brien", "{{7*7}}", "../x", "100% & more", "مرحبا", "\U0001f993"])
async def test_what_a_field_says_is_nobodys_business(text: str) -> None:
    from urllib.parse import urlencode

    encoded = urlencode({"a": text}).encode()
    assert json.loads((await post(whole(), encoded, "/field", URLENCODED)).body) == text
    multipart = form(part(b'Content-Disposition: form-data; name="a"', text.encode()))
    assert json.loads((await post(whole(), multipart, "/field")).body) == text


async def test_an_endless_preamble_is_cut_off() -> None:
    answer = await post(whole(), b"\r\n" * 5_000_000, size=65_536)
    assert (answer.status, answer.code) == (400, "form-malformed")
    assert answer.bytes_read <= 65_536


@pytest.mark.parametrize(
    "content_type",
    [
        'application/x-www-form-urlencoded; !="' + "\\" * 5000,
        "multipart/form-data; boundary=" + "b" * 5000,
        "text/plain; " + "x" * 5000,
    ],
)
async def test_a_long_type_is_refused_before_the_app_is_asked(content_type: str) -> None:
    """It may take the type apart before it reads (CVE-2024-24762)."""
    answer = await post(whole(), form(FIELD), "/swallows", content_type)
    assert (answer.status, answer.code, answer.received) == (400, "form-malformed", 0)


@pytest.mark.parametrize("path", ["/pieces", "/swallows"])
async def test_a_malformed_boundary_is_refused_before_the_app_has_a_byte(path: str) -> None:
    answer = await post(whole(), form(FIELD), path, "multipart/form-data; boundary=a@b", size=10)
    assert (answer.status, answer.code, answer.received) == (400, "form-malformed", 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=b", f"{URLENCODED}; charset=latin-1", "application/json"],
)
async def test_a_type_without_a_body_is_no_fault(method: str, content_type: str) -> None:
    """Many clients name one on every request; the answer may well be a stream, which listens meanwhile."""

    async def nothing() -> AsyncIterator[bytes]:
        yield b""
        yield b""

    for body in (b"", nothing()):
        answer = await ask(streaming(), method, "/events", headers=[("content-type", content_type)], body=body)
        assert (answer.status, answer.body, answer.error) == (200, b"012", None)


def streaming() -> FastAPI:
    app = FastAPI()

    @app.api_route("/events", methods=["GET", "POST"], dependencies=[Public("a test")])
    async def events(request: Request) -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            assert (await request.receive())["type"] == "http.request"
            for number in range(3):
                yield str(number)

        return StreamingResponse(parts(), media_type="text/event-stream")

    return protect(app)


@pytest.mark.parametrize("content_type", ["multipart/mixed; boundary=b", "text/plain", "application/information"])
async def test_other_types_pass(content_type: str) -> None:
    assert (await post(whole(), b"../../x", "/pieces", content_type)).status == 200


async def test_a_client_that_leaves_is_told_as_it_is() -> None:
    """What came of its form was judged; the end that is missing is not."""
    from buckler.asgi import Exchange, Message
    from buckler.edge.form_bodies import FormBodies

    inbox: list[Message] = [
        {"type": "http.request", "body": b"--lantern\r\n", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return inbox.pop(0)

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", TYPE)]}
    reading = FormBodies().receive(Exchange(scope, None), receive)
    assert [(await reading())["type"] for _ in range(2)] == ["http.request", "http.disconnect"]


@pytest.mark.asvs("5.3.2")
async def test_a_path_reaches_the_endpoint_without_it() -> None:
    async def attack(app: FastAPI) -> bool:
        return b"../../etc" in (await post(app, form(file(b"../../etc/cron.d/x")))).body

    await two_sided_async(attack, whole=whole(), twin=protect(make_app(), kind=Twin, without="form-bodies"))
