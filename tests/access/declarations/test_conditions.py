"""A condition of the app's own lets on with True alone; whatever else it does is a refusal."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from buckler import Principal, Requires
from buckler.errors import ConfigurationError
from tests.stage import protect
from tests.wire import ask

ASKED: list[str] = []


def may(who: Principal) -> bool:
    ASKED.append(who.name)
    return who.name != "carol"


async def may_later(who: Principal) -> bool:
    return who.name != "carol"


def by_header(who: Principal, connection: HTTPConnection) -> bool:
    return connection.headers.get("x-desk") == who.name


class OfficeHours:
    async def __call__(self, who: Principal, connection: HTTPConnection) -> bool:
        return who.name == "alice" and connection.url.path == "/it"


def app_with(*conditions: Callable[..., Any], needs: tuple[str, ...] = ()) -> FastAPI:
    app = FastAPI()
    several = [Requires(*needs, condition=each, reason="it is asked here") for each in conditions]

    @app.get("/it", dependencies=several)
    async def it() -> str:
        return "it"

    return protect(app)


@pytest.mark.parametrize("condition", [may, may_later])
async def test_true_lets_on_and_false_refuses(condition: Callable[..., Any]) -> None:
    app = app_with(condition)
    assert (await ask(app, "GET", "/it", token="bob")).status == 200
    refused = await ask(app, "GET", "/it", token="carol")
    assert (refused.status, refused.code) == (403, "forbidden")
    assert b"it is asked here" not in refused.body, "why is for the log"


async def test_it_may_look_at_the_connection() -> None:
    app = app_with(by_header, OfficeHours())
    assert (await ask(app, "GET", "/it", token="alice", headers=[("x-desk", "alice")])).status == 200
    assert (await ask(app, "GET", "/it", token="alice", headers=[("x-desk", "bob")])).status == 403
    assert (await ask(app, "GET", "/it", token="bob", headers=[("x-desk", "bob")])).status == 403


async def test_strangers_and_callers_without_the_right_are_refused_before_it_is_asked() -> None:
    app = app_with(may, needs=("a:x",))
    ASKED.clear()
    assert (await ask(app, "GET", "/it")).status == 401
    assert (await ask(app, "GET", "/it", token="dora")).status == 403
    assert ASKED == []


def broken(who: Principal) -> bool:
    raise LookupError(who.name)


def undecided(who: Principal) -> Any:
    return None


def one(who: Principal) -> Any:
    return 1


async def broken_later(who: Principal) -> bool:
    raise LookupError(who.name)


async def a_text(who: Principal) -> Any:
    return "yes"


@pytest.mark.parametrize("place", ["first", "last", "after one that waits"])
@pytest.mark.parametrize("condition", [broken, undecided, one, broken_later, a_text])
async def test_whatever_else_it_does_refuses(
    condition: Callable[..., Any], place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exception, None, a truthy value: 503, and what was raised is told to nobody but by its kind."""
    around = {"first": (condition, may), "last": (may, condition), "after one that waits": (may_later, condition)}
    answer = await ask(app_with(*around[place]), "GET", "/it", token="bob")
    assert (answer.status, answer.code) == (503, "guard-failed")


async def test_each_of_several_is_asked() -> None:
    """In any mix of those that wait and those that do not."""
    for several in ((may, may_later), (may_later, may), (may_later, may_later), (may, may)):
        app = app_with(*several)
        assert (await ask(app, "GET", "/it", token="alice")).status == 200
        assert (await ask(app, "GET", "/it", token="carol")).status == 403


def no_caller() -> bool:
    return True


def too_many(who: Principal, connection: HTTPConnection, more: str) -> bool:
    return True


def yielding(who: Principal) -> Any:
    yield True


@pytest.mark.parametrize(
    ("condition", "reason", "words"),
    [
        (lambda who: who.name == "bob", "a reason", "give it a name with def"),
        (OfficeHours, "a reason", "this is a class"),
        ("may", "a reason", "write a function of the caller"),
        (None, "a reason", "reason='a reason': it is the reason of a condition, and there is none"),
        (may, None, "say in words what it asks"),
        (may, " ", "say in words what it asks"),
        (may, 5, "say in words what it asks"),
        (no_caller, "a reason", "called with the caller"),
        (too_many, "a reason", "called with the caller"),
        (yielding, "a reason", "it yields"),
    ],
)
def test_what_can_never_answer_is_refused_where_it_is_written(condition: Any, reason: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Requires(condition=condition, reason=reason)
