"""One function of the app tells who is calling; what it tells wrongly is never a caller."""

import threading
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Buckler, ConfigurationError, Principal, Requires
from tests.stage import production
from tests.wire import ask

ASKED: list[str] = []


def caller_of(token: str) -> Principal | None:
    ASKED.append(f"{token} {threading.current_thread() is threading.main_thread()}")
    return Principal("1", "ada") if token == "good" else None


async def caller_later(token: str) -> Principal | None:
    return caller_of(token)


class Caller:
    def __call__(self, token: str) -> Principal | None:
        return caller_of(token)

    async def later(self, token: str) -> Principal | None:
        return caller_of(token)


def with_more(token: str, more: str = "") -> Principal | None:
    return caller_of(token)


def app_with(authenticator: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/it", dependencies=[Requires()])
    async def it() -> str:
        return "it"

    Buckler(app, authenticator=authenticator, settings=production())
    return app


FORMS = [caller_of, caller_later, Caller(), Caller().later, with_more, partial(with_more, more="x")]


@pytest.mark.parametrize("form", FORMS)
async def test_it_tells_who_is_calling(form: Any) -> None:
    app = app_with(form)
    assert [(await ask(app, "GET", "/it", token=token)).status for token in ("good", "bad", None)] == [200, 401, 401]


async def test_one_that_may_wait_runs_beside_the_loop() -> None:
    """A synchronous one may ask a database, as it always did."""
    for form, on_the_loop in ((caller_of, False), (caller_later, True)):
        ASKED.clear()
        await ask(app_with(form), "GET", "/it", token="good")
        assert [f"good {on_the_loop}"] == ASKED


async def test_letters_that_no_token_has_are_not_asked_about() -> None:
    ASKED.clear()
    answer = await ask(app_with(caller_of), "GET", "/it", headers=[(b"authorization", b"Bearer \xe4")])
    assert (answer.status, ASKED) == (401, [])


@pytest.mark.parametrize("told", [True, {"id": 1}, "ada", 1, object()])
async def test_anything_but_a_caller_is_refused(told: Any) -> None:
    """503: the guard could not decide."""

    def tells(token: str) -> Any:
        return told

    answer = await ask(app_with(tells), "GET", "/it", token="good")
    assert (answer.status, answer.code) == (503, "guard-failed")


async def test_what_it_raises_is_refused_and_told_to_nobody() -> None:
    def breaks(token: str) -> Principal | None:
        raise LookupError(token)

    answer = await ask(app_with(breaks), "GET", "/it", token="secret")
    assert (answer.status, answer.code) == (503, "guard-failed")
    assert b"secret" not in answer.body


def nothing() -> None:
    return None


def two(token: str, request: str) -> None:
    return None


def yields(token: str) -> Any:
    yield None


@pytest.mark.parametrize(
    ("form", "words"),
    [(nothing, "called with the text of the token"), (two, "called with the text"), (yields, "it yields")],
)
def test_what_can_never_tell_is_refused_where_it_is_given(form: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        app_with(form)
