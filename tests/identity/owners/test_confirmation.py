"""Accounts that begin with a mailed code: nobody is told who has one, and nobody has one before the code came."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler import Buckler, ConfigurationError, Settings
from buckler.identity.administration.administration import OPERATOR, Acting, Administration, RoleRefused
from buckler.identity.mail.codes import CODE_SECONDS, Codes
from buckler.identity.mail.mailer import MailFailed
from tests.identity.house import PASSWORD, WRONG
from tests.identity.mail.memory import MemoryMailer
from tests.identity.office import ROLES, Lax
from tests.identity.owners.test_recovery import LooseCodes, reset_code
from tests.identity.post_house import ADA, BEA, NEW_PASSWORD, STRANGE_PASSWORD, PostHouse, problem, told
from tests.proof import two_sided, two_sided_async

CLEO = "cleo@example.com"


class Verified(PostHouse):
    """Whoever registers proves an address."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        super().__init__(folder, **{"registration": "verified", **changes})

    async def invite(self, token: str, name: str = CLEO, **members: Any) -> str:
        """The code of an invitation."""
        answer = await self.post("/auth/invitations", token, name=name, **members)
        assert answer.status_code == 202, answer.text
        return await self.code("invite")

    async def confirms(self, code: str, password: str = NEW_PASSWORD) -> bool:
        return (await self.post("/auth/confirm", code=code, password=password)).status_code == 201

    async def roles_of(self, name: str) -> set[str]:
        found = await self.accounts.opened().administration.accounts.everybody()
        return next(set(each.roles) for each in found if each.name == name)


class Forgetful(Administration):
    """Does not look again at whoever acts."""

    async def look_again(self, connection: AsyncConnection, acting: Acting) -> None:
        """Once is enough."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Verified]:
    """A house in which Ada lives."""
    async with Verified(tmp_path) as made:
        await made.move_in()
        yield made


@pytest.mark.asvs("6.3.8")
async def test_registering_does_not_tell_who_has_an_account(tmp_path: Path) -> None:
    """A taken address, in any spelling, and a free one: the same bytes. Where registration is open they differ."""

    async def attack(house: PostHouse) -> bool:
        await house.move_in()
        more = {"password": NEW_PASSWORD} if house.accounts.settings.registration == "open" else {}
        names = (ADA, "ADA@example.com", "nobody@example.com")
        answers = [told(await house.post("/auth/register", name=each, **more)) for each in names]
        return any(each != answers[0] for each in answers)

    async with Verified(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        await two_sided_async(attack, whole=whole, twin=twin)
        assert sorted(await whole.sent()) == [("confirm", "nobody@example.com"), ("taken", ADA)]


async def test_neither_do_registering_and_signing_in(house: Verified) -> None:
    """In two steps it is the same: nobody has the password that was never chosen."""
    await house.disable(await house.move_in(BEA))
    told_of = []
    for name in (ADA, BEA, "nobody@example.com"):
        registered = await house.post("/auth/register", name=name)
        tried = await house.post("/auth/sign-in", name=name, password=WRONG)
        told_of.append((told(registered), told(tried)))
    assert all(each == told_of[0] for each in told_of)
    assert (told_of[0][0][0], told_of[0][1][0]) == (202, 401)


async def test_no_answer_waits_for_what_an_address_costs(house: Verified) -> None:
    """While somebody else writes into the database nothing can be written: both answers come all the same."""
    async with house.accounts._database.writing():
        for name in (ADA, "nobody@example.com"):
            async with asyncio.timeout(5):
                assert (await house.post("/auth/register", name=name)).status_code == 202
    assert sorted(await house.sent()) == [("confirm", "nobody@example.com"), ("taken", ADA)]


async def test_an_account_begins_with_the_code(house: Verified) -> None:
    """It has the role of every new account and a proved address, and nobody is signed in by it."""
    await house.post("/auth/register", name=CLEO)
    answer = await house.post("/auth/confirm", code=await house.code("confirm"), password=NEW_PASSWORD)
    assert (answer.status_code, sorted(answer.json())) == (201, ["id", "name"])
    assert await house.lets_in(NEW_PASSWORD, CLEO)
    kept = await house.accounts.opened().administration.accounts.everybody()
    assert [(each.email, set(each.roles)) for each in kept if each.name == CLEO] == [(CLEO, {"reader"})]


async def test_nobody_lies_in_wait_behind_an_address(tmp_path: Path) -> None:
    """A stranger registers with it: there is no account, and no password of his. Where it is open he is in."""

    async def attack(house: PostHouse) -> bool:
        await house.post("/auth/register", name=ADA, password=STRANGE_PASSWORD)
        await house.post("/auth/register", name=ADA)
        return await house.lets_in(STRANGE_PASSWORD)

    async with Verified(tmp_path / "whole") as whole, PostHouse(tmp_path / "twin") as twin:
        await two_sided_async(attack, whole=whole, twin=twin)
        assert await whole.accounts.opened().administration.accounts.everybody() == []


async def test_strangers_neither_fill_the_mailbox_nor_end_the_code(house: Verified) -> None:
    """Many who register with one address cause one letter in ten minutes, to its owner or to nobody's account."""
    await house.post("/auth/register", name=CLEO)
    code = await house.code("confirm")
    house.mailer.letters.clear()
    for at in range(26):
        assert (await house.post("/auth/register", name=(ADA, CLEO)[at % 2])).status_code == 202
    assert await house.sent() == [("taken", ADA)]
    assert await house.confirms(code)


