"""A mailed code works once, for ten minutes, for what it was made for; the database tells nobody one."""

import asyncio
import secrets
from hashlib import sha256
from itertools import product
from typing import Any

import pytest
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.mail.code_text import SYMBOLS, read_code
from buckler.identity.mail.codes import CODE_SECONDS, CodeRefused, Codes, Purpose, UsedCode
from buckler.storage.database import Database
from buckler.storage.database.tables import CodeRow
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import Vault
from tests.clocks import FakeClock
from tests.proof import two_sided_async

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


def vault(*masters: bytes) -> Vault:
    return Vault(MasterSecret(masters or (OLD,)), "here")


class Reusable(Codes):
    """The twin that does not ask whether a code was used."""

    def _good(self, this: ColumnElement[bool], purpose: Purpose, account_id: str | None) -> ColumnElement[bool]:
        return this & (CodeRow.purpose == purpose) & (account_id is None or CodeRow.account_id == account_id)


class Endless(Codes):
    """The twin whose codes have no end."""

    def _good(self, this: ColumnElement[bool], purpose: Purpose, account_id: str | None) -> ColumnElement[bool]:
        return this & CodeRow.used_at.is_(None) & (CodeRow.purpose == purpose)


class ForAnything(Codes):
    """The twin whose codes know neither purpose nor account."""

    def _good(self, this: ColumnElement[bool], purpose: Purpose, account_id: str | None) -> ColumnElement[bool]:
        return this & CodeRow.used_at.is_(None)

    def _digests(self, purpose: Purpose, symbols: str) -> tuple[bytes, ...]:
        return super()._digests("reset", symbols)


class Lasting(Codes):
    """The twin in which a new code leaves the older one good."""

    async def make(self, connection: AsyncConnection, purpose: Purpose, **about: Any) -> str:
        return await super().make(connection, purpose, subject=secrets.token_bytes(8), payload=about.get("payload"))


class Short(Codes):
    """The twin whose codes have 15 bits that count, kept as a plain digest."""

    def _digests(self, purpose: Purpose, symbols: str) -> tuple[bytes, ...]:
        return (plain_digest(purpose, (read_code(symbols) or "")[:3]),)


def plain_digest(purpose: str, symbols: str) -> bytes:
    """What anybody can compute."""
    return sha256(f"{purpose}\x00{symbols}".encode()).digest()


class Desk:
    """Codes on a database, each step in a transaction of its own."""

    def __init__(self, database: Database, codes: Codes) -> None:
        self.database = database
        self.codes = codes

    async def make(self, purpose: Purpose = "reset", account_id: str | None = "a", **about: Any) -> str:
        async with self.database.writing() as connection:
            return await self.codes.make(connection, purpose, account_id=account_id, **about)

    async def use(self, code: str, purpose: Purpose = "reset", account_id: str | None = None) -> UsedCode:
        async with self.database.writing() as connection:
            return await self.codes.use(connection, purpose, code, account_id=account_id)

    async def passes(self, code: str, purpose: Purpose = "reset", account_id: str | None = None) -> bool:
        try:
            await self.use(code, purpose, account_id)
        except CodeRefused:
            return False
        return True

    async def rows(self) -> int:
        async with self.database.reading() as connection:
            return int((await connection.execute(select(func.count(CodeRow.id)))).scalar_one())


@pytest.fixture
def whole(database: Database, clock: FakeClock) -> Desk:
    return Desk(database, Codes(vault(), clock))


@pytest.mark.asvs("6.5.1")
async def test_of_twenty_with_one_code_one_passes(database: Database, clock: FakeClock, whole: Desk) -> None:
    """At once; and none passes later."""

    async def attack(desk: Desk) -> bool:
        code = await desk.make()
        passed = await asyncio.gather(*(desk.passes(code) for _ in range(20)))
        assert sum(passed) in (1, 20)
        return sum(passed) > 1 or await desk.passes(code)

    await two_sided_async(attack, whole=whole, twin=Desk(database, Reusable(vault(), clock)))


@pytest.mark.asvs("6.5.5")
async def test_a_code_is_over_after_ten_minutes(database: Database, clock: FakeClock, whole: Desk) -> None:
    """To the second: good before, refused from then on."""

    async def attack(desk: Desk) -> bool:
        early, late = await desk.make(account_id="a"), await desk.make(account_id="b")
        clock.advance(CODE_SECONDS - 1)
        assert await desk.passes(early)
        clock.advance(1)
        return await desk.passes(late)

    await two_sided_async(attack, whole=whole, twin=Desk(database, Endless(vault(), clock)))


@pytest.mark.asvs("6.6.2")
async def test_a_code_fits_its_purpose_and_its_account(database: Database, clock: FakeClock, whole: Desk) -> None:
    """Brought for another purpose or another account it is refused, and not used up."""

    async def attack(desk: Desk) -> bool:
        code = await desk.make("reset", "a")
        elsewhere = await desk.passes(code, "sign-in") or await desk.passes(code, "reset", "b")
        return elsewhere or not await desk.passes(code, "reset", "a")

    await two_sided_async(attack, whole=whole, twin=Desk(database, ForAnything(vault(), clock)))


