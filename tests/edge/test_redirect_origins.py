"""Origins that may be named, what judging costs, and what the log says."""

import json
import time

import pytest
from fastapi import FastAPI
from starlette.responses import RedirectResponse

from buckler import ConfigurationError, Public
from buckler.edge.redirects import LONGEST_ORIGIN, Redirects
from buckler.redact import plain
from tests.edge.test_redirect_readers import judge
from tests.edge.test_redirects import PAY
from tests.stage import development, production, protect
from tests.wire import ask


@pytest.mark.parametrize(
    "origin", ["pay.example.com", "https://pay.example.com/", "https://PAY.example.com", "http://pay.example.com", "*"]
)
def test_an_origin_that_is_none_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ConfigurationError, match="BUCKLER_REDIRECT_ORIGINS"):
        production(redirect_origins=f"{PAY},{origin}")


def test_the_defence_itself_takes_origins_alone() -> None:
    with pytest.raises(ConfigurationError, match="origin"):
        Redirects(["pay.example.com"], [])


@pytest.mark.parametrize(
    "value",
    [
        "https://" + "a" * 8000 + "!",
        "0; url=" + " " * 8000 + "'",
        "0" * 9 + " " * 8000,
        "0; url=x" + " " * 8000 + "'",
        "a" * 8000 + ":",
        "https://" + "a." * 4000 + "/\\",
        "x" * 100_000,
        "0;" + " " * 100_000,
    ],
)
def test_judging_hostile_text_is_cheap(value: str) -> None:
    defence, exchange = judge()
    begun = time.process_time()
    for _ in range(10):
        for name in (b"location", b"refresh"):
            defence.depart(exchange, {"status": 302, "headers": [(name, value.encode())]})
    assert time.process_time() - begun < 0.2


@pytest.mark.parametrize(
    ("to", "secure", "origin"),
    [
        ("https://pay.example.com/x?y=1", True, "https://pay.example.com"),
        ("https://PAY.example.com:8443", True, "https://pay.example.com:8443"),
        ("http://localhost:3000/app", False, "http://localhost:3000"),
        ("http://pay.example.com/", True, None),
        ("//pay.example.com/", True, None),
        ("https://x@pay.example.com/", True, None),
        ("javascript:alert(1)", True, None),
        ("https://" + "a" * 300 + ".example.com/", True, None),
        ("https://pay.example.com/" + "a" * 9000, True, None),
    ],
)
async def test_the_log_says_what_to_set_if_it_was_meant(
    caplog: pytest.LogCaptureFixture, to: str, secure: bool, origin: str | None
) -> None:
    """Where the place can be read; the answer says no more than ever, since a stranger may have chosen it."""
    app = FastAPI()

    @app.get("/next", dependencies=[Public("a test")])
    async def lead() -> RedirectResponse:
        return RedirectResponse(to)

    scheme, host = ("https", "api.example.test") if secure else ("http", "localhost")
    protect(app, settings=production() if secure else development())
    answer = await ask(app, "GET", "/next", scheme=scheme, host=host)
    assert (answer.status, answer.code) == (403, "redirect-refused")
    assert "BUCKLER" not in answer.body.decode()
    events = [json.loads(each.getMessage()) for each in caplog.records if each.name == "buckler.events"]
    (event,) = [each for each in events if each["event"] == "sys_answer_refused"]
    assert event["reason"] == "the answer leads elsewhere"
    remedy = None if origin is None else f"If you mean to lead there, list it: BUCKLER_REDIRECT_ORIGINS={origin}"
    assert event.get("remedy") == remedy


def test_the_longest_remedy_stands_whole_in_the_log() -> None:
    longest = "https://" + "a" * (LONGEST_ORIGIN - len("https://"))
    told = f"If you mean to lead there, list it: BUCKLER_REDIRECT_ORIGINS={longest}"
    assert plain(told) == told
