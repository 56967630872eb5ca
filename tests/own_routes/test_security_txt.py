"""security.txt: read back by the grammar of RFC 9116, and never there when it is stale."""

import asyncio
import json
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Buckler, ConfigurationError
from buckler.install import buckler_of
from buckler.own_routes.security_txt import PATH, SecurityText
from buckler.protected_app import installed_on
from tests.clocks import FakeClock
from tests.stage import ORIGIN, development, production, protect
from tests.wire import Answer, Lifespan, ask

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z, as FakeClock begins
TODAY = datetime.fromtimestamp(NOW, UTC).date()
DAY = 86_400
CONTACTS = "mailto:security@example.com, https://example.com/security, tel:+49-30-1234567"

# RFC 9116 section 5, with the URI of RFC 3986 by its characters, date-time of RFC 3339 and tags of RFC 5646.
_URI = r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
_DATE_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"
_TAG = r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"
_VALUES = {
    "Acknowledgments": _URI,
    "Canonical": _URI,
    "Contact": _URI,
    "Expires": _DATE_TIME,
    "Encryption": _URI,
    "Hiring": _URI,
    "Policy": _URI,
    "Preferred-Languages": rf"{_TAG}(?:[ \t]*,[ \t]*{_TAG})*",
}
_FIELD = "|".join(f"(?:{name}: {value})" for name, value in _VALUES.items())
_LINE = re.compile(rf"(?:{_FIELD}|#[\t\x20-\x7e\x80-\U0010ffff]*)?[ \t]*\r?\n")


def parsed(document: str) -> dict[str, list[str]]:
    """The fields by name. Fails for what the grammar does not take."""
    fields: dict[str, list[str]] = {}
    at = 0
    while at < len(document):
        line = _LINE.match(document, at)
        assert line is not None, document[at : at + 80]
        at = line.end()
        name, colon, value = line.group().strip().partition(": ")
        if colon and not name.startswith("#"):
            fields.setdefault(name, []).append(value)
    assert fields["Contact"]
    assert len(fields["Expires"]) == 1
    assert len(fields.get("Preferred-Languages", [])) <= 1
    assert all(value.startswith("https://") for name in ("Canonical", "Policy") for value in fields.get(name, []))
    return fields


def given(days: int = 300, **more: str) -> dict[str, str]:
    return {"security_contact": CONTACTS, "security_expires": str(TODAY + timedelta(days=days)), **more}


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    lines = [json.loads(each.getMessage()) for each in caplog.records if each.name == "buckler.events"]
    return [line for line in lines if line["event"] == "sys_security_txt"]


async def read(app: FastAPI) -> Answer:
    return await ask(app, "GET", PATH)


async def test_it_is_what_the_grammar_says() -> None:
    """Every field; in UTF-8 as text/plain (section 3), for everybody."""
    more = {"security_policy": "https://example.com/disclosure?x=1&y", "security_languages": "en, de-AT"}
    app = protect(FastAPI(), settings=production(**given(**more)))
    answer = await read(app)
    assert (answer.status, answer.header("content-type")) == (200, "text/plain; charset=utf-8")
    fields = parsed(answer.body.decode("utf-8"))
    assert fields == {
        "Contact": CONTACTS.split(", "),
        "Expires": [f"{TODAY + timedelta(days=300)}T23:59:59Z"],
        "Preferred-Languages": ["en, de-AT"],
        "Canonical": [f"{ORIGIN}{PATH}"],
        "Policy": ["https://example.com/disclosure?x=1&y"],
    }


async def test_the_least_that_it_can_say() -> None:
    """Without an HTTPS origin there is no canonical place (section 2.5.2)."""
    app = protect(FastAPI(), settings=development(**given()))
    answer = await ask(app, "GET", PATH, scheme="http", host="localhost")
    assert set(parsed(answer.body.decode())) == {"Contact", "Expires"}
    assert PATH not in app.openapi()["paths"]


