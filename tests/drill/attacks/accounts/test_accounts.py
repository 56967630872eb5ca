"""Attacks on accounts, each seen to find a planted flaw and to find nothing without it."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from fastapi import FastAPI

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import Attack, Clean, Finding, Untested, Verdict
from buckler.drill.attacks.accounts import (
    ACCOUNTS,
    enumeration,
    enumeration_by_time,
    guessing,
    lock_out,
    look_alikes,
    reset_links,
    short_codes,
    told_codes,
    weak_passwords,
)
from buckler.drill.budget import Budget
from buckler.drill.engagement import Engagement
from buckler.drill.run import attack_all
from tests.drill.attacks.accounts.club import club_app
from tests.drill.stage import engaged

Found = set[tuple[str, str]]


@asynccontextmanager
async def entered(*flaws: str) -> AsyncGenerator[Engagement]:
    """An engagement with people who came in by the app's own doors, and its log."""
    log: list[str] = []
    async with engaged(club_app(*flaws, log=log)) as on:
        on.setting = replace(on.setting, logged=log)
        on.cast = await gather(on)
        yield on


async def judged(on: Engagement, *attacks: Attack) -> list[Verdict]:
    """The verdicts of these attacks."""
    return [each.verdict for each in (await attack_all(on, attacks, "club")).judged]


def findings(verdicts: Iterable[Verdict]) -> Found:
    """Route and severity of what was found."""
    return {(each.route, each.severity or "") for each in verdicts if isinstance(each, Finding)}


PLANTED: dict[str, tuple[Attack, Found]] = {
    "login-tells": (enumeration.ATTACK, {("POST /login", "")}),
    "forgot-tells": (enumeration.ATTACK, {("POST /forgot", "")}),
    "register-tells": (enumeration.ATTACK, {("POST /register", "low")}),
    "quick": (enumeration_by_time.ATTACK, {("POST /login", "")}),
    "guessing": (guessing.ATTACK, {("POST /login", "")}),
    "forwarded": (guessing.ATTACK, {("POST /login", "")}),
    "addresses": (guessing.ATTACK, {("POST /login", "")}),
    "locks": (lock_out.ATTACK, {("POST /login", "")}),
    "host": (reset_links.ATTACK, {("POST /forgot", "")}),
    "weak": (weak_passwords.ATTACK, {("POST /register", ""), ("POST /me/password", "")}),
    "short": (short_codes.ATTACK, {("POST /login/code/enter", "")}),
    "pins": (short_codes.ATTACK, {("POST /gift-cards/balance", "")}),
    "look-alikes": (look_alikes.ATTACK, {("POST /register", "")}),
    "told": (told_codes.ATTACK, {("POST /forgot", "")}),
    "twice": (told_codes.ATTACK, {("POST /reset", "medium")}),
}


@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_planted_flaw_is_found(flaw: str) -> None:
    """By the attack that is named for it, once for each route."""
    attack, expected = PLANTED[flaw]
    async with entered(flaw) as on:
        assert findings(await judged(on, attack)) == expected


async def test_nothing_is_found_where_nothing_is_wrong() -> None:
    """The same app without a flaw: no finding, and every attack was made."""
    async with entered("timed") as on:
        report = await attack_all(on, ACCOUNTS, "club")
    assert [each.verdict for each in report.judged if not isinstance(each.verdict, Clean)] == []
    assert {each.attack.id for each in report.judged} == {attack.about.id for attack in ACCOUNTS}


async def test_what_others_tell_is_not_told_of_registering_too() -> None:
    """Nor what an app tells on the machine of its developer, where names are meant to be told."""
    async with entered("login-tells", "register-tells") as on:
        assert findings(await judged(on, enumeration.ATTACK)) == {("POST /login", "")}
    async with entered("register-tells") as on:
        on.setting = replace(on.setting, development=True)
        assert findings(await judged(on, enumeration.ATTACK)) == set()


async def test_what_took_too_long_is_not_counted_as_withstood() -> None:
    """A hundred tries are hashed: a drill that has no time for them has seen no limit, and no want of one."""
    async with entered("addresses") as on:
        on.sender.budget = Spent(60.0, 5_000)
        whole = [each async for each in guessing.ATTACK.run(on)]
    assert [type(each) for each in whole] == [Untested]
    assert "from many addresses, but" in str(whole[0])


class Spent(Budget):
    """One in which each request takes half a second."""

    @property
    def elapsed(self) -> float:
        return self.spent / 2.0


async def test_without_letters_what_needs_them_is_untested() -> None:
    """It is never counted as clean."""
    async with entered() as on:
        on.setting = replace(on.setting, logged=())
        verdicts = await judged(on, reset_links.ATTACK)
        assert [type(each) for each in verdicts] == [Untested]


async def test_without_a_door_all_is_untested() -> None:
    """Nobody can come: each says why, and none is clean."""
    async with engaged(FastAPI()) as on:
        verdicts = await judged(on, *ACCOUNTS)
    assert not [each for each in verdicts if isinstance(each, Clean | Finding)]
    assert len(verdicts) == len(ACCOUNTS)
