"""Another address: taken with a code that was mailed to it, told to the old one, and nobody else's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.account_store import Account
from buckler.identity.mail.codes import CODE_SECONDS, Codes, Purpose, UsedCode
from buckler.identity.owners.own_address import OwnAddress
from tests.identity.house import PASSWORD
from tests.identity.owners.test_recovery import ForgettingCodes, LooseCodes, come_back, reset_code
from tests.identity.post_house import ADA, BEA, NEW_PASSWORD, STRANGE_PASSWORD, PostHouse, problem, told
from tests.proof import two_sided_async

NEW = "ada@example.org"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PostHouse]:
    """A house in which Ada lives."""
    async with PostHouse(tmp_path) as made:
        await made.move_in()
        yield made


class AnybodysCodes(Codes):
    """Takes the code of one account for another."""

    async def use(
        self, connection: AsyncConnection, purpose: Purpose, code: str, *, account_id: str | None = None
    ) -> UsedCode:
        return await super().use(connection, purpose, code)


class Quiet(OwnAddress):
    """Tells the old address nothing."""

    async def _tell(self, connection: AsyncConnection, before: Account | None, address: str) -> None:
        """Nobody is told."""


async def ask(house: PostHouse, address: str = NEW, name: str = ADA) -> str:
    """Ask for another address; the token that asked."""
    token = str((await house.enter(name))["access_token"])
    answer = await house.post("/auth/me/address", token, password=PASSWORD, address=address)
    assert answer.status_code == 202, answer.text
    return token


async def move(house: PostHouse, address: str = NEW) -> None:
    """Take another address."""
    token = await ask(house, address)
    answer = await house.post("/auth/me/address/confirm", token, code=await house.code("address"))
    assert (answer.status_code, answer.content) == (204, b""), answer.text


async def confirms(house: PostHouse, token: str, code: str) -> bool:
    return (await house.post("/auth/me/address/confirm", token, code=code)).status_code == 204


async def test_a_proved_address_is_taken_and_signs_in(house: PostHouse) -> None:
    """The old one is nobody's then. Access tokens that name it end; the session goes on, and names the new one."""
    held = await house.enter()
    await move(house)
    assert (await house.get("/auth/me", held["access_token"])).status_code == 401
    renewed = (await house.post("/auth/refresh", refresh_token=held["refresh_token"])).json()
    me = (await house.get("/auth/me", renewed["access_token"])).json()
    assert me["name"] == NEW
    assert await house.lets_in(PASSWORD, NEW)
    assert not await house.lets_in(PASSWORD, ADA)
    assert (await house.register(ADA)).status_code == 201


async def test_without_the_code_nothing_changes(house: PostHouse) -> None:
    """Whoever asks with an address that is not his own has the one of before."""
    token = await ask(house)
    assert not await confirms(house, token, "7K2M4-R2D9X-WBT3H-NVC6J-PZ0A1K")
    assert await house.lets_in(PASSWORD, ADA)
    assert not await house.lets_in(PASSWORD, NEW)


@pytest.mark.asvs("6.3.7")
async def test_the_old_address_is_told(tmp_path: Path) -> None:
    """A thief who takes the account along cannot keep its owner from hearing of it."""

    async def attack(house: PostHouse) -> bool:
        await house.move_in()
        await move(house)
        return ("address-changed", ADA) not in await house.sent()

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(OwnAddress, Quiet)
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_who_proves_the_address_that_it_has_is_told_nothing_wrong(house: PostHouse) -> None:
    """No letter says that the address has changed; it is proved from now on."""
    await move(house, ADA)
    assert await house.sent() == [("address", ADA)]
    kept = await house.accounts.opened().administration.accounts.everybody()
    assert [each.email for each in kept] == [ADA]


