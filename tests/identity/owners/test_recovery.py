"""Coming back by mail: whoever asks learns nothing, whoever has the code is in, and whoever was there before is out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.account_store import Account
from buckler.identity.login_names import InvalidName
from buckler.identity.mail.codes import CODE_SECONDS, CodeRefused, Codes, Purpose, UsedCode
from buckler.identity.mail.mailer import MailFailed
from buckler.identity.owners.desk import Desk
from buckler.identity.owners.endings import Endings
from buckler.storage.database.tables import CodeRow
from tests.identity.house import PASSWORD
from tests.identity.post_house import ADA, BEA, NEW_PASSWORD, STRANGE_PASSWORD, PostHouse, problem, told
from tests.proof import two_sided, two_sided_async
from tests.waiting import wait_until_async


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PostHouse]:
    """A house in which Ada lives."""
    async with PostHouse(tmp_path) as made:
        await made.move_in()
        yield made


async def come_back(house: PostHouse, name: str = ADA, password: str = NEW_PASSWORD) -> None:
    """The owner chooses another password with the code from the mailbox."""
    assert (await house.post("/auth/reset", name=name)).status_code == 202
    answer = await house.post("/auth/reset/confirm", code=await house.code("reset"), password=password)
    assert (answer.status_code, answer.content) == (204, b""), answer.text


async def reset_code(house: PostHouse, name: str = ADA) -> str:
    await house.post("/auth/reset", name=name)
    return await house.code("reset")


THINGS = ("access", "refresh", "device", "address", "sign-in")
"""What somebody holds who has signed in: tokens, a device that is known, and codes that were mailed."""


class ForgettingCodes(Codes):
    """Does not remember that a code was used."""

    async def use(
        self, connection: AsyncConnection, purpose: Purpose, code: str, *, account_id: str | None = None
    ) -> UsedCode:
        return await self.look(connection, purpose, code)

    async def end(self, connection: AsyncConnection, account_id: str) -> None:
        """Nothing ends."""


class LooseCodes(Codes):
    """Looks neither at the clock nor at what a code was mailed for."""

    def _good(self, this: Any, purpose: Purpose, account_id: str | None) -> Any:
        return this & CodeRow.used_at.is_(None)

    def _digests(self, purpose: Purpose, symbols: str) -> tuple[bytes, ...]:
        return super()._digests("reset", symbols)


class NoEndings(Endings):
    """Changes a password, and leaves everything that hangs on the one before."""

    async def end(self, connection: AsyncConnection, account: Account, reason: str, exchange: Any) -> None:
        """Nothing ends."""

    async def forget(self, connection: AsyncConnection, account: Account) -> None:
        """Nothing is forgotten."""


class NamedFirst(Desk):
    """Looks for a name before it looks for whoever has proved the address."""

    async def find(self, connection: AsyncConnection, name: str) -> Account | None:
        try:
            named = await self.store.of_name(connection, name)
            return named or await self.store.of_address(connection, name)
        except InvalidName:
            return None


async def test_the_answer_does_not_tell_who_has_an_account(house: PostHouse) -> None:
    """Somebody, somebody disabled, nobody, and what can be no name: the same bytes, and one letter."""
    await house.disable(await house.move_in(BEA))
    names = (ADA, BEA, "nobody@example.com", "\u202e", "x" * 254, "a\x00b", "@", "a@b@c", "'; --")
    answers = [told(await house.post("/auth/reset", name=name)) for name in names]
    assert answers[0][0] == 202
    assert all(each == answers[0] for each in answers)
    assert await house.sent() == [("reset", ADA)]


async def test_no_answer_waits_for_what_a_name_costs(house: PostHouse) -> None:
    """While somebody else writes into the database nothing can be written: both answers come all the same."""
    async with house.accounts._database.writing():
        for name in (ADA, "nobody@example.com"):
            async with asyncio.timeout(5):
                assert (await house.post("/auth/reset", name=name)).status_code == 202
    assert await house.sent() == [("reset", ADA)]


async def test_the_letter_goes_to_the_address_that_was_kept(house: PostHouse) -> None:
    """Asked with another spelling, it does not go to the mailbox of whoever asked."""
    await house.post("/auth/reset", name="ADA@EXAMPLE.COM")
    assert await house.sent() == [("reset", ADA)]


async def test_who_comes_back_is_not_signed_in_and_is_told(house: PostHouse) -> None:
    """The answer has nothing; the new password alone opens; a letter says so, and the address is proved."""
    await come_back(house)
    assert await house.sent() == [("reset", ADA), ("password-changed", ADA)]
    assert await house.lets_in(NEW_PASSWORD)
    assert not await house.lets_in(PASSWORD)
    kept = await house.accounts.opened().administration.accounts.everybody()
    assert [each.email for each in kept] == [ADA]


@pytest.mark.asvs("7.4.3")
async def test_whoever_registered_with_somebody_elses_address_is_out(tmp_path: Path) -> None:
    """The owner proves the address: of the stranger nothing lives. Where nothing ends, everything does."""

    async def living(house: PostHouse) -> set[str]:
        account_id = await house.move_in(ADA, password=STRANGE_PASSWORD)
        held = await house.enter(ADA, STRANGE_PASSWORD)
        asked = await house.post(
            "/auth/me/address", held["access_token"], password=STRANGE_PASSWORD, address="thief@example.com"
        )
        assert asked.status_code == 202
        held["address"] = await house.code("address")
        async with house.accounts._database.writing() as connection:
            held["sign-in"] = await house.accounts.opened().codes.make(connection, "sign-in", account_id=account_id)
        await come_back(house)
        assert not await house.lets_in(STRANGE_PASSWORD)
        return {thing for thing in THINGS if await is_alive(house, thing, account_id, held)}

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Endings, NoEndings)
        found = {"whole": await living(whole), "twin": await living(twin)}
    for thing in THINGS:

        def attack(kind: str, thing: str = thing) -> bool:
            return thing in found[kind]

        two_sided(attack, whole="whole", twin="twin")


async def is_alive(house: PostHouse, thing: str, account_id: str, held: dict[str, Any]) -> bool:
    """Whether this is still good for anything."""
    if thing == "access":
        return (await house.get("/auth/me", held["access_token"])).status_code == 200
    if thing == "refresh":
        return (await house.post("/auth/refresh", refresh_token=held["refresh_token"])).status_code == 200
    opened = house.accounts.opened()
    async with house.accounts._database.writing() as connection:
        if thing == "device":
            return await opened.devices.attempt(connection, account_id, held["device"]) is not None
        purpose: Purpose = "address" if thing == "address" else "sign-in"
        try:
            await opened.codes.look(connection, purpose, held[thing])
        except CodeRefused:
            return False
        return True


@pytest.mark.asvs("7.4.3")
async def test_a_sign_in_that_was_under_way_leaves_nothing(tmp_path: Path) -> None:
    """The stranger's password was right when it was looked at; then the owner came back. No device is known for it."""

    async def attack(house: PostHouse) -> bool:
        account_id = await house.move_in(ADA, password=STRANGE_PASSWORD)
        sign_in = house.accounts.opened().sign_in
        proved = await sign_in.check(ADA, STRANGE_PASSWORD, None)
        await come_back(house)
        device = await sign_in.complete(proved, None)
        if device is None:
            return False
        return await is_alive(house, "device", account_id, {"device": device.token})

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Endings, NoEndings)
        await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("6.5.1")