@pytest.mark.parametrize(
    "bad", ["Contact: x y\n", "Contact mailto:a@b.example\n", "Expires: tomorrow\n", "Contact: mailto:a@b.example"]
)
def test_the_grammar_of_this_test_takes_not_everything(bad: str) -> None:
    with pytest.raises(AssertionError):
        parsed("Contact: mailto:a@b.example\nExpires: 2027-01-01T00:00:00Z\n" + bad)


async def test_without_a_contact_there_is_none() -> None:
    assert (await read(protect(FastAPI()))).status == 404


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "is past"), (-400, "is past"), (366, "is more than 365 days away"), (4000, "more than")]
)
def test_a_day_that_nobody_can_rely_on_stops_it(days: int, words: str) -> None:
    """The text names the value, the reason, and days that would do."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        Buckler(FastAPI(), settings=production(**given(days)), clock=FakeClock())
    assert f"BUCKLER_SECURITY_EXPIRES={TODAY + timedelta(days=days)}" in str(caught.value)
    assert f"from {TODAY} to {TODAY + timedelta(days=365)}" in str(caught.value)


@pytest.mark.parametrize("days", [0, 1, 365])
def test_the_first_and_the_last_day_that_are_taken(days: int) -> None:
    assert SecurityText.of(production(**given(days)), NOW) is not None


async def test_after_its_last_day_it_is_not_there(caplog: pytest.LogCaptureFixture) -> None:
    """In a process that runs on (section 2.5.5)."""
    caplog.set_level(logging.INFO, "buckler.events")
    clock = FakeClock()
    app = protect(FastAPI(), settings=production(**given(1)), clock=clock)
    assert (await read(app)).status == 200
    clock.advance(2 * DAY - 8 * 3600 - 1)
    assert (await read(app)).status == 200
    clock.advance(1)
    assert (await read(app)).status == 404
    assert [line["days"] for line in told(caplog)] == [2, 1]
    clock.advance(DAY)
    assert (await read(app)).status == 404
    assert told(caplog)[-1]["days"] == -1
    assert "ended with 2027-01-16" in told(caplog)[-1]["reason"]


async def test_its_end_is_told_once_a_day_while_it_is_near(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "buckler.events")
    clock = FakeClock()
    page = buckler_of(protect(FastAPI(), settings=production(**given(31)), clock=clock))._own.security  # type: ignore[union-attr]
    assert page is not None
    for _ in range(3 * 24):
        page.look()
        clock.advance(3600)
    assert [line["days"] for line in told(caplog)] == [30, 29]


@pytest.mark.parametrize(
    ("days", "words"),
    [(30, None), (29, "ends with 2027-02-13, in 30 days: see that"), (0, "in 1 days"), (-1, "ended with 2027-01-14")],
)
def test_what_an_operator_is_told(days: int, words: str | None) -> None:
    """By `buckler serve --check`, as by the event."""
    text = SecurityText(("mailto:a@example.com",), TODAY + timedelta(days=days))
    said = text.told(NOW)
    assert said is None if words is None else words in str(said)


def test_warnings_have_it() -> None:
    """For `buckler serve --check`."""
    near, far, none = (
        installed_on(Buckler(FastAPI(), settings=production(**more), clock=FakeClock()).app)
        for more in (given(3), given(), {})
    )
    assert near is not None
    assert far is not None
    assert none is not None
    assert [len(each.own.warnings()) for each in (near, far, none)] == [1, 0, 0]
    assert near.own.warnings()[0].endswith("set BUCKLER_SECURITY_EXPIRES to a day within a year.")


async def test_a_timer_looks_while_the_app_serves() -> None:
    """Started and ended with it, also from another loop."""
    app = protect(FastAPI(), settings=production(**given(10)))
    page = buckler_of(app)._own.security  # type: ignore[union-attr]
    assert page is not None
    lifespan = Lifespan(app)
    assert await lifespan.start()
    assert page._timer is not None
    _, handle = page._timer
    await lifespan.stop()
    await asyncio.sleep(0)
    assert (page._timer, handle.cancelled()) == (None, True)
    page.end()
