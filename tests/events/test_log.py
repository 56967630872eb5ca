"""One event is one line of JSON that no caller can forge, and that holds no secret."""

import json
import logging
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from buckler import Buckler, Limit, Public, Requires, StartRefused
from buckler.events import CATALOGUE, EventLog
from tests.clocks import FakeClock
from tests.stage import people, production, protect
from tests.wire import ask


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "buckler.events"]


def events_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(caplog)]


def make_app() -> FastAPI:
    app = FastAPI()
    app.add_api_route("/open", lambda: "ok", dependencies=[Public("a test"), Limit("1/minute")])
    app.add_api_route("/mine", lambda: "ok", dependencies=[Requires("a:x")])
    return protect(app)


async def test_an_event_says_when_where_who_and_what(caplog: pytest.LogCaptureFixture) -> None:
    """In UTC, with the id that the answer carries."""
    answer = await ask(make_app(), "GET", "/mine", token="carol", client=("203.0.113.9", 5))
    event = events_of(caplog)[-1]
    assert event == {
        "at": "2027-01-15T08:00:00.000+00:00",
        "event": "authz_fail",
        "level": "CRITICAL",
        "request_id": answer.header("x-request-id"),
        "client": "203.0.113.9",
        "method": "GET",
        "path": "/mine",
        "who": "carol",
        "refusal": "forbidden",
        "status": 403,
        "by": "requirements",
        "declared": "test_log.py:30",
        "reason": "lacks a:x",
    }


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"target": "/mine"}, "authn_token_missing"),
        ({"target": "/mine", "token": "carol"}, "authz_fail"),
        ({"target": "/mine", "token": "nobody"}, "authn_token_invalid"),
        ({"target": "/open", "host": "evil.test"}, "malicious_direct_reference"),
        ({"target": "/open", "scheme": "http"}, "sys_insecure_transport"),
        ({"target": "/open", "headers": [("content-length", "x")]}, "sys_request_refused"),
    ],
)
async def test_every_refusal_is_logged_under_its_name(
    caplog: pytest.LogCaptureFixture, given: dict[str, Any], name: str
) -> None:
    await ask(make_app(), "GET", **given)
    assert events_of(caplog)[-1]["event"] == name


@pytest.mark.parametrize(
    ("token", "event", "level"),
    [
        (None, "authn_token_missing", "WARNING"),
        ("nobody", "authn_token_invalid", "WARNING"),
        ("carol", "authz_fail", "CRITICAL"),
    ],
)
async def test_a_stranger_is_no_alarm_and_a_caller_without_the_right_is(
    caplog: pytest.LogCaptureFixture, token: str | None, event: str, level: str
) -> None:
    """Anybody can ask without a token as often as they like; an alarm for each would be one that nobody hears."""
    await ask(make_app(), "GET", "/mine", token=token)
    told = events_of(caplog)[-1]
    assert (told["event"], told["level"]) == (event, level)


async def test_going_over_a_limit_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    await ask(app, "GET", "/open")
    await ask(app, "GET", "/open")
    assert events_of(caplog)[-1]["event"] == "excess_rate_limit_exceeded"


@pytest.mark.parametrize(
    "forgery", ["\r\n", '\n{"event":"authz_admin"}', "\x1b[2J", "\u202e", "\u2028", "\x00", "\x85"]
)
async def test_a_caller_cannot_forge_a_line(caplog: pytest.LogCaptureFixture, forgery: str) -> None:
    """Whatever stands in path, method or client."""
    scope = {"path": f"/mine{forgery}", "method": f"GET{forgery}", "client": (f"203.0.113.9{forgery}", 1)}
    await ask(make_app(), "GET", "/mine", host="evil.test", scope=scope)
    line = lines_of(caplog)[-1]
    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["path"].startswith("/mine")


@given(st.dictionaries(st.text(max_size=20), st.text() | st.integers() | st.none() | st.lists(st.text()), max_size=5))
def test_any_fields_make_one_parseable_line(fields: dict[str, Any]) -> None:
    taken: list[str] = []

    class Taking(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            taken.append(record.getMessage())

    logger, handler = logging.getLogger("buckler.events"), Taking()
    logger.addHandler(handler)
    try:
        EventLog(FakeClock()).emit("sys_startup", None, what=fields)
    finally:
        logger.removeHandler(handler)
    assert len(taken) == 1
    assert taken[0].isascii()
    assert taken[0].isprintable()
    assert json.loads(taken[0])["event"] == "sys_startup"


async def test_no_credential_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Good or bad, in the header, the query or the body."""
    app = make_app()
    canary = "CANARY0123456789"
    with caplog.at_level(logging.DEBUG):
        await ask(app, "GET", "/mine", token=canary)
        await ask(app, "GET", f"/mine?access_token={canary}", headers=[("cookie", f"session={canary}")])
        await ask(app, "POST", "/mine", json_body={"password": canary})
        await ask(app, "GET", "/mine", token=canary, headers=[("authorization", f"Bearer {canary}")])
        await ask(app, "GET", "/mine", token=canary, scheme="http")
    assert "CANARY" not in caplog.text


@pytest.mark.parametrize("name", ["password", "token", "authorization", "client_secret"])
def test_a_secret_sounding_field_becomes_stars(caplog: pytest.LogCaptureFixture, name: str) -> None:
    EventLog(FakeClock()).emit("sys_startup", None, **{name: "CANARY"})
    assert "CANARY" not in caplog.text
    assert events_of(caplog)[-1][name] == "***"


def test_an_event_that_is_in_no_catalogue_is_an_error() -> None:
    """A spelling mistake must not become a silent event."""
    with pytest.raises(KeyError):
        EventLog(FakeClock()).emit("sys_startupp")


def test_the_catalogue_names_each_event_once_and_says_when() -> None:
    for name, event in CATALOGUE.items():
        assert event.name == name
        assert event.when
        assert event.level >= logging.INFO


async def test_refusals_of_start_are_logged_with_their_reason(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    app.add_api_route("/forgotten", lambda: "x")
    with pytest.raises(StartRefused):
        await Buckler(app, settings=production(), authenticator=people()).start()
    assert any("/forgotten" in each.get("reason", "") for each in events_of(caplog))
