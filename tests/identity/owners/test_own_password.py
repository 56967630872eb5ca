"""The password of whoever is signed in: shown again before what matters, and changed with all that hangs on it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from buckler.asgi import Exchange
from buckler.identity.account_store import Account, AccountChanged
from buckler.identity.owners.endings import Endings
from buckler.identity.owners.own_password import OwnPassword, PasswordRefused
from tests.identity.house import PASSWORD, WRONG
from tests.identity.owners.test_recovery import NoEndings, come_back, reset_code
from tests.identity.post_house import ADA, BEA, NEW_PASSWORD, PostHouse, problem
from tests.proof import two_sided, two_sided_async


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PostHouse]:
    """A house in which Ada lives."""
    async with PostHouse(tmp_path) as made:
        await made.move_in()
        yield made


class Trusting(OwnPassword):
    """Asks for a password, and looks at none."""

    async def prove(
        self, account_id: str, password: str, exchange: Exchange | None, version: int | None = None
    ) -> Account:
        account = await self._desk.store.find_by_id(account_id)
        assert account is not None
        return account


class Unversioned(OwnPassword):
    """Takes the password of whoever comes, with a token of whatever version."""

    async def prove(
        self, account_id: str, password: str, exchange: Exchange | None, version: int | None = None
    ) -> Account:
        return await super().prove(account_id, password, exchange)


@pytest.mark.asvs("6.2.3", "7.5.1")
async def test_a_token_alone_changes_nothing(tmp_path: Path) -> None:
    """With another password an account keeps its own, its address and itself; where none is looked at it loses all."""

    async def changed(house: PostHouse) -> set[str]:
        await house.move_in()
        token = (await house.enter())["access_token"]
        found = set[str]()
        await house.post("/auth/me/address", token, password=WRONG, address="thief@example.com")
        if ("address", "thief@example.com") in await house.sent():
            found.add("address")
        await house.post("/auth/me/password", token, current=WRONG, new=NEW_PASSWORD)
        if await house.lets_in(NEW_PASSWORD):
            found.add("password")
            token = (await house.enter(password=NEW_PASSWORD))["access_token"]
        if (await house.post("/auth/me/erase", token, password=WRONG)).status_code == 204:
            found.add("account")
        return found

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(OwnPassword, Trusting)
        found = {"whole": await changed(whole), "twin": await changed(twin)}
    for thing in ("address", "password", "account"):

        def attack(kind: str, thing: str = thing) -> bool:
            return thing in found[kind]

        two_sided(attack, whole="whole", twin="twin")


async def test_what_is_not_the_password_is_refused_and_told_to_the_log(
    house: PostHouse, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody else's too, and a blank one before anything is compared. The event says whose it was not."""
    caplog.set_level(logging.INFO, "buckler.events")
    await house.move_in(BEA, password=WRONG)
    token = (await house.enter())["access_token"]
    for current in (WRONG, PASSWORD.upper(), PASSWORD + "\x00"):
        answer = await house.post("/auth/me/password", token, current=current, new=NEW_PASSWORD)
        assert problem(answer) == (403, "password-refused")
    before = house.accounts._workbench.begun
    for path, members in (("password", {"current": "", "new": NEW_PASSWORD}), ("erase", {"password": ""})):
        assert (await house.post(f"/auth/me/{path}", token, **members)).status_code == 422
    assert house.accounts._workbench.begun == before
    told = [json.loads(line) for line in caplog.messages if '"own password"' in line]
    assert [each["event"] for each in told] == ["authn_login_fail"] * 3
    assert WRONG not in caplog.text


@pytest.mark.asvs("7.4.3")
async def test_with_a_new_password_everything_from_before_ends(tmp_path: Path) -> None:
    """Tokens, sessions and codes of every device; the one that changed it has a new session. Else all of it lives."""

    async def living(house: PostHouse) -> set[str]:
        await house.move_in()
        here, there = await house.enter(), await house.enter()
        code = await reset_code(house)
        answer = await house.post("/auth/me/password", here["access_token"], current=PASSWORD, new=NEW_PASSWORD)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert (await house.get("/auth/me", answer.json()["access_token"])).status_code == 200
        found = set[str]()
        for held in (here, there):
            if (await house.get("/auth/me", held["access_token"])).status_code == 200:
                found.add("access")
            if (await house.post("/auth/refresh", refresh_token=held["refresh_token"])).status_code == 200:
                found.add("refresh")
        assert not await house.lets_in(PASSWORD)
        assert await house.lets_in(NEW_PASSWORD)
        if (await house.post("/auth/reset/confirm", code=code, password=WRONG)).status_code == 204:
            found.add("code")
        return found

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Endings, NoEndings)
        found = {"whole": await living(whole), "twin": await living(twin)}
    for thing in ("access", "refresh", "code"):

        def attack(kind: str, thing: str = thing) -> bool:
            return thing in found[kind]

        two_sided(attack, whole="whole", twin="twin")


async def test_the_owner_is_told(house: PostHouse) -> None:
    """Whoever changed it: a letter goes to the address of the account."""
    token = (await house.enter())["access_token"]
    await house.post("/auth/me/password", token, current=PASSWORD, new=NEW_PASSWORD)
    assert await house.sent() == [("password-changed", ADA)]


async def test_a_weak_password_is_refused_and_ends_nothing(house: PostHouse) -> None:
    """What is wrong with it is said; token and password stay good."""
    token = (await house.enter())["access_token"]
    for new in ("", "short", "x" * 257, "ada example ada"):
        answer = await house.post("/auth/me/password", token, current=PASSWORD, new=new)
        assert answer.status_code == 422, new
    assert (await house.get("/auth/me", token)).status_code == 200
    assert await house.sent() == []


