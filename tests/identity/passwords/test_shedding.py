"""A flood of sign-ins is shed before any hashing."""

import asyncio
import resource
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from buckler.identity.passwords.profiles import MINIMUM
from buckler.identity.passwords.shedding import Busy, Shedding
from buckler.identity.passwords.workbench import cores
from tests.identity.house import House, accounts, settings
from tests.proof import two_sided_async

FLOOD = 50
HEALTHY = 0.05
"""Seconds that another request takes, as a rule, while a flood is under way."""
SPARE_KIB = 32 * 1024
"""For fifty requests and their connections to the database."""
FEW = 4
"""Places, so that a fast machine is flooded too."""


def test_places_are_counted() -> None:
    """There are as many places as were named; one that is given back can be taken again."""
    shedding = Shedding(2)
    shedding.enter()
    shedding.enter()
    with pytest.raises(Busy):
        shedding.enter()
    shedding.leave()
    shedding.enter()


def test_a_quarter_is_kept_for_known_devices() -> None:
    """Strangers find none of it, neither to be hashed nor to be looked up."""
    shedding = Shedding(FEW)
    for _ in range(FEW - 1):
        shedding.enter()
    with pytest.raises(Busy), shedding.door():
        pass
    with pytest.raises(Busy):
        shedding.enter()
    with shedding.door(known=True):
        shedding.enter(known=True)
    with pytest.raises(Busy), shedding.door(known=True):
        pass


def test_whoever_is_at_the_door_holds_the_place_that_the_hash_will_take() -> None:
    """As many may be looked up as may be hashed; whoever leaves the door makes room, also by an error."""
    shedding = Shedding(FEW)
    with shedding.door(), shedding.door(), shedding.door():
        with pytest.raises(Busy), shedding.door():
            pass
        with shedding.door(known=True):
            pass
    with pytest.raises(ZeroDivisionError), shedding.door():
        raise ZeroDivisionError
    with shedding.door(), shedding.door(), shedding.door():
        pass


async def test_a_flood_cannot_make_us_hash_without_bound(tmp_path: Path) -> None:
    """Fifty sign-ins at once: without the defence all are hashed; with it the overflow costs no hash."""

    async def attack(house: House) -> bool:
        before = house.accounts._workbench.begun
        await house.flood(FLOOD)
        return house.accounts._workbench.begun - before == FLOOD

    slow = settings(tmp_path / "whole", hashing=MINIMUM)
    async with House(accounts(slow, shedding=Shedding(FEW))) as whole:
        await whole.register()
        twin = House(accounts(settings(tmp_path / "twin", hashing=MINIMUM), without=Shedding))
        async with twin:
            await twin.register()
            await two_sided_async(attack, whole=whole, twin=twin)


async def test_what_is_shed_is_told_when_to_come_back(tmp_path: Path) -> None:
    """With every place taken all are answered 503 with Retry-After and none is hashed; afterwards all is well."""
    async with House(accounts(settings(tmp_path, hashing=MINIMUM), shedding=Shedding(FEW))) as house:
        await house.register()
        workbench, freed = house.accounts._workbench, Event()
        before = workbench.begun
        holders = [asyncio.create_task(workbench.run(freed.wait, known=True)) for _ in range(FEW)]
        await asyncio.sleep(0)
        answers = await house.flood(FLOOD)
        freed.set()
        await asyncio.gather(*holders)
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["retry-after"] for answer in answers} == {"1"}
        assert workbench.begun - before == FEW
        assert (await house.sign_in()).status_code == 200


async def test_a_flood_does_not_wait_for_the_database_either(tmp_path: Path) -> None:
    """Fifty at once: no more are looked up than may be hashed, so what follows is not kept behind all of them."""

    async def attack(house: House) -> bool:
        answers = await house.flood(FLOOD)
        return sum(answer.status_code != 503 for answer in answers) == FLOOD

    async with (
        House(accounts(settings(tmp_path / "whole"), shedding=Shedding(FEW))) as whole,
        House(accounts(settings(tmp_path / "twin"), without=Shedding)) as twin,
    ):
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_hashing_leaves_the_loop_free(tmp_path: Path) -> None:
    """While fifty sign-ins are under way other requests are answered all the time, and memory has a bound."""
    async with House(accounts(settings(tmp_path, hashing=MINIMUM))) as house:
        await house.register()
        before = _peak_memory()
        flood = asyncio.create_task(house.flood(FLOOD))
        await asyncio.sleep(0)
        waited = list[float]()
        while not flood.done() and len(waited) < 50:  # a client may not ask for ever
            asked = time.perf_counter()
            assert (await house.get("/.well-known/jwks.json")).status_code == 200
            waited.append(time.perf_counter() - asked)
        answers = await flood
        assert {answer.status_code for answer in answers} <= {401, 503}
        assert len(waited) >= 10
        assert sorted(waited)[len(waited) // 2] < HEALTHY
        assert _peak_memory() - before < (cores() + 1) * MINIMUM.memory_kib + SPARE_KIB


def _peak_memory() -> int:
    """The most that this process has had at once so far, in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak
