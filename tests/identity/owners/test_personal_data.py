"""What is kept about somebody: shown whole, without anything that opens anything; and erased, with all of it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.account_store import Account, AccountChanged
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.administration.last_administrator import LastAdministrator
from buckler.identity.owners import personal_data
from buckler.identity.owners.endings import Endings
from buckler.identity.owners.own_password import OwnPassword
from tests.identity.house import PASSWORD
from tests.identity.owners.test_recovery import NoEndings, come_back, reset_code
from tests.identity.post_house import ADA, BEA, PostHouse, problem
from tests.proof import two_sided, two_sided_async


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PostHouse]:
    """A house in which Ada lives."""
    async with PostHouse(tmp_path) as made:
        await made.move_in()
        yield made


def rows(house: PostHouse, query: str) -> list[Any]:
    """What the database has."""
    with closing(sqlite3.connect(house.accounts.settings.data / DATABASE_FILE)) as connection:
        return connection.execute(query).fetchall()


async def erase(house: PostHouse, name: str = ADA) -> None:
    token = (await house.enter(name))["access_token"]
    answer = await house.post("/auth/me/erase", token, password=PASSWORD)
    assert (answer.status_code, answer.content) == (204, b""), answer.text


async def test_the_export_has_all_that_is_kept(house: PostHouse) -> None:
    """The account, its sessions with those that are over, and its devices; kept by nobody on the way."""
    await house.move_in(BEA)
    await house.enter(BEA)
    over = await house.enter()
    await house.ask("POST", "/auth/logout", over["access_token"])
    answer = await house.get("/auth/me/export", (await house.enter(device=over["device"]))["access_token"])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    assert {name: told[name] for name in ("name", "email", "roles")} == {
        "name": ADA,
        "email": None,
        "roles": ["reader"],
    }
    assert told["created_at"] == told["last_sign_in_at"] == int(house.clock.now())
    assert sorted((each["current"], each["ended_at"] is None) for each in told["sessions"]) == [
        (False, False), (True, True),
    ]  # fmt: skip
    assert all(each["place"].startswith("127.0.0.") and each["agent"] for each in told["sessions"])
    assert len(told["devices"]) == 1
    events = [each["event"] for each in told["events"]]
    assert (events.count("authn_login_success"), events.count("user_created")) == (2, 1)
    assert all(each["client"].startswith("127.0.0.") for each in told["events"])
    counted = rows(house, "SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM device)")
    assert counted == [(3, 2)], "of two people"


async def test_the_export_has_nothing_that_opens_anything(house: PostHouse) -> None:
    """No column of bytes, which all digests and sealed blobs are, as hex or base64; no token, no code."""
    held = await house.enter()
    code = await reset_code(house)
    body = (await house.get("/auth/me/export", held["access_token"])).text
    kept = [
        value
        for table in ("account", "session", "device", "code")
        for row in rows(house, f"SELECT * FROM {table}")  # noqa: S608 - the names stand above
        for value in row
        if isinstance(value, bytes)
    ]
    assert len(kept) >= 5
    told = [value.hex() for value in kept]
    for secret in (
        *told,
        held["access_token"],
        held["refresh_token"],
        held["device"],
        code,
        "argon2",
        "digest",
        "seal",
    ):
        assert secret not in body
    assert '"version"' not in body


async def test_everybody_sees_his_own_alone(house: PostHouse) -> None:
    """Nobody is anybody without a token; nothing in the request says whose it is."""
    await house.move_in(BEA)
    token = (await house.enter(BEA))["access_token"]
    other = (await house.get("/auth/me/export", (await house.enter())["access_token"])).json()
    answer = await house.get(f"/auth/me/export?id={other['id']}", token)
    assert answer.json()["name"] == BEA
    assert problem(await house.get("/auth/me/export")) == (401, "sign-in-required")


async def test_of_an_erased_account_nothing_lives(tmp_path: Path) -> None:
    """Tokens, sessions, devices and codes are gone, after a restart too. Without the endings its tokens live on."""

    async def living(house: PostHouse) -> set[str]:
        await house.move_in()
        held = await house.enter()
        code = await reset_code(house)
        await erase(house)
        found = set[str]()
        if (await house.get("/auth/me", held["access_token"])).status_code == 200:
            found.add("access")
        assert (await house.post("/auth/refresh", refresh_token=held["refresh_token"])).status_code == 401
        assert (await house.post("/auth/reset/confirm", code=code, password=PASSWORD)).status_code == 403
        assert not await house.lets_in(PASSWORD)
        for table in ("account", "session", "device", "code"):
            assert rows(house, f"SELECT * FROM {table}") == []  # noqa: S608 - the names stand above
        await house.accounts.close()
        await house.accounts.open()
        if (await house.get("/auth/me", held["access_token"])).status_code == 200:
            found.add("access after a restart")
        return found

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(Endings, NoEndings)
        found = {"whole": await living(whole), "twin": await living(twin)}
    for thing in ("access", "access after a restart"):

        def attack(kind: str, thing: str = thing) -> bool:
            return thing in found[kind]

        two_sided(attack, whole="whole", twin="twin")


async def test_whoever_comes_next_with_the_name_has_nothing_of_it(house: PostHouse) -> None:
    """The same address makes another account: another id, and no token of before is its."""
    held = await house.enter()
    await erase(house)
    await house.move_in()
    assert (await house.get("/auth/me", held["access_token"])).status_code == 401
    told = (await house.get("/auth/me/export", (await house.enter())["access_token"])).json()
    assert (len(told["sessions"]), len(told["devices"])) == (1, 1)


@pytest.mark.asvs("8.3.2")
async def test_the_last_administrator_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the role came while the password was being looked at: the account is read again."""

    async def attack(house: PostHouse) -> bool:
        account_id = await house.move_in()
        opened = house.accounts.opened()
        proved = await opened.own_password.prove(account_id, PASSWORD, None)
        await opened.administration.set_roles(OPERATOR, account_id, ["reader", "admin"])

        async def prove(*_: object) -> Account:
            return proved

        opened.own_password.prove = prove  # type: ignore[method-assign, assignment]  # the look at the password is over
        try:
            await opened.personal_data.erase(account_id, PASSWORD, None)
        except LastAdministrator:
            return False
        return True

    async def keep_nobody(connection: AsyncConnection, role: str, account_id: str) -> None:
        """Nobody need be left."""

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        found = {"whole": await attack(whole)}
        with monkeypatch.context() as patch:
            patch.setattr(personal_data, "keep_an_administrator", keep_nobody)
            found["twin"] = await attack(twin)

    def judged(kind: str) -> bool:
        return found[kind]

    two_sided(judged, whole="whole", twin="twin")


