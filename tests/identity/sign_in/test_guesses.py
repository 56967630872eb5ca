"""Wrong passwords are counted by name, each of them once, in a table that nobody can fill."""

import asyncio
import secrets

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.sign_in.guesses import Guesses, Tally
from buckler.identity.sign_in.throttle import FORGET
from buckler.storage.database import Database
from buckler.storage.database.tables import GuessRow
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import Vault
from tests.clocks import FakeClock
from tests.proof import two_sided_async

SECRET = secrets.token_bytes(32)


class Blind(Guesses):
    """The twin that counts whatever was counted meanwhile."""

    async def count(self, connection: AsyncConnection, seen: Tally) -> bool:
        return await super().count(connection, await self.look(connection, seen.row))


class Ledger:
    """Guesses on a database, each step in a transaction of its own."""

    def __init__(self, database: Database, guesses: Guesses) -> None:
        self.database = database
        self.guesses = guesses

    async def look(self, name: str) -> Tally:
        async with self.database.writing() as connection:
            return await self.guesses.look(connection, self.guesses.key(name))

    async def count(self, seen: Tally) -> bool:
        async with self.database.writing() as connection:
            return await self.guesses.count(connection, seen)

    async def add(self, name: str) -> Tally:
        """One more, and what is counted then."""
        assert await self.count(await self.look(name))
        return await self.look(name)

    async def clear(self, name: str) -> None:
        async with self.database.writing() as connection:
            await self.guesses.clear(connection, self.guesses.key(name))

    async def rows(self) -> int:
        async with self.database.reading() as connection:
            return int((await connection.execute(select(func.count(GuessRow.key)))).scalar_one())


def vault() -> Vault:
    return Vault(MasterSecret((SECRET,)), "here")


@pytest.fixture
def ledger(database: Database, clock: FakeClock) -> Ledger:
    return Ledger(database, Guesses(vault(), clock))


async def test_each_name_is_counted_by_itself(ledger: Ledger) -> None:
    """Spellings that look the same are one name, and what can be no name is counted too."""
    for name in ("ada@example.com", "ADA@example.com", "\uff41da@example.com"):
        await ledger.add(name)
    assert (await ledger.look("ada@example.com")).failures == 3
    assert (await ledger.look("bob@example.com")).failures == 0
    for at in range(1, 3):
        assert (await ledger.add("a\x00b")).failures == at
    await ledger.clear("ada@example.com")
    assert (await ledger.look("ada@example.com")).failures == 0
    assert (await ledger.look("a\x00b")).failures == 2


@pytest.mark.asvs("15.4.2")
async def test_of_many_who_saw_the_same_count_one_passes(database: Database, clock: FakeClock, ledger: Ledger) -> None:
    """The first of a name and those that follow."""

    async def attack(used: Ledger) -> bool:
        for _ in range(2):
            seen = await used.look("ada@example.com")
            passed = await asyncio.gather(*(used.count(seen) for _ in range(10)))
            if sum(passed) > 1:
                return True
        return False

    twin = Ledger(database, Blind(vault(), clock))
    await two_sided_async(attack, whole=ledger, twin=twin)


async def test_one_is_taken_back_and_never_more_than_there_are(ledger: Ledger) -> None:
    """What was not hashed is no guess."""
    row = (await ledger.add("ada@example.com")).row
    async with ledger.database.writing() as connection:
        for _ in range(3):
            await ledger.guesses.uncount(connection, row)
    assert (await ledger.look("ada@example.com")).failures == 0


async def test_a_name_is_free_a_day_after_the_last_one(ledger: Ledger, clock: FakeClock) -> None:
    """Each begins the day anew; afterwards its row goes, with a few others that are over."""
    for name in ("ada@example.com", "bob@example.com", "cleo@example.com"):
        await ledger.add(name)
    clock.advance(FORGET - 1)
    assert (await ledger.add("ada@example.com")).failures == 2
    clock.advance(FORGET - 1)
    assert (await ledger.look("ada@example.com")).failures == 2
    assert await ledger.rows() == 1
    clock.advance(1)
    assert (await ledger.look("ada@example.com")).failures == 0
    assert await ledger.rows() == 0


async def test_the_table_has_an_end(database: Database, clock: FakeClock) -> None:
    """Names that come when it is full share rows and are counted all the same; those before them keep theirs."""
    guesses = Guesses(vault(), clock, most=5)
    full = Ledger(database, guesses)
    for at in range(5):
        await full.add(f"person{at}@example.com")
    shared = set[bytes]()
    async with database.writing() as connection:
        keys = [guesses.key(f"stranger{at}@example.com") for at in range(150)]
        for key in keys:
            seen = await guesses.look(connection, key)
            assert await guesses.count(connection, seen)
            shared.add(seen.row)
        assert all([(await guesses.look(connection, key)).failures > 0 for key in keys])
    assert 64 < len(shared) <= 150
    assert await full.rows() == 5 + len(shared)
    assert (await full.look("person3@example.com")).failures == 1


async def test_the_table_tells_no_name(ledger: Ledger) -> None:
    """Its keys are digests under the master secret: who steals it cannot try names on it."""
    name = "ada@example.com"
    await ledger.add(name)
    assert ledger.guesses.key(name) != Guesses(
        Vault(MasterSecret((secrets.token_bytes(32),)), "here"), FakeClock()
    ).key(name)
    async with ledger.database.reading() as connection:
        (key,) = (await connection.execute(select(GuessRow.key))).scalars()
    assert b"ada" not in key
