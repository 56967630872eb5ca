"""A sign-in for nobody costs as much as one for somebody."""

from pathlib import Path

from buckler.identity.sign_in.decoy import Decoy
from tests.identity.house import WRONG, House, accounts, settings
from tests.proof import two_sided_async


async def test_the_work_does_not_tell_whether_an_account_exists(tmp_path: Path) -> None:
    """Without the decoy the hashing done tells which names have accounts; with it nothing does."""

    async def attack(house: House) -> bool:
        counts = list[int]()
        for name in ("alice", "nobody", "not a name at all"):
            before = house.accounts._workbench.begun
            await house.sign_in(name, WRONG)
            counts.append(house.accounts._workbench.begun - before)
        return len(set(counts)) > 1

    async with (
        House(accounts(settings(tmp_path / "whole"))) as whole,
        House(accounts(settings(tmp_path / "twin"), without=Decoy)) as twin,
    ):
        await whole.register()
        await twin.register()
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_the_decoy_opens_no_account(tmp_path: Path) -> None:
    """Neither its row nor any password signs in as the decoy."""
    async with House(accounts(settings(tmp_path))) as house:
        for name in ("decoy", "Decoy"):
            assert (await house.sign_in(name, WRONG)).status_code == 401
