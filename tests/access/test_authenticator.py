"""Whoever tells callers is judged before it is asked: a mistake would be an error on each request."""

from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Authenticator, Buckler, ConfigurationError, Principal, Requires
from tests.stage import production
from tests.wire import ask


class Nobody(Authenticator):
    """Knows no one."""

    async def authenticate(self, token: bytes) -> Principal | None:
        return None


class Duck:
    """Has one method of the three."""

    async def authenticate(self, token: bytes) -> Principal | None:
        """Never called."""


def with_method(name: str, method: Any) -> Any:
    return type("Mine", (Nobody,), {name: method})()


def waits_not(_self: Any, _token: bytes) -> None:
    """Never called."""


async def waits(_self: Any, _token: bytes) -> None:
    """Never called."""


async def takes_nothing(_self: Any) -> None:
    """Never called."""


async def yields(_self: Any, _token: bytes) -> Any:
    """Never called."""
    yield None


@pytest.mark.parametrize(
    ("authenticator", "words"),
    [
        (with_method("authenticate", waits_not), r"authenticate\(token\) is awaited; write `async def authenticate`"),
        (with_method("withdraw", waits_not), r"withdraw\(token\) is awaited; write `async def withdraw`"),
        (with_method("recall", waits), r"recall\(token\) answers from memory and never waits; write `def recall`"),
        (with_method("authenticate", takes_nothing), r"as `authenticate\(self, token\)` would be"),
        (with_method("authenticate", yields), r"authenticate\(token\) yields, where one answer is wanted"),
        (with_method("withdraw", None), r"it lacks withdraw\(token\); derive it from buckler.Authenticator"),
        (Duck(), r"authenticator=Duck: it lacks recall\(token\)"),
        (Nobody, "authenticator=Nobody: this is the class; give an instance of it"),
        (lambda _token: None, r"authenticator=function: it lacks authenticate\(token\)"),
        ("token", r"authenticator=str: it lacks authenticate\(token\)"),
    ],
)
def test_one_that_could_tell_nobody_is_refused(authenticator: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Buckler(FastAPI(), settings=production(), authenticator=authenticator)


def test_one_without_authenticate_cannot_be_made() -> None:
    unfinished: Any = type("Unfinished", (Authenticator,), {})
    with pytest.raises(TypeError, match=r"abstract class Unfinished.*authenticate"):
        unfinished()


async def test_one_that_knows_nobody_lets_nobody_in() -> None:
    app = FastAPI()
    app.add_api_route("/it", lambda: "it", dependencies=[Requires()])
    Buckler(app, settings=production(), authenticator=Nobody())
    assert (await ask(app, "GET", "/it", token="anybody")).status == 401