async def test_a_new_code_ends_the_one_before(database: Database, clock: FakeClock, whole: Desk) -> None:
    """Of the same purpose and account: a letter that was fished out of an old mailbox is of no use."""

    async def attack(desk: Desk) -> bool:
        first, second = await desk.make(), await desk.make()
        old = await desk.passes(first)
        assert await desk.passes(second)
        return old

    await two_sided_async(attack, whole=whole, twin=Desk(database, Lasting(vault(), clock)))


async def test_codes_of_other_purposes_accounts_and_subjects_stay(whole: Desk) -> None:
    """Nobody ends a code of somebody else by asking for one."""
    reset, address, other = await whole.make(), await whole.make("address"), await whole.make(account_id="b")
    ada = await whole.make("confirm", None, subject=b"ada")
    bob = await whole.make("confirm", None, subject=b"bob")
    again = await whole.make("confirm", None, subject=b"ada")
    assert await whole.passes(reset)
    assert await whole.passes(other)
    assert await whole.passes(address, "address")
    assert [await whole.passes(each, "confirm") for each in (ada, bob, again)] == [False, True, True]


async def test_what_a_code_stands_for_comes_back_with_it(database: Database, whole: Desk) -> None:
    """The account and the payload; neither the code nor the payload can be read in the database."""
    code = await whole.make("address", payload={"address": "ada@example.com"})
    async with database.reading() as connection:
        row = (await connection.execute(select(CodeRow.digest, CodeRow.sealed))).one()
    assert b"ada" not in bytes(row.sealed or b"")
    assert code.replace("-", "").encode() not in row.digest
    used = await whole.use(code, "address", "a")
    assert (used.account_id, used.payload) == ("a", {"address": "ada@example.com"})


@pytest.mark.asvs("6.5.2", "6.5.4")
async def test_a_stolen_table_tells_no_code(database: Database, clock: FakeClock, whole: Desk) -> None:
    """128 random bits under a keyed digest: there is nothing to try, where 15 bits are found in a moment."""

    async def attack(desk: Desk) -> bool:
        await desk.make()
        async with database.reading() as connection:
            kept = (await connection.execute(select(CodeRow.digest).order_by(CodeRow.created_at.desc()))).scalars()
            stolen = set(kept)
        tried = ("".join(each) for each in product(SYMBOLS, repeat=3))
        found = next((each for each in tried if plain_digest("reset", each) in stolen), None)
        return found is not None and await desk.passes(found.ljust(26, "0"))

    await two_sided_async(attack, whole=whole, twin=Desk(database, Short(vault(), clock)))


async def test_a_row_that_somebody_else_wrote_is_refused(database: Database, whole: Desk) -> None:
    """Whoever moves the sealed part of one code to another finds that it does not open there."""
    mine, other = await whole.make(account_id="a"), await whole.make(account_id="b")
    async with database.writing() as connection:
        sealed = select(CodeRow.sealed).where(CodeRow.account_id == "b").scalar_subquery()
        await connection.execute(update(CodeRow).where(CodeRow.account_id == "a").values(sealed=sealed))
    assert [await whole.passes(each) for each in (mine, other)] == [False, True]


async def test_a_code_outlives_the_change_of_the_master_secret(database: Database, clock: FakeClock) -> None:
    """What was mailed under the old secret is good while that one still opens, and dead once it is gone."""
    before = Desk(database, Codes(vault(OLD), clock))
    first, second = await before.make(account_id="a"), await before.make(account_id="b")
    assert await Desk(database, Codes(vault(NEW, OLD), clock)).passes(first)
    assert not await Desk(database, Codes(vault(NEW), clock)).passes(second)


@pytest.mark.parametrize(
    "text", ["", "no code", "A" * 25, "A" * 27, "U" * 26, "\u00e9" * 26, "-" * 100_000, "\x00" * 26]
)
async def test_what_is_no_code_asks_the_database_nothing(whole: Desk, text: str) -> None:
    """It is refused like a wrong one."""
    with pytest.raises(CodeRefused):
        await whole.use(text)


async def test_a_wrong_code_is_refused(whole: Desk) -> None:
    """Of the right form, and made by nobody."""
    await whole.make()
    assert not await whole.passes("0" * 26)


async def test_a_code_is_about_somebody(whole: Desk) -> None:
    with pytest.raises(ValueError, match="for everybody"):
        await whole.make(account_id=None)


async def test_expired_codes_go_when_new_ones_come(clock: FakeClock, whole: Desk) -> None:
    """A few at each, so that no table grows for ever and no request pays for all."""
    for number in range(30):
        await whole.make("confirm", None, subject=bytes([number]))
    clock.advance(CODE_SECONDS)
    await whole.make()
    assert await whole.rows() == 11
    await whole.make(account_id="b")
    assert await whole.rows() == 2


async def test_the_codes_of_an_account_can_be_ended(database: Database, whole: Desk) -> None:
    """All that are unused, whatever for."""
    reset, address, other = await whole.make(), await whole.make("address"), await whole.make(account_id="b")
    async with database.writing() as connection:
        await whole.codes.end(connection, "a")
    assert not await whole.passes(reset)
    assert not await whole.passes(address, "address")
    assert await whole.passes(other)


async def test_a_lookup_uses_the_index(database: Database) -> None:
    """A wrong code costs one look, however many codes there are."""
    async with database.reading() as connection:
        plan = await connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN UPDATE code SET used_at = 1 WHERE digest IN (x'00', x'01') AND used_at IS NULL"
        )
        told = " ".join(str(row) for row in plan)
    assert "USING INDEX" in told
    assert "digest=?" in told
