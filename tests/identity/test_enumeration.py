"""What a failed sign-in costs does not tell whether the name has an account.

The cost is compared by ranks: Cliff's delta says how often one of two is the dearer, 1 for always, 0 for as often as
not. Measured is the processor time of the whole process, so what else runs on the machine does not count. A hash is
made cheap, so that it does not hide a difference in what surrounds it.

`make enumeration` compares 500 pairs by themselves. Beside all other tests it is fewer, with the bound that so few
allow.
"""

import gc
import os
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import sqrt
from pathlib import Path

import pytest

from buckler.identity.mail.settings import MailSettings
from buckler.identity.sign_in.decoy import Decoy
from tests.clocks import FakeClock
from tests.identity.house import WRONG, House, accounts, settings
from tests.identity.mail.memory import MemoryMailer
from tests.identity.profiles import CheapProfile
from tests.proof import two_sided_async

PAIRS = int(os.environ.get("ENUMERATION_PAIRS", "60"))
NEGLIGIBLE = 0.15
"""Cliff's delta below which a difference is none (Romano and others 2006)."""
MOST = max(NEGLIGIBLE, 4 * sqrt((2 * PAIRS + 1) / (3 * PAIRS**2)))
"""Chance alone is beyond four standard deviations once in sixteen thousand runs: with 500 pairs they are 0.15."""
NAMES = max(5, PAIRS // 20)
"""Of each kind: no name is guessed at fifty times, which are the most that are counted in a row."""
MINUTE = 60
DAY = 86_401
A_FEW_MILLISECONDS = CheapProfile("a few milliseconds", 12_288, 1)


def delta(one: Sequence[float], other: Sequence[float]) -> float:
    """Cliff's delta: how much more often a value of `one` is above one of `other` than below it."""
    ranked = sorted(other)
    above = sum(bisect_left(ranked, each) for each in one)
    below = sum(len(ranked) - bisect_right(ranked, each) for each in one)
    return (above - below) / (len(one) * len(other))


class Scales(House):
    """A house with accounts, where the cost of failed sign-ins is weighed."""

    def __init__(self, folder: Path, without: type[Decoy] | None = None) -> None:
        self.clock = FakeClock()
        mail = MailSettings(mailer=MemoryMailer())
        own = settings(folder, identifier="email", mail=mail, hashing=A_FEW_MILLISECONDS)
        super().__init__(accounts(own, self.clock, without=without))

    async def weigh(self) -> float:
        """Cliff's delta between names that have accounts and names that have none."""
        for at in range(NAMES):
            assert (await self.register(f"person{at}@example.com")).status_code == 201
            self.clock.advance(MINUTE)
        gc.collect()
        gc.disable()
        try:
            costs = await self._costs()
        finally:
            gc.enable()
        return delta(costs["person"], costs["nobody"])

    async def _costs(self) -> dict[str, list[float]]:
        costs: dict[str, list[float]] = {"person": [], "nobody": []}
        for at in range(PAIRS):
            for kind in sorted(costs, reverse=at % 2 == 1):
                costs[kind].append(await self._cost(f"{kind}{at % NAMES}@example.com"))
            # Each name is guessed at once a day, each network once a minute: no limit comes in between.
            self.clock.advance(DAY if at % NAMES == NAMES - 1 else MINUTE)
        return costs

    async def _cost(self, name: str) -> float:
        """Seconds of the processor."""
        begun = time.process_time()
        answer = await self.sign_in(name, WRONG)
        cost = time.process_time() - begun
        assert answer.status_code == 401
        return cost


def test_the_measure_tells_what_differs_from_what_does_not() -> None:
    """1 where each is above, -1 where each is below, 0 where nothing tells them apart."""
    assert delta([2, 3], [0, 1]) == 1
    assert delta([0, 1], [2, 3]) == -1
    assert delta([1, 2, 3], [3, 2, 1]) == 0
    assert delta([1, 1, 1, 2], [1, 1, 1, 1]) == 0.25


@pytest.mark.asvs("6.3.8")
async def test_the_cost_does_not_tell_which_names_have_accounts(tmp_path: Path) -> None:
    """Without the decoy a guess at nobody is cheaper each time; with it nobody sees a difference."""

    async def attack(scales: Scales) -> bool:
        return abs(await scales.weigh()) > MOST

    async with Scales(tmp_path / "whole") as whole, Scales(tmp_path / "twin", without=Decoy) as twin:
        await two_sided_async(attack, whole=whole, twin=twin)