async def test_a_code_is_good_once(tmp_path: Path) -> None:
    """The second time it is refused, and the password stays. Codes that forget are good again."""

    async def attack(house: PostHouse) -> bool:
        await house.move_in()
        code = await reset_code(house)
        assert (await house.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)).status_code == 204
        return (await house.post("/auth/reset/confirm", code=code, password=STRANGE_PASSWORD)).status_code == 204

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Codes, ForgettingCodes)
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_of_twenty_who_bring_a_code_at_once_one_is_let_through(house: PostHouse) -> None:
    """Its password is the one that opens; the others hear that the code is not good."""
    code = await reset_code(house)
    passwords = [f"{NEW_PASSWORD} number {each}" for each in range(20)]
    tries = [house.post("/auth/reset/confirm", code=code, password=each) for each in passwords]
    answers = await asyncio.gather(*tries)
    assert sorted(each.status_code for each in answers) == [204, *[403] * 19]
    chosen = next(each for each, answer in zip(passwords, answers, strict=True) if answer.status_code == 204)
    assert await house.lets_in(chosen)


@pytest.mark.asvs("6.5.5")
async def test_a_code_is_over_after_ten_minutes(tmp_path: Path) -> None:
    """One second before it is good; at the end it is not."""

    async def attack(house: PostHouse) -> bool:
        await house.move_in()
        code = await reset_code(house)
        house.clock.advance(CODE_SECONDS)
        return (await house.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)).status_code == 204

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Codes, LooseCodes)
        await two_sided_async(attack, whole=whole, twin=twin)
        code = await reset_code(whole)
        whole.clock.advance(CODE_SECONDS - 1)
        assert (await whole.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)).status_code == 204


async def test_a_code_for_something_else_is_refused(tmp_path: Path) -> None:
    """A code to sign in with replaces no password, and stays good for what it is."""

    async def attack(house: PostHouse) -> bool:
        account_id = await house.move_in()
        async with house.accounts._database.writing() as connection:
            code = await house.accounts.opened().codes.make(connection, "sign-in", account_id=account_id)
        return (await house.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)).status_code == 204

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Codes, LooseCodes)
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_weak_password_uses_no_code_up(house: PostHouse) -> None:
    """It is told what is wrong with it, and the code is good for a better one."""
    code = await reset_code(house)
    for password in ("", "short", "password password", "x" * 257):
        weak = await house.post("/auth/reset/confirm", code=code, password=password)
        assert weak.status_code == 422, weak.text
    assert (await house.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)).status_code == 204