async def test_the_same_password_again_is_no_change(house: PostHouse) -> None:
    """Nor is the same as another keyboard writes it; somebody who does not have the password learns nothing of it."""
    token = (await house.enter())["access_token"]
    wide = PASSWORD.translate({ord(letter): ord(letter) + 0xFEE0 for letter in "abcdefghijklmnopqrstuvwxyz"})
    for new in (PASSWORD, wide):
        answer = await house.post("/auth/me/password", token, current=PASSWORD, new=new)
        assert problem(answer) == (422, "weak-password")
        assert "has already" in answer.json()["detail"]
    assert problem(await house.post("/auth/me/password", token, current=WRONG, new=WRONG)) == (403, "password-refused")
    assert (await house.get("/auth/me", token)).status_code == 200


async def test_of_two_changes_at_once_one_is_made(house: PostHouse) -> None:
    """Both knew the password; the one that comes second finds another, and leaves no session."""
    token = (await house.enter())["access_token"]
    news = [f"{NEW_PASSWORD} number {each}" for each in range(4)]
    changes = [house.post("/auth/me/password", token, current=PASSWORD, new=each) for each in news]
    answers = await asyncio.gather(*changes)
    assert sorted(each.status_code for each in answers) == [200, 401, 401, 401]
    assert sum([await house.lets_in(each) for each in news]) == 1


async def test_a_change_that_was_under_way_finds_its_owner_back(tmp_path: Path) -> None:
    """The stranger's password was right when it was looked at; then the owner came back with a code."""

    async def attack(house: PostHouse) -> bool:
        account_id = await house.move_in()
        own = house.accounts.opened().own_password
        proved = await own.prove(account_id, PASSWORD, None)
        await come_back(house, password=NEW_PASSWORD)

        async def prove(*_: object) -> Account:
            return proved

        own.prove = prove  # type: ignore[method-assign, assignment]  # the look at the password is over
        try:
            await own.change(account_id, PASSWORD, WRONG, None)
        except AccountChanged:
            return False
        return await house.lets_in(WRONG)

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        store = twin.accounts.opened().own_password._desk.store
        set_password = store.set_password

        async def set_whatever_it_was(connection: object, account: Account, sealed: bytes, now: int) -> bool:
            present = await store.of_id(connection, account.id)  # type: ignore[arg-type]
            assert present is not None
            return await set_password(connection, present, sealed, now)  # type: ignore[arg-type]

        store.set_password = set_whatever_it_was  # type: ignore[method-assign]
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_token_that_was_ended_under_way_proves_nothing(tmp_path: Path) -> None:
    """The guard let the request in; then its owner signed out everywhere. The right password brings nothing."""

    async def attack(house: PostHouse) -> bool:
        account_id = await house.move_in()
        token = (await house.enter())["access_token"]
        assert (await house.post("/auth/logout-everywhere", token)).status_code == 204
        own, before = house.accounts.opened().own_password, house.accounts._workbench.begun
        try:
            await own.change(account_id, PASSWORD, NEW_PASSWORD, None, 1)
        except AccountChanged:
            assert house.accounts._workbench.begun == before
            return False
        return await house.lets_in(NEW_PASSWORD)

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(OwnPassword, Unversioned)
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_every_route_that_asks_for_the_password_says_the_version(house: PostHouse) -> None:
    """That of the token which came with it."""
    await house.post("/auth/logout-everywhere", (await house.enter())["access_token"])
    token, found = (await house.enter())["access_token"], []
    own = house.accounts.opened().own_password

    async def prove(*given: object) -> Account:
        found.append(given[-1])
        raise PasswordRefused("It is enough to see who asks.")

    own.prove = prove  # type: ignore[method-assign, assignment]  # to see what it is called with
    for path, member, more in (
        ("password", "current", {"new": NEW_PASSWORD}),
        ("address", "password", {"address": BEA}),
        ("erase", "password", {}),
    ):
        answer = await house.post(f"/auth/me/{path}", token, **{member: PASSWORD}, **more)
        assert problem(answer) == (403, "password-refused")
    assert found == [2, 2, 2]


async def test_nobody_proves_an_account_that_is_gone_or_disabled(house: PostHouse) -> None:
    """Fail closed, and without a hash."""
    own, account_id = house.accounts.opened().own_password, await house.move_in(BEA)
    await house.disable(account_id)
    before = house.accounts._workbench.begun
    for each in (account_id, "of-another-issuer"):
        with pytest.raises(PasswordRefused):
            await own.prove(each, PASSWORD, None)
    assert house.accounts._workbench.begun == before


async def test_a_thief_of_a_token_may_guess_ten_times_a_minute(house: PostHouse) -> None:
    """Counted by account, from whatever network, and over all that asks for the password. The answer says when."""
    token = (await house.enter())["access_token"]
    for at in range(10):
        path, member = (("password", "current"), ("erase", "password"))[at % 2]
        more = {"new": NEW_PASSWORD} if path == "password" else {}
        assert (await house.post(f"/auth/me/{path}", token, **{member: WRONG}, **more)).status_code == 403
    for path in ("password", "erase", "address", "address/confirm"):
        answer = await house.post(f"/auth/me/{path}", token)
        assert problem(answer) == (429, "route-limited")
        assert int(answer.headers["retry-after"]) >= 1
