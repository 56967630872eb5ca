"""Attacks on tokens, each seen to find a planted flaw and to find nothing without it."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from fastapi import FastAPI

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import Attack, Clean, Finding, Untested, Verdict
from buckler.drill.attacks.tokens import (
    TOKENS,
    after_change,
    after_logout,
    expired,
    key_in_header,
    kinds,
    predictable,
    public_key_as_secret,
    refresh_replay,
    unbound_claims,
    unsigned,
    weak_secret,
)
from buckler.drill.engagement import Engagement
from buckler.drill.plan.options import Given, Options
from buckler.drill.report import Judged
from buckler.drill.run import attack_all
from tests.drill.attacks.tokens.desk import ADMINISTRATOR, desk
from tests.drill.stage import engaged

PEOPLE = Options(
    identities=(Given("root", "admin", ADMINISTRATOR[0], ADMINISTRATOR[1], administrator=True),),
)
WEAK = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"


@asynccontextmanager
async def entered(app: FastAPI, lines: list[str] | None = None) -> AsyncGenerator[Engagement]:
    """An engagement with people who came in by the app's own doors."""
    async with engaged(app) as on:
        on.setting = replace(on.setting, logged=lines if lines is not None else ())
        on.cast = await gather(on, PEOPLE)
        yield on


async def judged(on: Engagement, *attacks: Attack) -> list[Verdict]:
    """The verdicts of these attacks."""
    return [each.verdict for each in (await attack_all(on, attacks, "desk")).judged]


def findings(verdicts: Iterable[Verdict]) -> set[tuple[str, str]]:
    """Route and severity of what was found."""
    return {(each.route, each.severity or "") for each in verdicts if isinstance(each, Finding)}


PLANTED = {
    "unsigned": (unsigned, {("*", "")}),
    "public-key": (public_key_as_secret, {("*", "")}),
    "jwk": (key_in_header, {("*", "")}),
    "jku": (key_in_header, {("*", "high")}),
    "kid": (key_in_header, {("*", "")}),
    "kinds": (kinds, {("*", ""), ("POST /refresh", "")}),
    "logout": (after_logout, {("POST /logout", "")}),
    "logout-refresh": (after_logout, {("POST /logout", "")}),
    "everywhere": (after_logout, {("POST /logout-all", "")}),
    "everywhere-refresh": (after_logout, {("POST /logout-all", "")}),
    "replay": (refresh_replay, {("POST /refresh", "")}),
    "descendants": (refresh_replay, {("POST /refresh", "low")}),
    "unchanged": (refresh_replay, {("POST /refresh", "low")}),
    "keys": (predictable, {("POST /api-keys", "critical")}),
    "change": (after_change, {("POST /me/password", "")}),
    "change-refresh": (after_change, {("POST /me/password", "")}),
    "removed": (after_change, {("DELETE /me", "")}),
    "disabled": (after_change, {("POST /admin/users/{username}/disable", "")}),
}


@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_planted_flaw_is_found(flaw: str) -> None:
    """By the attack that is named for it, once for each route."""
    attack, expected = PLANTED[flaw]
    async with entered(desk(flaw)) as on:
        assert findings(await judged(on, attack.ATTACK)) == expected


async def test_nothing_is_found_where_nothing_is_wrong() -> None:
    """The same app without a flaw: no finding, and every attack but those without a letter or a key was made."""
    async with entered(desk()) as on:
        report = await attack_all(on, TOKENS, "desk")
    assert [each.verdict for each in report.judged if isinstance(each.verdict, Finding)] == []
    assert _clean(report.judged) == {"D201", "D203", "D204", "D207", "D208", "D209", "D210", "D211"}


def _clean(several: Iterable[Judged]) -> set[str]:
    return {each.attack.id for each in several if isinstance(each.verdict, Clean)}


async def test_a_weak_secret_is_found_and_opens_what_needs_it() -> None:
    """Where tokens can be signed, those that are over or miss a claim are tried too; a careful app takes neither."""
    async with entered(desk(secret=WEAK)) as on:
        verdicts = await judged(on, weak_secret.ATTACK, expired.ATTACK, unbound_claims.ATTACK)
    assert [type(each) for each in verdicts] == [Finding, Clean, Clean]
    assert isinstance(verdicts[0], Finding)
    assert WEAK not in verdicts[0].words


@pytest.mark.parametrize(("flaw", "attack"), [("expired", expired.ATTACK), ("unbound", unbound_claims.ATTACK)])
async def test_claims_that_are_not_looked_at_are_found(flaw: str, attack: Attack) -> None:
    """Where tokens can be signed."""
    async with entered(desk(flaw, secret=WEAK)) as on:
        assert findings(await judged(on, attack)) == {("*", "")}
    async with entered(desk(flaw)) as on:
        assert [type(each) for each in await judged(on, attack)] == [Untested]


@pytest.mark.parametrize("flaws", [("mailed",), ()])
async def test_a_mailed_token_is_not_an_access_token(flaws: tuple[str, ...]) -> None:
    """What a letter brings is shown as an access token, before it is used."""
    lines: list[str] = []
    async with entered(desk(*flaws, lines=lines), lines) as on:
        found = findings(await judged(on, kinds.ATTACK))
    assert found == ({("POST /magic", "")} if flaws else set())


async def test_an_expired_token_that_was_brought_is_shown() -> None:
    """The one of the cast; its control is the live one."""
    for flaw in ((), ("expired",)):
        async with entered(desk(*flaw)) as on:
            live = on.cast.people[0]
            over = replace(live, name="expired", state="expired")
            on.cast = replace(
                on.cast, expired=over if flaw else replace(over, headers=(("Authorization", "Bearer x"),))
            )
            verdicts = await judged(on, expired.ATTACK)
        assert [type(each) for each in verdicts] == ([Finding] if flaw else [Clean])


async def test_without_anybody_all_is_untested() -> None:
    """Nobody signs in: each says why, and none is clean."""
    async with engaged(FastAPI()) as on:
        verdicts = await judged(on, *TOKENS)
    assert {type(each) for each in verdicts} == {Untested}
    assert len(verdicts) == len(TOKENS)
