"""An exception for one cookie has a reason, is told at the start, and promises nothing that no browser keeps."""

import json
import logging
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Buckler, ConfigurationError, Cookie, Trial
from tests.clocks import FakeClock
from tests.edge.setting_cookies import DECLARED, lines_of, make_app, setting
from tests.stage import production, protect


async def test_each_exception_is_told_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "buckler.events")
    await Buckler(make_app(), settings=production(), cookies=DECLARED).start()
    told = [json.loads(each) for each in caplog.messages if "sys_exemption" in each]
    assert [(each["named"], each["allows"]) for each in told] == [
        ("theme", ["script"]),
        ("embed", ["SameSite=none"]),
        ("firm", ["SameSite=strict"]),
        ("shared", ["Domain=example.test"]),
        ("legacy", ["no prefix"]),
    ]
    assert all(each["reason"] for each in told)


async def test_a_trial_lets_pass_what_is_written_once_and_read_in_one_way(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "buckler.events")
    trial = Trial(until="2027-01-20", reason="moving", only={"cookies"})
    app = protect(make_app(), trial=trial, clock=FakeClock())
    assert await lines_of(app, "a=1; Domain=example.test", "b=1") == [
        "a=1; Domain=example.test; Secure; HttpOnly; SameSite=Lax",
        "b=1; Secure; HttpOnly; SameSite=Lax",
    ]
    assert any('"refusal":"cookie-refused"' in each and "would_refuse" in each for each in caplog.messages)
    assert (await setting(app, "__Host-buckler-session=1")).code == "cookie-malformed"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": "a b"}, "a word without blanks"),
        ({"name": "__Host-buckler-session"}, "Buckler's own"),
        ({"name": "__host-Buckler-x"}, "Buckler's own"),
        ({"name": "__host-x"}, "write __Host-"),
        ({"reason": " "}, "say in words why"),
        ({"script": 1}, "script=True"),
        ({"same_site": "None"}, "'lax', 'strict'"),
        ({"name": "__Host-x", "domain": "example.test"}, "one host alone"),
        ({"name": "__Host-Http-x", "script": True}, "no script reads it"),
        ({"domain": "test"}, "write a host name"),
        ({"domain": "127.0.0.1"}, "write a host name"),
        ({"domain": "Example.test"}, "write a host name"),
        ({"domain": "example.test."}, "write a host name"),
        ({"domain": "https://example.test"}, "write a host name"),
        ({"domain": ""}, "write a host name"),
    ],
)
def test_an_exception_that_no_browser_keeps_cannot_be_made(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Cookie(**{"name": "x", "reason": "a test", **given})


@pytest.mark.parametrize(
    ("cookies", "told"),
    [
        ("theme", "write each as"),
        (["theme"], "write each as"),
        ([Cookie("a", reason="x"), Cookie("a", reason="y")], "stands there twice"),
        ([Cookie("a", reason="x", domain="example.net")], "is not in that domain"),
    ],
)
def test_cookies_are_judged_when_buckler_is_installed(cookies: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Buckler(FastAPI(), settings=production(), cookies=cookies)