async def test_what_is_no_code_costs_no_hash(house: PostHouse) -> None:
    """Refused with the same words, whatever it is, before a password is hashed."""
    before = house.accounts._workbench.begun
    for code in ("7K2M4-R2D9X-WBT3H-NVC6J-PZ0A1K", "x", "\x00", "\u202e" * 64, "' OR 1=1 --"):
        answer = await house.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)
        assert problem(answer) == (403, "code-refused")
    assert house.accounts._workbench.begun == before


async def test_a_disabled_account_does_not_come_back(house: PostHouse) -> None:
    """The code of before is gone, and none is mailed."""
    account_id = await house.move_in(BEA)
    code = await reset_code(house, BEA)
    await house.disable(account_id)
    answer = await house.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)
    assert problem(answer) == (403, "code-refused")
    await house.sent()
    await house.post("/auth/reset", name=BEA)
    assert await house.sent() == []


async def test_strangers_neither_fill_the_mailbox_nor_end_the_code(house: PostHouse) -> None:
    """Many who ask cause one letter in ten minutes; its code stays good meanwhile."""
    code = await reset_code(house)
    for _ in range(25):
        assert (await house.post("/auth/reset", name=ADA)).status_code == 202
    assert await house.sent() == [("reset", ADA)]
    assert (await house.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)).status_code == 204


async def test_a_mail_server_that_is_lost_fails_no_request(house: PostHouse) -> None:
    """The answer is the one for everybody, and what can be tried again is."""
    opened = house.accounts.opened()
    for down in (MailFailed("refused", code=550, lasting=True), MailFailed("lost"), OSError("no route")):
        house.mailer.down = down
        assert (await house.post("/auth/reset", name=ADA)).status_code == 202
        await opened.afterwards.settle()
        await opened.postbox.deliver_due()
        await wait_until_async(lambda: not opened.postbox.health.good)
        house.mailer.down = None
        house.clock.advance(60)
        lasting = isinstance(down, MailFailed) and down.lasting
        assert await house.sent() == ([] if lasting else [("reset", ADA)])
        house.clock.advance(CODE_SECONDS)


async def test_a_username_takes_nobodys_way_back(tmp_path: Path) -> None:
    """Somebody chooses another's address as a username: the letter goes to whoever has proved that address."""

    async def attack(house: PostHouse) -> bool:
        await house.move_in("ada")
        token = (await house.enter("ada"))["access_token"]
        await house.post("/auth/me/address", token, password=PASSWORD, address=ADA)
        code = await house.code("address")
        token = (await house.enter("ada"))["access_token"]
        assert (await house.post("/auth/me/address/confirm", token, code=code)).status_code == 204
        await house.move_in(ADA, password=STRANGE_PASSWORD)
        await house.sent()
        await house.post("/auth/reset", name=ADA)
        return await house.sent() != [("reset", ADA)]

    by_name: dict[str, Any] = {"identifier": "username"}
    async with PostHouse(tmp_path / "whole", **by_name) as whole, PostHouse(tmp_path / "twin", **by_name) as twin:
        recovery = twin.accounts.opened().recovery
        desk = recovery._desk
        recovery._desk = NamedFirst(**{each.name: getattr(desk, each.name) for each in fields(desk)})
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_an_address_that_another_has_proved_is_not_taken_with_it(tmp_path: Path) -> None:
    """Names became addresses, and somebody is called as another's address: coming back works, and takes nothing."""
    async with PostHouse(tmp_path, identifier="username") as house:
        stranger = await house.move_in(ADA)
        await house.move_in("ada")
        token = (await house.enter("ada"))["access_token"]
        await house.post("/auth/me/address", token, password=PASSWORD, address=ADA)
        code = await house.code("address")
        assert (await house.post("/auth/me/address/confirm", token, code=code)).status_code == 204
    async with PostHouse(tmp_path) as house:
        async with house.accounts._database.writing() as connection:
            code = await house.accounts.opened().codes.make(connection, "reset", account_id=stranger)
        assert (await house.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)).status_code == 204
        kept = await house.accounts.opened().administration.accounts.everybody()
        assert {each.name: each.email for each in kept} == {ADA: None, "ada": ADA}


async def test_without_mail_there_is_no_such_way(tmp_path: Path) -> None:
    async with PostHouse(tmp_path, mail=None) as house:
        for path in ("/auth/reset", "/auth/reset/confirm", "/auth/confirm", "/auth/invitations", "/auth/me/address"):
            assert not house.has(path), path
            assert (await house.post(path, name=ADA)).status_code == 404