async def test_the_last_administrator_is_told_what_to_do(house: PostHouse) -> None:
    """409; once another one administrates, erasing goes well. Of two at once one stays."""
    await house.move_in(BEA, "admin")
    token = (await house.enter(BEA))["access_token"]
    assert problem(await house.post("/auth/me/erase", token, password=PASSWORD)) == (409, "last-administrator")
    await house.move_in("cleo@example.com", "admin")
    other = (await house.enter("cleo@example.com"))["access_token"]
    erasing = [house.post("/auth/me/erase", each, password=PASSWORD) for each in (token, other)]
    answers = await asyncio.gather(*erasing)
    assert sorted(each.status_code for each in answers) == [204, 409]


async def test_an_erasure_that_was_under_way_finds_the_owner_back(tmp_path: Path) -> None:
    """The stranger's password was right when it was looked at; then the owner came back. The account stays."""

    class Hasty(personal_data.PersonalData):
        """Erases whatever is there."""

        async def erase(self, account_id: str, password: str, exchange: Any) -> None:
            async with self._desk.database.writing() as connection:
                await self._desk.store.delete(connection, account_id)

    async def attack(house: PostHouse) -> bool:
        account_id = await house.move_in()
        own = house.accounts.opened().own_password
        proved = await own.prove(account_id, PASSWORD, None)
        await come_back(house)

        async def prove(*_: object) -> Account:
            return proved

        own.prove = prove  # type: ignore[method-assign, assignment]  # the look at the password is over
        try:
            await house.accounts.opened().personal_data.erase(account_id, PASSWORD, None)
        except AccountChanged:
            return False
        return rows(house, "SELECT * FROM account") == []

    async with PostHouse(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        twin.become(personal_data.PersonalData, Hasty)
        await two_sided_async(attack, whole=whole, twin=twin)


async def test_a_sign_in_that_was_under_way_fails_as_any_other(house: PostHouse) -> None:
    """The account went while its password was being looked at: 401, and no error of the database."""
    sign_in, complete = house.accounts.opened().sign_in, house.accounts.opened().sign_in.complete

    async def erased_meanwhile(proved: Any, exchange: Any) -> Any:
        await house.accounts.opened().personal_data.erase(proved.account.id, PASSWORD, None)
        return await complete(proved, exchange)

    sign_in.complete = erased_meanwhile  # type: ignore[method-assign]  # the moment between two steps
    answer = await house.post("/auth/sign-in", name=ADA, password=PASSWORD)
    assert problem(answer) == (401, "sign-in-failed")


async def test_who_is_not_of_this_house_has_no_data(house: PostHouse) -> None:
    """A caller whose account is elsewhere: nothing is kept about it."""
    assert await house.accounts.opened().personal_data.everything("of-another-issuer") is None
    assert isinstance(house.accounts.opened().own_password, OwnPassword)
