"""A flood of sign-ins is shed before any hashing."""

import asyncio
from pathlib import Path
from threading import Event

import pytest

from buckler.identity.profiles import MINIMUM
from buckler.identity.shedding import Busy, Shedding
from tests.identity.house import House, accounts, settings
from tests.proof import two_sided_async

FLOOD = 50
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
        holders = [asyncio.create_task(workbench.run(freed.wait)) for _ in range(FEW)]
        await asyncio.sleep(0)
        answers = await house.flood(FLOOD)
        freed.set()
        await asyncio.gather(*holders)
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["retry-after"] for answer in answers} == {"1"}
        assert workbench.begun - before == FEW
        assert (await house.sign_in()).status_code == 200


async def test_hashing_leaves_the_loop_free(tmp_path: Path) -> None:
    """While a flood is hashed another request is answered in the meantime."""
    async with House(accounts(settings(tmp_path, hashing=MINIMUM))) as house:
        await house.register()
        flood = asyncio.create_task(house.flood(FLOOD))
        await asyncio.sleep(0)
        served = 0
        while served < 50 and not flood.done():
            assert (await house.get("/.well-known/jwks.json")).status_code == 200
            served += 1
            await asyncio.sleep(0)
        await flood
        assert served >= 10
