"""A device is known again by its token alone; the database tells nobody one."""

import asyncio
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.sign_in.devices import LENGTH, LIFETIME, MOST, MOST_FAILURES, Device, Devices
from buckler.storage.database import Database
from buckler.storage.database.tables import DeviceRow
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import Vault
from tests.clocks import FakeClock
from tests.proof import two_sided_async

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


def vault(*masters: bytes) -> Vault:
    return Vault(MasterSecret(masters or (OLD,)), "here")


class Uncounted(Devices):
    """The twin that lets a device try as often as it likes."""

    async def attempt(self, connection: AsyncConnection, account_id: str, token: str) -> Device | None:
        found = await super().attempt(connection, account_id, token)
        if found is not None:
            await self.uncount(connection, found.id)
        return found


class Drawer:
    """Devices on a database, each step in a transaction of its own."""

    def __init__(self, database: Database, devices: Devices) -> None:
        self.database = database
        self.devices = devices

    async def note(self, account_id: str = "a", token: str | None = None, agent: str = "curl") -> Device:
        async with self.database.writing() as connection:
            return await self.devices.note(connection, account_id, token, agent)

    async def attempt(self, token: str, account_id: str = "a") -> Device | None:
        async with self.database.writing() as connection:
            return await self.devices.attempt(connection, account_id, token)

    async def rows(self) -> int:
        async with self.database.reading() as connection:
            return int((await connection.execute(select(func.count(DeviceRow.id)))).scalar_one())


@pytest.fixture
def drawer(database: Database, clock: FakeClock) -> Drawer:
    return Drawer(database, Devices(vault(), clock))


async def test_a_device_is_known_again(drawer: Drawer) -> None:
    """By the token that was made for it, which stays the same."""
    made = await drawer.note()
    assert made.is_new
    assert len(made.token) == LENGTH
    found = await drawer.attempt(made.token)
    assert found is not None
    again = await drawer.note(token=made.token)
    assert (again.id, again.token, again.is_new, found.id) == (made.id, made.token, False, made.id)
    assert made.token not in repr(made)


@pytest.mark.asvs("6.3.1")
async def test_fifty_attempts_at_once_are_three(database: Database, clock: FakeClock, drawer: Drawer) -> None:
    """A stolen token is good for three guesses; a sign-in that is complete gives three anew."""

    async def attack(used: Drawer) -> bool:
        token = (await used.note()).token
        for _ in range(2):
            passed = await asyncio.gather(*(used.attempt(token) for _ in range(50)))
            if sum(each is not None for each in passed) > MOST_FAILURES:
                return True
            await used.note(token=token)
        return False

    await two_sided_async(attack, whole=drawer, twin=Drawer(database, Uncounted(vault(), clock)))


async def test_one_browser_serves_several_accounts(drawer: Drawer) -> None:
    """With one token; and the rows do not tell that they belong together."""
    token = (await drawer.note("a")).token
    assert await drawer.attempt(token, "b") is None
    second = await drawer.note("b", token)
    assert (second.token, second.is_new) == (token, True)
    assert await drawer.attempt(token, "a") is not None
    async with drawer.database.reading() as connection:
        first, other = (await connection.execute(select(DeviceRow.digest))).scalars()
    assert first != other
    assert urlsafe_b64decode(token)[:32] not in (first, other)


async def test_garbage_is_refused_without_a_look_into_the_database(drawer: Drawer) -> None:
    """Whatever was not made by us: random, altered in any byte, too long, no base64."""
    token = (await drawer.note()).token
    assert drawer.devices.is_genuine(token)
    raw = urlsafe_b64decode(token)
    altered = (bytes(byte ^ (at == place) for at, byte in enumerate(raw)) for place in range(len(raw)))
    others = [urlsafe_b64encode(each).decode() for each in altered]
    others += [
        urlsafe_b64encode(secrets.token_bytes(48)).decode(),
        token + "A",
        token[:-1],
        "",
        "!" * LENGTH,
        "é" * LENGTH,
    ]
    assert not any(drawer.devices.is_genuine(each) for each in others)
    for each in others[-3:]:
        assert await drawer.attempt(each) is None
        assert (await drawer.note(token=each)).token != each


async def test_a_device_is_known_for_half_a_year_after_its_last_sign_in(drawer: Drawer, clock: FakeClock) -> None:
    """Then its row goes with the next sign-in of anybody."""
    token = (await drawer.note()).token
    for _ in range(2):
        clock.advance(LIFETIME - 1)
        assert await drawer.attempt(token) is not None
        await drawer.note(token=token)
    clock.advance(LIFETIME)
    assert await drawer.attempt(token) is None
    await drawer.note("b")
    assert await drawer.rows() == 1


async def test_an_account_has_sixteen_and_the_one_longest_unused_goes(drawer: Drawer, clock: FakeClock) -> None:
    """So sixteen times three guesses are the most that stolen tokens give."""
    tokens = list[str]()
    for _ in range(MOST):
        tokens.append((await drawer.note()).token)
        clock.advance(1)
    await drawer.note(token=tokens[0])
    clock.advance(1)
    await drawer.note()
    assert await drawer.rows() == MOST
    assert await drawer.attempt(tokens[0]) is not None
    assert await drawer.attempt(tokens[1]) is None


async def test_all_of_an_account_are_forgotten_and_none_of_another(drawer: Drawer) -> None:
    own, other = (await drawer.note("a")).token, (await drawer.note("b")).token
    async with drawer.database.writing() as connection:
        await drawer.devices.end_all(connection, "a")
    assert await drawer.attempt(own) is None
    assert await drawer.attempt(other, "b") is not None


async def test_a_device_outlives_the_change_of_the_master_secret(database: Database, clock: FakeClock) -> None:
    """As long as the old one is in the list."""
    token = (await Drawer(database, Devices(vault(OLD), clock)).note()).token
    assert await Drawer(database, Devices(vault(NEW, OLD), clock)).attempt(token) is not None
    assert not Devices(vault(NEW), clock).is_genuine(token)
