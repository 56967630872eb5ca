"""Making an account by oneself: open to anybody, or to nobody; never a name that somebody has."""

import asyncio
from pathlib import Path

import pytest

from buckler.asgi import Exchange
from buckler.identity.account_store import Account
from buckler.identity.owners.registration import Registration
from tests.identity.house import PASSWORD
from tests.identity.post_house import ADA, NEW_PASSWORD, STRANGE_PASSWORD, PostHouse, problem
from tests.proof import two_sided_async


class NamesAlone(Registration):
    """Looks at names, and not at addresses that were proved."""

    async def _is_taken(self, shown: str) -> bool:
        return await self._desk.store.find(shown) is not None


async def test_where_it_is_closed_nobody_makes_an_account(tmp_path: Path) -> None:
    """403 before a password is hashed; invitations and the first administrator stand all the same."""
    async with PostHouse(tmp_path, registration="closed") as house:
        before = house.accounts._workbench.begun
        assert problem(await house.register(ADA)) == (403, "registration-closed")
        assert house.accounts._workbench.begun == before
        assert house.has("/auth/invitations")
        code = house.accounts.first_administrator_code
        made = await house.post("/auth/first-administrator", code=code, name=ADA, password=PASSWORD)
        assert made.status_code == 201, made.text


async def test_a_taken_name_costs_no_hash(tmp_path: Path) -> None:
    """In any spelling that looks the same; and of twenty at once one is made."""
    async with PostHouse(tmp_path) as house:
        tries = [house.register(ADA, f"{NEW_PASSWORD} number {each}") for each in range(20)]
        answers = await asyncio.gather(*tries)
        assert sorted(each.status_code for each in answers) == [201, *[409] * 19]
        before = house.accounts._workbench.begun
        for name in (ADA, "ADA@EXAMPLE.COM", "\uff41da@example.com"):
            assert problem(await house.register(name)) == (409, "name-taken")
        assert house.accounts._workbench.begun == before


async def test_an_address_that_somebody_has_proved_names_nobody_else(tmp_path: Path) -> None:
    """Names were usernames and are addresses now: whoever proved one keeps it."""

    async def attack(house: PostHouse) -> bool:
        return (await house.register(ADA, STRANGE_PASSWORD)).status_code == 201

    for kind in ("whole", "twin"):
        async with PostHouse(tmp_path / kind, identifier="username") as house:
            await house.move_in("ada")
            token = (await house.enter("ada"))["access_token"]
            await house.post("/auth/me/address", token, password=PASSWORD, address=ADA)
            code = await house.code("address")
            assert (await house.post("/auth/me/address/confirm", token, code=code)).status_code == 204
    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Registration, NamesAlone)
        await two_sided_async(attack, whole=whole, twin=twin)
        assert await whole.lets_in(PASSWORD, "ada")


@pytest.mark.parametrize("registration", ["open", "closed", "verified"])
async def test_who_proves_addresses_registers_without_a_password(tmp_path: Path, registration: str) -> None:
    """Elsewhere a name alone makes nothing; where a code is mailed, a password beside the name is refused."""
    async with PostHouse(tmp_path, registration=registration) as house:
        alone = await house.post("/auth/register", name=ADA)
        both = await house.post("/auth/register", name=ADA, password=PASSWORD)
        wanted = {"open": (422, 201), "closed": (422, 403), "verified": (202, 422)}
        assert (alone.status_code, both.status_code) == wanted[registration]


class Anywhere(Registration):
    """Takes whoever comes from this machine for somebody at it, whatever stands before it there."""

    async def claim(self, code: str, name: str, password: str, exchange: Exchange | None) -> Account:
        if exchange is not None:
            exchange.headers = {
                each: value for each, value in exchange.headers.items() if not each.startswith((b"x-", b"forw", b"via"))
            }
        return await super().claim(code, name, password, exchange)


@pytest.mark.parametrize("field", ["forwarded", "via", "x-forwarded-for", "x-real-ip"])
async def test_the_first_is_not_made_through_a_proxy_that_nobody_named(tmp_path: Path, field: str) -> None:
    """Behind one on this machine every stranger comes from it."""

    async def attack(house: PostHouse) -> bool:
        fields = {"code": house.accounts.first_administrator_code, "name": ADA, "password": PASSWORD}
        route = "/auth/first-administrator"
        made = await house.client.post(route, json=fields, headers={field: "for=203.0.113.9"})
        return made.status_code == 201

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Registration, Anywhere)
        await two_sided_async(attack, whole=whole, twin=twin)
