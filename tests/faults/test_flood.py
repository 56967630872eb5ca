"""Strangers cannot turn the log against the service: however many are refused, what is kept of them is bounded.

`make faults` sends a hundred thousand, the suite some hundreds: refusals at the edge, of tokens and of bodies, and
wrong passwords among them.
"""

import logging
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from buckler.events.journal import journal
from tests.faults.place import ROOT, Place
from tests.faults.test_kills import FAULTS
from tests.identity.house import PASSWORD
from tests.identity.post_house import PostHouse
from tests.proof import two_sided_async
from tests.wire import ask

FEW = 700
REFUSALS = 100_000 if FAULTS else FEW
SHIPPED = journal.MOST_A_MINUTE
A_SECOND = 1_000
GUESSES = 7
"""One in so many is a wrong password for a name that nobody has."""
LINES_A_SECOND = 600
KINDS: list[dict[str, Any]] = [
    {"method": "GET", "target": "/auth/me"},
    {"method": "GET", "target": "/auth/me", "token": "not.a.token"},
    {"method": "GET", "target": "/auth/me", "host": "elsewhere.example"},
    {"method": "GET", "target": "/nowhere"},
    {"method": "POST", "target": "/auth/sign-in", "json_body": {"name": 1}},
]


async def flood(house: PostHouse, count: int) -> Counter[int]:
    """So many refusals from ever other networks, a thousand a second; the keeper is at its work meanwhile."""
    keeper, answers = house.accounts.opened().keeper, Counter[int]()
    for number, kind in zip(range(count), cycle(KINDS), strict=False):
        client = (f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}", 1)
        if number % GUESSES:
            asked = {"host": "localhost", "scheme": "http", **kind}
        else:
            guess = {"name": f"stranger-{number % 977}", "password": "no otter plays at all"}
            asked = {"method": "POST", "target": "/auth/sign-in", "json_body": guess, "host": "localhost"}
        answers[(await ask(house.app, client=client, **asked)).status] += 1
        if number % A_SECOND == A_SECOND - 1:
            house.clock.advance(1)
            await keeper.tick()
        if FAULTS and not (number + 1) % 10_000:
            sys.stderr.write(f"\rrefused: {number + 1} of {count} " + ("\n" if number + 1 == count else ""))
    return answers


@contextmanager
def counted(house: PostHouse) -> Iterator[Counter[str]]:
    """Statements and transactions of the database meanwhile."""
    engine, found = house.accounts._database._engine.sync_engine, Counter[str]()

    def on_statement(*given: Any) -> None:
        found[" ".join(given[2].split()[:3])] += 1

    def on_end(_: Any) -> None:
        found["transactions"] += 1

    watched = (("before_cursor_execute", on_statement), ("commit", on_end), ("rollback", on_end))
    for name, listener in watched:
        event.listen(engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in watched:
            event.remove(engine, name, listener)


async def work_of_a_sign_in(house: PostHouse) -> Counter[str]:
    await house.accounts.opened().revocations.refresh()
    with counted(house) as found:
        answer = await house.post("/auth/sign-in", name=ROOT, password=PASSWORD)
    assert answer.status_code == 200, answer.text
    return found


async def test_a_hundred_thousand_refusals_leave_few_rows_and_a_sign_in_costs_what_it_did(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin keeps each wrong password as a row. Lines of the log are bounded too, a second's as well."""
    caplog.set_level(logging.INFO, "buckler.events")

    async def attack(most: int) -> bool:
        count = REFUSALS if most == SHIPPED else FEW
        monkeypatch.setattr(journal, "MOST_A_MINUTE", most)
        place = Place(tmp_path / str(most))
        await place.settle_in()
        async with place.house() as house:
            await _by_hand(house)
            await work_of_a_sign_in(house)
            before, rows = await work_of_a_sign_in(house), _rows(place)
            caplog.clear()
            answers = await flood(house, count)
            lines = len(caplog.records)
            await house.accounts.opened().keeper.tick()
            grown = _rows(place) - rows
            after = await work_of_a_sign_in(house)
        assert 200 not in answers
        if FAULTS:
            sys.stderr.write(f"{count} refused: {dict(answers)}; {grown} rows, {lines} lines\n")
        assert after == before, "a sign-in does other work than before"
        assert lines <= LINES_A_SECOND * (1 + count // A_SECOND) + count // GUESSES
        return grown > _most_rows(count // A_SECOND)

    await two_sided_async(attack, whole=SHIPPED, twin=10**9)


def _most_rows(seconds: int) -> int:
    """So many a minute each by itself, and one sum of the rest when it is over."""
    return (seconds // 60 + 1) * (SHIPPED + 1)


async def _by_hand(house: PostHouse) -> None:
    """Nothing is done in the background from now on: those steps are the test's, so that work can be compared."""
    opened = house.accounts.opened()
    await opened.keeper._ticks.close()
    await opened.revocations._looks.close()


def _rows(place: Place) -> int:
    return int(place.rows("SELECT count(*) FROM event")[0][0])
