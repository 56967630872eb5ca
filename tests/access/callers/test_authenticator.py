"""Whoever tells callers is judged before it is asked: a mistake would be an error on each request."""

from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Authenticator, Buckler, ConfigurationError, Limit, Principal, Requires
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
        (with_method("authenticate", waits_not), r"authenticate\(token\): it is awaited; write `async def`"),
        (with_method("withdraw", waits_not), r"withdraw\(token\): it is awaited; write `async def`"),
        (with_method("recall", waits), r"recall\(token\): it answers from memory and never waits; write `def`"),
        (with_method("authenticate", takes_nothing), r"as `authenticate\(self, token\)` would be"),
        (with_method("authenticate", yields), r"authenticate\(token\): it yields, where one answer is wanted"),
        (with_method("withdraw", None), r"it lacks withdraw\(token\); derive it from buckler.Authenticator"),
        (Duck(), r"authenticator=Duck: it lacks recall\(token\)"),
        (Nobody, "authenticator=Nobody: this is the class; give an instance of it"),
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


UNFIT = {
    "whose id is int, not a text": Principal(7, "eve"),  # type: ignore[arg-type]
    "whose id is NoneType, not a text": Principal(None, "eve"),  # type: ignore[arg-type]
    "whose id is bytes, not a text": Principal(b"x", "y"),  # type: ignore[arg-type]
    "whose name is NoneType, not a text": Principal("7", None),  # type: ignore[arg-type]
    "whose permissions is str, not a set": Principal("7", "eve", permissions="system:shutdown"),  # type: ignore[arg-type]
    "whose permissions is list, not a set": Principal("7", "eve", permissions=["a:x"]),  # type: ignore[arg-type]
    "whose expires_at is str, not a number": Principal("7", "eve", expires_at="5"),  # type: ignore[arg-type]
    "returned dict, neither a Principal nor None": {"id": "7"},
}


class Telling(Nobody):
    """Tells the same of each token."""

    def __init__(self, found: Any) -> None:
        self.found = found

    async def authenticate(self, token: bytes) -> Any:
        return self.found


class Recalling(Telling):
    """Remembers it."""

    def recall(self, token: bytes) -> Any:
        return self.found


def _function(found: Any) -> Any:
    def told(token: str) -> Any:
        return found

    return told


@pytest.mark.parametrize("words", UNFIT)
@pytest.mark.parametrize("kind", [Telling, Recalling, _function])
async def test_a_caller_that_is_none_is_an_answer_with_a_named_reason(
    kind: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """503, and what to mend in the log; never a request without an answer, and never a caller."""
    app = FastAPI()
    app.get("/admin", dependencies=[Requires("system:shutdown")])(lambda: "shut down")
    app.get("/few", dependencies=[Requires(), Limit("1/minute")])(lambda: "few")
    Buckler(app, authenticator=kind(UNFIT[words]), settings=production())
    for path in ("/admin", "/few", "/few"):
        answer = await ask(app, "GET", path, token="any")
        assert (answer.status, answer.code, answer.error) == (503, "guard-failed", None)
    assert words in caplog.text


async def test_a_sound_caller_of_an_apps_own_memory_is_let_in() -> None:
    app = FastAPI()
    app.get("/in", dependencies=[Requires("a:x")])(lambda: "inside")
    Buckler(app, authenticator=Recalling(Principal("7", "eve", permissions=frozenset({"a:x"}))), settings=production())
    assert (await ask(app, "GET", "/in", token="any")).status == 200
