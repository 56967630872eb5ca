"""Every refusal leaves through the edge and is logged there, once."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI, WebSocket

from buckler import Limit, Principal, Public, Requires
from buckler.errors import Refusal
from buckler.events import EventLog
from buckler.refused import Refused
from tests.stage import production, protect
from tests.wire import Answer, ask, knock


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/mine")
    async def mine(who: Annotated[Principal, Requires("a:x")]) -> str:
        return who.name

    @app.get("/once", dependencies=[Public("a test"), Limit("1/hour")])
    async def once() -> str:
        return "once"

    @app.post("/body", dependencies=[Public("a test")])
    async def body(text: Annotated[str, Body()]) -> str:
        return text

    @app.get("/refuses", dependencies=[Public("a test")])
    async def refuses() -> None:
        raise Refused(Refusal(409, "taken", "It is taken.", event="input_validation_fail"))

    @app.get("/quiet", dependencies=[Public("a test")])
    async def quiet() -> None:
        raise Refused(Refusal(409, "taken", "It is taken.", event=None))

    @app.websocket("/ws")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()

    return protect(app, settings=production(max_body_bytes=10), default=Requires())


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 8


async def over_the_limit(app: FastAPI) -> Answer:
    await ask(app, "GET", "/once")
    return await ask(app, "GET", "/once")


REFUSALS: list[tuple[str, Any, str]] = [
    ("no token", lambda app: ask(app, "GET", "/mine"), "sign-in-required"),
    ("a bad token", lambda app: ask(app, "GET", "/mine", token="x"), "invalid-token"),
    ("no right", lambda app: ask(app, "GET", "/mine", token="carol"), "forbidden"),
    ("over the limit", over_the_limit, "route-limited"),
    ("another host", lambda app: ask(app, "GET", "/mine", host="evil.test"), "host-unknown"),
    ("plain HTTP", lambda app: ask(app, "GET", "/mine", scheme="http"), "https-required"),
    ("a declared length", lambda app: ask(app, "POST", "/body", body=b"x" * 20), "body-too-large"),
    ("no length", lambda app: ask(app, "POST", "/body", body=endless()), "body-too-large"),
    ("in a route", lambda app: ask(app, "GET", "/refuses"), "taken"),
    ("a websocket", lambda app: knock(app, "/ws"), "sign-in-required"),
]


@pytest.mark.parametrize(("name", "attack", "code"), REFUSALS, ids=[name for name, _, _ in REFUSALS])
async def test_a_refusal_is_logged_once(name: str, attack: Any, code: str, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever it was made."""
    await attack(make_app())
    events = [json.loads(record.getMessage()) for record in caplog.records if record.name == "buckler.events"]
    assert [event["refusal"] for event in events if "refusal" in event] == [code]


async def test_a_refusal_that_says_so_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Somebody nearer to the cause has done it."""
    assert (await ask(make_app(), "GET", "/quiet")).code == "taken"
    assert not any("taken" in record.getMessage() for record in caplog.records)


async def test_an_event_that_cannot_be_written_keeps_no_answer_from_leaving(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The refusal leaves as ever, and the log is told of what broke; also where that breaks too."""
    app = FastAPI()
    app.get("/in", dependencies=[Requires("a:x")])(lambda: "inside")
    protect(app)

    def breaks(*_: object) -> None:
        raise LookupError("secret words")

    monkeypatch.setattr(EventLog, "emit_refusal", breaks)
    for told in (True, False):
        answer = await ask(app, "GET", "/in", token="carol")
        assert (answer.status, answer.code, answer.error) == (403, "forbidden", None)
        assert ('"error":"LookupError"' in caplog.text) is told
        assert "secret words" not in caplog.text
        caplog.clear()
        monkeypatch.setattr(EventLog, "emit", breaks)


async def test_an_error_of_the_app_with_a_field_called_refusal_is_not_ours() -> None:
    """Ours are known by their class."""
    from fastapi import HTTPException

    class Theirs(HTTPException):
        refusal = "no"

    app = FastAPI()

    @app.get("/it", dependencies=[Public("a test")])
    async def it() -> None:
        raise Theirs(418, "I said no")

    answer = await ask(protect(app), "GET", "/it")
    assert (answer.status, json.loads(answer.body)["detail"]) == (418, "I said no")
