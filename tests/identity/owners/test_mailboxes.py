"""Whose mailbox a letter fills: one that only looks the same is another one, and nobody's costs the same work."""

from pathlib import Path

from sqlalchemy import func, select

from buckler.identity.login_names import address_key
from buckler.identity.mail.codes import CODE_SECONDS, Codes
from buckler.storage.database.tables import CodeRow
from tests.identity.owners.test_confirmation import Verified
from tests.identity.post_house import ADA, PostHouse
from tests.proof import two_sided_async


class Folding(Codes):
    """Takes addresses that look the same for one mailbox."""

    def subject(self, address: str) -> bytes:
        return super().subject(address_key(address))


async def test_an_address_that_only_looks_the_same_holds_up_nobody(tmp_path: Path) -> None:
    """Somebody else's mailbox has the code of the look-alike; the owner of the real one gets a letter all the same."""

    async def attack(made: Verified) -> bool:
        await made.post("/auth/register", name="\uff41da@example.com")
        await made.sent()
        assert (await made.post("/auth/register", name=ADA)).status_code == 202
        return ("confirm", ADA) not in await made.sent()

    async with Verified(tmp_path / "whole") as whole, Verified(tmp_path / "twin") as twin:
        twin.become(Codes, Folding)
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_the_owner_of_a_taken_address_is_told_once_in_ten_minutes(tmp_path: Path) -> None:
    """However the address is spelt, so that nobody fills the mailbox with it."""
    async with Verified(tmp_path) as house:
        await house.move_in()
        for name in (ADA, "ADA@example.com", "\uff41da@example.com"):
            assert (await house.post("/auth/register", name=name)).status_code == 202
        assert await house.sent() == [("taken", ADA)]
        house.clock.advance(CODE_SECONDS)
        await house.post("/auth/register", name=ADA)
        assert await house.sent() == [("taken", ADA)]


async def test_what_is_written_after_the_answer_is_alike_for_nobody(tmp_path: Path) -> None:
    """Whoever waits behind it waits for one code more, whether the name has an account or not (ASVS 6.3.8)."""
    async with PostHouse(tmp_path) as house:
        await house.move_in()
        opened = house.accounts.opened()

        async def codes() -> int:
            async with house.accounts._database.reading() as connection:
                return int((await connection.execute(select(func.count(CodeRow.id)))).scalar_one())

        for name in (ADA, "nobody@example.com", "nobody@example.com", ADA):
            await house.post("/auth/reset", name=name)
            await opened.afterwards.settle()
        assert await codes() == 2