async def test_of_twenty_who_bring_a_code_at_once_one_is_let_through(house: Verified) -> None:
    """One account, with its password; the others hear that the code is not good, and so does whoever comes later."""
    await house.post("/auth/register", name=CLEO)
    code = await house.code("confirm")
    passwords = [f"{NEW_PASSWORD} number {each}" for each in range(20)]
    made = await asyncio.gather(*(house.confirms(code, each) for each in passwords))
    assert made.count(True) == 1
    assert await house.lets_in(passwords[made.index(True)], CLEO)
    answer = await house.post("/auth/confirm", code=code, password=NEW_PASSWORD)
    assert problem(answer) == (403, "code-refused")


async def test_a_code_is_over_after_ten_minutes(tmp_path: Path) -> None:
    """One second before it is good; at the end it is not."""

    async def attack(house: Verified) -> bool:
        await house.post("/auth/register", name=CLEO)
        code = await house.code("confirm")
        house.clock.advance(CODE_SECONDS)
        return await house.confirms(code)

    async with Verified(tmp_path / "whole") as whole, Verified(tmp_path / "twin") as twin:
        twin.become(Codes, LooseCodes)
        await two_sided_async(attack, whole=whole, twin=twin)
        await whole.post("/auth/register", name=CLEO)
        code = await whole.code("confirm")
        whole.clock.advance(CODE_SECONDS - 1)
        assert await whole.confirms(code)


async def test_a_code_for_something_else_opens_no_account(house: Verified) -> None:
    """One that replaces a password, one for another address; and one that opens an account replaces no password."""
    token = (await house.enter())["access_token"]
    await house.post("/auth/me/address", token, password=PASSWORD, address="ada@example.org")
    codes = [await reset_code(house), await house.code("address")]
    for code in codes:
        assert problem(await house.post("/auth/confirm", code=code, password=NEW_PASSWORD)) == (403, "code-refused")
    await house.post("/auth/register", name=CLEO)
    code = await house.code("confirm")
    answer = await house.post("/auth/reset/confirm", code=code, password=NEW_PASSWORD)
    assert problem(answer) == (403, "code-refused")
    assert await house.confirms(code)


async def test_a_weak_password_uses_no_code_up(house: Verified) -> None:
    """It is told what is wrong with it, and the code is good for a better one."""
    await house.post("/auth/register", name=CLEO)
    code = await house.code("confirm")
    for password in ("", "short", "password password", "x" * 257):
        assert (await house.post("/auth/confirm", code=code, password=password)).status_code == 422
    assert await house.confirms(code)


async def test_an_address_that_was_taken_meanwhile_is_told_to_nobody(house: Verified) -> None:
    """Two codes for one address, one of them an invitation: the first makes the account, the second is not good."""
    await house.post("/auth/register", name=CLEO)
    code = await house.code("confirm")
    await house.accounts.opened().confirmation.invite(OPERATOR, CLEO, None, None)
    invitation = await house.code("invite")
    assert await house.confirms(code)
    answer = await house.post("/auth/confirm", code=invitation, password=STRANGE_PASSWORD)
    assert problem(answer) == (403, "code-refused")
    assert not await house.lets_in(STRANGE_PASSWORD, CLEO)


async def test_a_mail_server_that_is_lost_fails_no_request(house: Verified) -> None:
    """Neither registering nor inviting."""
    house.mailer.down = MailFailed("refused", code=550, lasting=True)
    assert (await house.post("/auth/register", name=CLEO)).status_code == 202
    await house.accounts.opened().confirmation.invite(OPERATOR, BEA, None, None)
    await house.deliver()
    assert house.mailer.letters == []


# --- invitations ------------------------------------------------------------------------------------------------------


async def test_whoever_is_invited_chooses_a_password_and_has_the_roles(house: Verified) -> None:
    """Those that were given, or that of every new account."""
    await house.move_in(BEA, "admin")
    token = (await house.enter(BEA))["access_token"]
    assert await house.confirms(await house.invite(token, roles=["desk"]))
    assert await house.roles_of(CLEO) == {"desk"}
    assert await house.confirms(await house.invite(token, "dana@example.com"))
    assert await house.roles_of("dana@example.com") == {"reader"}
    taken = await house.post("/auth/invitations", token, name=CLEO)
    assert problem(taken) == (409, "name-taken")
    unknown = await house.post("/auth/invitations", token, name="emil@example.com", roles=["root"])
    assert problem(unknown) == (422, "unknown-role")


