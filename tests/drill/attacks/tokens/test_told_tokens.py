"""Tokens that are made of what everybody knows of an account, in an app as tutorials have it."""

import json
import secrets
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import md5, sha1, sha256, sha512
from itertools import count
from typing import Annotated
from zlib import crc32

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import EVERYWHERE, Attack, Finding, Untested
from buckler.drill.attacks.tokens import after_logout, clockwork, predictable
from buckler.drill.attacks.tokens.clockwork import Moment, made_of_the_clock
from buckler.drill.attacks.tokens.credentials import credential_of
from buckler.drill.plan.options import Given, Options
from buckler.drill.run import attack_all
from buckler.drill.transport.answer import Exchange
from tests.drill.stage import bearer, engaged

PASSWORDS = {"johndoe": "secret-of-john", "alice": "secret-of-alice", "kim": "secret-of-kim"}
TOLD = Options(identities=tuple(Given(name, "", name, password) for name, password in PASSWORDS.items()))
MADE: Mapping[str, Callable[[str], str]] = {
    "name": lambda name: name,
    "within": lambda name: f"fake-token-of-{name}",
    "hex": lambda name: name.encode().hex(),
    "json": lambda name: b64encode(json.dumps({"sub": name, "v": 1}).encode()).decode(),
    "sha512": lambda name: sha512(name.encode()).hexdigest(),
    "crc": lambda name: f"{crc32(name.encode()):08x}",
    "mended": lambda _: secrets.token_urlsafe(32),
}


def tutorial(make: Callable[[str], str], called: str = "access_token", *, logout: bool = True) -> FastAPI:
    """Signs in by a form, and gives a token that is made of the name, or not."""
    app, scheme = FastAPI(), OAuth2PasswordBearer("token")
    people: dict[str, str] = {}

    def caller(token: Annotated[str, Depends(scheme)]) -> str:
        if token not in people:
            raise HTTPException(401)
        return people[token]

    @app.post("/token")
    def sign_in(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
        if PASSWORDS.get(form.username) != form.password:
            raise HTTPException(400, "Incorrect username or password")
        token = make(form.username)
        people[token] = form.username
        return {called: token, "token_type": "bearer"}

    @app.post("/logout", status_code=204)
    def sign_out(token: Annotated[str, Depends(scheme)]) -> None:
        if logout:
            del people[token]

    @app.get("/users/me")
    def me(who: Annotated[str, Depends(caller)]) -> dict[str, str]:
        return {"username": who}

    return app


async def _found(app: FastAPI, attack: Attack = predictable.ATTACK, told: Options = TOLD) -> list[Finding]:
    async with engaged(app) as on:
        on.cast = await gather(on, told)
        assert len(on.cast.people) == len(told.identities)
        report = await attack_all(on, (attack,), "tutorial")
    assert [each.verdict for each in report.judged if isinstance(each.verdict, Untested)] == []
    return [each.verdict for each in report.judged if isinstance(each.verdict, Finding)]


@pytest.mark.parametrize("made", ["name", "within", "hex", "json", "sha512", "crc"])
@pytest.mark.parametrize("called", ["access_token", "token"])
async def test_a_token_that_is_made_of_the_name_is_found(made: str, called: str) -> None:
    """It is made for another account and let in; also where it is as short as a name."""
    (finding,) = await _found(tutorial(MADE[made], called))
    assert finding.route == EVERYWHERE
    assert "the name of the account" in finding.words
    assert finding.attacked.answer.worked


async def test_nothing_is_found_where_tokens_are_random() -> None:
    """The twin."""
    assert await _found(tutorial(MADE["mended"])) == []


OF_THE_CLOCK: Mapping[str, Callable[[str], str]] = {
    "a date behind the name": lambda name: md5(f"{name}{datetime.now()}".encode()).hexdigest(),  # noqa: DTZ005, S324
    "seconds with a fraction": lambda _: sha256(str(time.time()).encode()).hexdigest(),
    "whole seconds": lambda _: sha512(str(int(time.time())).encode()).hexdigest(),
    "milliseconds": lambda _: sha512(str(int(time.time() * 1000)).encode()).hexdigest(),
    "a date in UTC": lambda name: sha1(f"{datetime.now(UTC).isoformat()}:{name}".encode()).hexdigest(),  # noqa: S324
}


@pytest.mark.parametrize("made", OF_THE_CLOCK)
async def test_a_token_that_is_a_digest_of_the_clock_is_found(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever knows about when somebody signed in tries the moments of that time: all, on however slow a machine."""
    monkeypatch.setattr(clockwork, "_MOST", 0.3)
    (finding,) = await _found(tutorial(OF_THE_CLOCK[made]))
    assert finding.route == "POST /token"
    assert "digests of the moment" in finding.words


async def test_a_busy_machine_hides_no_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes by between an answer and the look at what stands in it: the moment is after the asking all the same."""
    passed, given = [0.0], predictable._given  # pyright: ignore[reportPrivateUsage]

    def now() -> float:
        return time.time() + passed[0]

    def late(exchange: Exchange) -> Iterator[tuple[str, str]]:
        passed[0] += 0.05
        return given(exchange)

    monkeypatch.setattr(predictable, "_given", late)
    monkeypatch.setattr(predictable.SystemClock, "now", staticmethod(now))
    made = tutorial(lambda _: sha512(str(int(now() * 1000)).encode()).hexdigest())
    (finding,) = await _found(made)
    assert "digests of the moment" in finding.words


def test_the_moment_is_looked_for_where_an_answer_took_long() -> None:
    """A password was checked first: what was given out was made right before the answer."""
    moments = (1_796_000_000.25, 1_796_000_007.75)
    given = [
        Moment(md5(f"ada{datetime.fromtimestamp(at)}".encode()).hexdigest(), at - 0.4, at + 0.001, ("ada",))  # noqa: DTZ006, S324
        for at in moments
    ]
    assert made_of_the_clock(given)
    early = [replace(each, text=md5(str(int((each.after + 0.1) * 1000)).encode()).hexdigest()) for each in given]  # noqa: S324
    assert made_of_the_clock(early)
    assert not made_of_the_clock([replace(each, names=("ben",)) for each in given])


async def test_nothing_is_found_where_a_secret_is_digested_beside_the_clock() -> None:
    """The twin: what nobody knows stands beside the moment."""
    assert await _found(tutorial(lambda _: sha256(f"{secrets.token_hex(16)}{time.time()}".encode()).hexdigest())) == []


def test_another_token_stands_in_the_place_of_the_old_one_alone() -> None:
    """A short token may be a part of the word before it."""
    shown = credential_of(bearer("ada", "ea"))
    assert shown is not None
    assert shown.with_token("ben", "127.0.0.9").headers == (("Authorization", "Bearer ben"),)


ALONE = Options(identities=TOLD.identities[:1])


async def test_who_was_named_signs_in_again_where_nobody_registers() -> None:
    """A session of its own is begun, and the next token can be guessed; or not."""
    numbers = count(7001)
    (finding,) = await _found(tutorial(lambda _: f"session-number-{next(numbers)}"), told=ALONE)
    assert "they count up" in finding.words
    assert await _found(tutorial(MADE["mended"]), told=ALONE) == []


@pytest.mark.parametrize("ends", [False, True])
async def test_who_was_named_signs_out_of_a_session_of_its_own(ends: bool) -> None:
    """Where signing out ends nothing, it is found without anybody new."""
    found = await _found(tutorial(MADE["mended"], logout=ends), after_logout.ATTACK, ALONE)
    assert [each.route for each in found] == ([] if ends else ["POST /logout"])
