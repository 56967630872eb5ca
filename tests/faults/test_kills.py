"""Killed in the middle of whatever it does, the service has lost nothing that was answered and done nothing by half."""

import os
import sys

import pytest

from tests.faults.deeds import DEEDS
from tests.faults.judging import faults_of
from tests.faults.killing import Nursery

FAULTS = int(os.environ.get("FAULTS") or 0)
SEEDS = range(FAULTS) if FAULTS else range(2)
NOTICED = {
    ("without_transactions", "register"): ("before", "INSERT INTO event "),
    ("without_transactions", "refresh"): ("after", "INSERT INTO session "),
    ("without_transactions", "roles"): ("before", "INSERT INTO event "),
    ("without_transactions", "rotation"): ("before", "INSERT INTO event "),
    ("without_transactions", "resealing"): ("before", "INSERT INTO event "),
    ("without_transactions", "sealing"): ("before", "INSERT INTO event_batch "),
    ("without_transactions", "sweeping"): ("before", "DELETE FROM event_batch "),
    ("events_afterwards", "register"): ("commit", "INSERT INTO account "),
    ("events_afterwards", "refresh"): ("commit", "INSERT INTO session "),
    ("events_afterwards", "roles"): ("commit", "UPDATE account "),
    ("events_afterwards", "rotation"): ("commit", "INSERT INTO signing_key "),
    ("events_afterwards", "resealing"): ("commit", "UPDATE signing_key "),
    ("commits_later", "register"): ("answers", ""),
    ("commits_later", "roles"): ("answers", ""),
    ("successors_by_chance", "refresh"): ("commit", "UPDATE session SET "),
}
"""Where a kill shows what the part does not hold."""
SHORT = (
    ("events_afterwards", "register"),
    ("successors_by_chance", "refresh"),
    ("commits_later", "roles"),
    ("without_transactions", "rotation"),
    ("without_transactions", "resealing"),
    ("without_transactions", "sealing"),
    ("without_transactions", "sweeping"),
)
"""One for each deed; the rest is for `make faults`."""


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_kill_at_any_moment_leaves_all_that_was_answered_and_nothing_by_half(
    nursed: Nursery, deed: str
) -> None:
    """By turns at a step of the database and at a moment of the clock. `FAULTS=50` does it 50 times."""
    for seed in SEEDS:
        by = "time" if seed % 2 else "step"
        with nursed.killed(deed, seed, by=by) as killed:
            found = await faults_of(deed, killed)
            assert found == [], f"seed {seed}, by {by}, after {killed.told[-3:]}: {found}"
        _progress(deed, seed + 1)


@pytest.mark.parametrize(("sabotage", "deed"), NOTICED if FAULTS else SHORT)
async def test_a_part_that_breaks_the_promise_is_noticed(nursed: Nursery, sabotage: str, deed: str) -> None:
    """The twin: something is lost, or half. Without it nothing is, killed at that place, as `make faults` shows."""
    by, at = NOTICED[sabotage, deed]
    with nursed.killed(deed, 1, by=by, at=at, sabotage=sabotage) as killed:
        assert await faults_of(deed, killed)
    if FAULTS:
        with nursed.killed(deed, 1, by=by, at=at) as killed:
            assert await faults_of(deed, killed) == []


def _progress(deed: str, done: int) -> None:
    if FAULTS:
        sys.stderr.write(f"\rkilled while {deed}: {done} of {FAULTS} " + ("\n" if done == FAULTS else ""))
        sys.stderr.flush()