@pytest.mark.asvs("8.2.1")
async def test_nobody_invites_beyond_his_own_rights(tmp_path: Path) -> None:
    """Whoever may write accounts makes no administrator. Where rights are not looked at he does."""

    async def attack(house: Verified) -> bool:
        await house.move_in(BEA, "desk")
        token = (await house.enter(BEA))["access_token"]
        answer = await house.post("/auth/invitations", token, name=CLEO, roles=["admin"])
        return answer.status_code == 202

    async with Verified(tmp_path / "whole") as whole, Verified(tmp_path / "twin") as twin:
        twin.become(Administration, Lax)
        await two_sided_async(attack, whole=whole, twin=twin)
        assert await whole.sent() == []


async def test_only_who_may_write_accounts_invites(house: Verified) -> None:
    """A reader is refused, and so is nobody."""
    reader = (await house.enter())["access_token"]
    assert problem(await house.post("/auth/invitations", reader, name=CLEO)) == (403, "forbidden")
    assert problem(await house.post("/auth/invitations", name=CLEO)) == (401, "sign-in-required")
    assert await house.sent() == []


Change = Callable[[Verified, str], Awaitable[object]]


async def _recovers(house: Verified, _: str) -> None:
    await house.post("/auth/reset", name=BEA)
    answer = await house.post("/auth/reset/confirm", code=await house.code("reset"), password=NEW_PASSWORD)
    assert answer.status_code == 204


async def _loses_rights(house: Verified, account_id: str) -> None:
    await house.accounts.opened().administration.set_roles(OPERATOR, account_id, ["reader"])


async def _erases(house: Verified, account_id: str) -> None:
    await house.accounts.opened().personal_data.erase(account_id, PASSWORD, None)


CHANGES: dict[str, Change] = {
    "is disabled": PostHouse.disable,
    "recovers": _recovers,
    "loses rights": _loses_rights,
    "erases itself": _erases,
}


async def test_an_invitation_dies_with_the_rights_of_whoever_made_it(tmp_path: Path) -> None:
    """Somebody invites an accomplice and is found out: within the ten minutes the code opens nothing."""

    async def opening(house: Verified) -> set[str]:
        found = set[str]()
        for what, change in CHANGES.items():
            account_id = await house.move_in(BEA, "admin")
            token = (await house.enter(BEA))["access_token"]
            code = await house.invite(token, f"{what.replace(' ', '-')}@example.com", roles=["admin"])
            await change(house, account_id)
            if await house.confirms(code):
                found.add(what)
            async with house.accounts._database.writing() as connection:
                await house.accounts.opened().own_password._desk.store.delete(connection, account_id)
        return found

    async with Verified(tmp_path / "whole") as whole, Verified(tmp_path / "twin") as twin:
        twin.become(Administration, Forgetful)
        for each in (whole, twin):
            await each.move_in(ADA, "admin")  # somebody else administrates
        found = {"whole": await opening(whole), "twin": await opening(twin)}
    for what in CHANGES:

        def attack(kind: str, what: str = what) -> bool:
            return what in found[kind]

        two_sided(attack, whole="whole", twin="twin")


async def test_who_was_disabled_a_moment_ago_invites_nobody(house: Verified) -> None:
    """The request was let in before; in the transaction its account is looked at again."""
    account_id = await house.move_in(BEA, "desk")
    token = (await house.enter(BEA))["access_token"]
    who = await house.accounts.authenticate(token.encode())
    assert who is not None
    await house.disable(account_id)
    with pytest.raises(RoleRefused):
        await house.accounts.opened().confirmation.invite(Acting.of(who), CLEO, None, None)
    assert await house.sent() == []


async def test_a_stolen_token_does_not_make_the_mail_server_write_to_the_world(house: Verified) -> None:
    """Thirty invitations a minute, by account."""
    await house.move_in(BEA, "admin")
    token = (await house.enter(BEA))["access_token"]
    for at in range(30):
        assert (await house.post("/auth/invitations", token, name=f"p{at}@example.com")).status_code == 202
    answer = await house.post("/auth/invitations", token, name=CLEO)
    assert problem(answer) == (429, "route-limited")


# --- the start --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"identifier": "email"}, "BUCKLER_REGISTRATION=verified without mail.*BUCKLER_MAIL, as in smtps://"),
        ({"identifier": "username"}, "BUCKLER_IDENTIFIER=username: a code cannot.*Set BUCKLER_IDENTIFIER=email"),
    ],
)
def test_where_no_code_can_be_mailed_the_app_does_not_start(tmp_path: Path, given: dict[str, Any], words: str) -> None:
    """And says what to set. With usernames a mail server does not help."""
    secret = tmp_path / "secret"
    secret.write_text("Vq3PZ0mYkD5xJ8hTn2Lr7wBs4Ge6Uc1aXfQi9oKvHyM=\n")
    secret.chmod(0o600)
    whole = Settings.load(
        origin="https://api.example.test", data=tmp_path / "data", registration="verified", master_secret_file=secret,
        **given,
    )  # fmt: skip
    mailer = MemoryMailer() if given["identifier"] == "username" else None
    with pytest.raises(ConfigurationError, match=words):
        Buckler(FastAPI(), accounts=True, roles=ROLES, settings=whole, mailer=mailer)