async def test_a_code_for_the_old_address_is_dead(tmp_path: Path) -> None:
    """Whoever reads the old mailbox comes back with no code from before."""

    async def attack(house: PostHouse) -> bool:
        await house.move_in()
        code = await reset_code(house)
        await move(house)
        return (await house.post("/auth/reset/confirm", code=code, password=STRANGE_PASSWORD)).status_code == 204

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Codes, ForgettingCodes)
        await two_sided_async(attack, whole=whole, twin=twin)
        await whole.sent()
        for name in (ADA, NEW):
            await whole.post("/auth/reset", name=name)
        assert await whole.sent() == [("reset", NEW)]


async def test_the_answer_does_not_tell_which_addresses_are_taken(house: PostHouse) -> None:
    """A free one, a taken one, one of somebody disabled: the same bytes, and nothing goes to one that is taken."""
    await house.move_in(BEA)
    await house.disable(await house.move_in("cleo@example.com"))
    token = (await house.enter())["access_token"]
    addresses = (NEW, BEA, "BEA@example.com", "cleo@example.com")
    answers = [told(await house.post("/auth/me/address", token, password=PASSWORD, address=each)) for each in addresses]
    assert answers[0][0] == 202
    assert all(each == answers[0] for each in answers)
    assert await house.sent() == [("address", NEW)]


async def test_an_address_that_was_taken_meanwhile_stays_with_whoever_has_it(house: PostHouse) -> None:
    """The code came to it, so this tells nothing that its reader does not know."""
    token = await ask(house)
    code = await house.code("address")
    await house.move_in(NEW, password=STRANGE_PASSWORD)
    assert problem(await house.post("/auth/me/address/confirm", token, code=code)) == (409, "name-taken")
    assert await house.lets_in(STRANGE_PASSWORD, NEW)
    assert await house.lets_in(PASSWORD, ADA)


async def test_the_code_of_another_account_is_refused(tmp_path: Path) -> None:
    """And stays good for its own."""

    async def attack(house: PostHouse) -> bool:
        await house.move_in()
        await house.move_in(BEA)
        token = await ask(house)
        code = await house.code("address")
        stranger = (await house.enter(BEA))["access_token"]
        if await confirms(house, stranger, code):
            return True
        assert await confirms(house, token, code)
        return False

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Codes, AnybodysCodes)
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_code_is_over_after_ten_minutes(tmp_path: Path) -> None:
    """Here as well."""

    async def attack(house: PostHouse) -> bool:
        await house.move_in()
        await ask(house)
        code = await house.code("address")
        house.clock.advance(CODE_SECONDS)
        return await confirms(house, str((await house.enter())["access_token"]), code)

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Codes, LooseCodes)
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_new_code_ends_the_one_before(house: PostHouse) -> None:
    """Whoever mistyped asks again, and only the last one counts. It is good once."""
    token = await ask(house, "ada@example.net")
    first = await house.code("address")
    await ask(house)
    second = await house.code("address")
    assert not await confirms(house, token, first)
    assert await confirms(house, token, second)
    token = str((await house.enter(NEW))["access_token"])
    assert not await confirms(house, token, second)


async def test_what_was_asked_with_the_old_password_is_not_mailed_any_more(house: PostHouse) -> None:
    """The stranger's password was right when it was looked at; then the owner came back: no code goes out."""
    opened = house.accounts.opened()
    account = await opened.own_password.prove(await house.move_in(BEA), PASSWORD, None)
    await come_back(house, BEA, NEW_PASSWORD)
    await house.sent()
    async with house.accounts._database.writing() as connection:
        await opened.own_address._write(connection, account, "thief@example.com")
    assert await house.sent() == []


async def test_a_username_that_looks_like_an_address_takes_none(tmp_path: Path) -> None:
    """Where names are usernames, somebody who is called as another's address does not keep it from its owner."""
    async with PostHouse(tmp_path, identifier="username") as house:
        await house.move_in(ADA, password=STRANGE_PASSWORD)
        await house.move_in("ada")
        token = await ask(house, ADA, "ada")
        assert await confirms(house, token, await house.code("address"))
        kept = await house.accounts.opened().administration.accounts.everybody()
        assert {each.name: each.email for each in kept} == {ADA: None, "ada": ADA}
