"""A token that was ended stays ended, here and after a restart."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from buckler.access.authenticator import NotAccepted
from buckler.identity import Accounts
from buckler.storage.database.tables import RevocationRow
from buckler.tokens.revocation import Revocations
from tests.clocks import FakeClock
from tests.identity.house import House, accounts, settings
from tests.proof import two_sided_async


async def test_a_token_outlives_no_logout(tmp_path: Path) -> None:
    """Without the defence the token is good after logout, warm or cold; with it neither."""

    async def attack(house: House) -> bool:
        warm, cold = await house.token(), await house.token()
        assert (await house.get("/auth/me", warm)).status_code == 200
        ended = [(await house.post("/auth/logout", token)).status_code for token in (warm, cold)]
        assert ended == [204, 204]
        return [(await house.get("/auth/me", token)).status_code for token in (warm, cold)] == [200, 200]

    async with (
        House(accounts(settings(tmp_path / "whole"))) as whole,
        House(accounts(settings(tmp_path / "twin"), without=Revocations)) as twin,
    ):
        await whole.register()
        await twin.register()
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_new_process_knows_what_was_revoked(tmp_path: Path) -> None:
    """After a restart the first request with a revoked token is 401; another token of the account is good."""
    async with House(accounts(settings(tmp_path))) as house:
        await house.register()
        ended, kept = await house.token(), await house.token()
        await house.post("/auth/logout", ended)
    async with House(accounts(settings(tmp_path))) as again:
        assert (await again.get("/auth/me", ended)).status_code == 401
        assert (await again.get("/auth/me", kept)).status_code == 200


async def test_rows_go_once_their_tokens_are_long_over(tmp_path: Path) -> None:
    """A row is kept well past the end of its token, and is gone after that."""
    clock = FakeClock()
    async with House(accounts(settings(tmp_path), clock)) as house:
        await house.register()
        await house.post("/auth/logout", await house.token())
    for seconds, left in ((600, 1), (3602, 0)):
        clock.advance(seconds)
        again = accounts(settings(tmp_path), clock)
        await again.open()
        assert await _rows(again) == left
        await again.close()


async def test_an_exposed_token_is_ended(tmp_path: Path) -> None:
    """`withdraw` ends a good token, and does nothing for what is none."""
    async with House(accounts(settings(tmp_path))) as house:
        await house.register()
        token = (await house.token()).encode()
        assert await house.accounts.authenticate(token) is not None
        await house.accounts.withdraw(b"no token")
        await house.accounts.withdraw(token)
        assert house.accounts.recall(token) is None
        with pytest.raises(NotAccepted, match="it was revoked"):
            await house.accounts.authenticate(token)


async def _rows(made: Accounts) -> int:
    async with made._database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(RevocationRow))).scalar_one())
