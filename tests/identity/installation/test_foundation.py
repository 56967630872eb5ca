"""The master secret fits what is kept, or nothing starts."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.foundation import Foundation, lay_foundation
from buckler.identity.installation.secret_place import development_secret
from buckler.randomness import secret_text
from buckler.redact import Secret
from buckler.storage.database import Database
from tests.clocks import FakeClock
from tests.identity.house import House, accounts, settings


async def test_a_second_start_finds_the_same(tmp_path: Path) -> None:
    """Keys, accounts and tokens of the first start are good after the second, with nothing asked."""
    async with House(accounts(settings(tmp_path / "data"))) as house:
        await house.register()
        token = await house.token()
        keys = (await house.get("/.well-known/jwks.json")).json()
    async with House(accounts(settings(tmp_path / "data"))) as again:
        assert (await again.get("/.well-known/jwks.json")).json() == keys
        assert (await again.get("/auth/me", token)).status_code == 200
        assert (await again.sign_in()).status_code == 200


async def test_a_wrong_master_secret_stops_the_start(tmp_path: Path) -> None:
    """Another secret opens nothing and makes nothing: the right one works as before afterwards."""
    right = settings(tmp_path / "data", master_secret=Secret(secret_text(48)))
    async with House(accounts(right)) as house:
        await house.register()
    wrong = accounts(settings(tmp_path / "data", master_secret=Secret(secret_text(48))))
    with pytest.raises(ConfigurationError, match="not the one"):
        await wrong.open()
    assert _count(tmp_path / "data", "signing_key") == 1
    async with House(accounts(right)) as house:
        assert (await house.sign_in()).status_code == 200


async def test_a_missing_master_secret_stops_the_start(tmp_path: Path) -> None:
    """Where something is kept a lost secret is never made anew."""
    data = tmp_path / "data"
    async with House(accounts(settings(data))):
        pass
    development_secret(data).unlink()
    with pytest.raises(ConfigurationError, match="Put the file back"):
        await accounts(settings(data)).open()
    assert not development_secret(data).exists()


async def test_a_new_secret_before_the_old_one_opens_everything(tmp_path: Path) -> None:
    """The master secret is replaced by a list: the new one first, the old one still opens."""
    old, new = secret_text(48), secret_text(48)
    async with House(accounts(settings(tmp_path, master_secret=Secret(old)))) as house:
        await house.register()
    async with House(accounts(settings(tmp_path, master_secret=Secret(f"{new},{old}")))) as house:
        assert (await house.sign_in()).status_code == 200


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("update signing_key set sealed = zeroblob(60)", "signing key"),
        ("update installation set check_sealed = zeroblob(60)", "not the one"),
        ("delete from installation", "was removed"),
    ],
)
async def test_rows_that_were_altered_stop_the_start(tmp_path: Path, change: str, named: str) -> None:
    """A key or check that does not open, or an installation taken away, is never replaced by a new one."""
    async with House(accounts(settings(tmp_path))):
        pass
    with sqlite3.connect(tmp_path / DATABASE_FILE) as connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(ConfigurationError, match=named):
        await accounts(settings(tmp_path)).open()


async def test_of_two_first_starts_one_makes_everything(tmp_path: Path) -> None:
    """Two instances that start on an empty folder at once agree on one installation, secret and key."""
    both = [accounts(settings(tmp_path)) for _ in range(2)]
    await asyncio.gather(*(each.open() for each in both))
    assert both[0].opened().ring.document() == both[1].opened().ring.document()
    for each in both:
        await each.close()
    assert (_count(tmp_path, "installation"), _count(tmp_path, "signing_key")) == (1, 1)


async def test_a_key_that_was_revoked_elsewhere_is_followed_by_its_successor(tmp_path: Path) -> None:
    """Also where nothing of what this process knew is left: it signs and verifies with the new one at once."""
    clock = FakeClock()
    async with House(accounts(settings(tmp_path), clock)) as house, _operator(tmp_path, clock) as operator:
        await house.register()
        token, old = await house.token(), house.accounts.opened().ring.current.kid
        async with operator.database.writing() as connection:
            new = await operator.keys.revoke(connection, old)
        await house.accounts.opened().revocations.refresh()
        assert house.accounts.opened().ring.current.kid == new
        assert (await house.get("/auth/me", token)).status_code == 401
        assert (await house.get("/auth/me", await house.token())).status_code == 200


async def test_what_cannot_be_read_any_more_ends_nothing_but_what_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without its file of the secret a running service goes on with what it has, says so, and takes it up later."""
    clock = FakeClock()
    async with House(accounts(settings(tmp_path), clock)) as house, _operator(tmp_path, clock) as operator:
        await house.register()
        token, ring = await house.token(), house.accounts.opened().ring
        secret = development_secret(tmp_path)
        hidden = secret.rename(tmp_path / "elsewhere")
        async with operator.database.writing() as connection:
            waiting = (await operator.keys.rotate(connection)).record.kid
        await house.accounts.opened().revocations.refresh()
        assert "sys_keys_unreadable" in caplog.text
        assert (len(ring.trusted), ring.is_outdated) == (1, True)
        assert (await house.get("/auth/me", token)).status_code == 200
        hidden.rename(secret)
        async with operator.database.writing() as connection:
            await operator.keys.revoke(connection, waiting)
        await house.accounts.opened().revocations.refresh()
        assert not ring.is_outdated
        assert (await house.get("/auth/me", token)).status_code == 200


@asynccontextmanager
async def _operator(data: Path, clock: FakeClock) -> AsyncGenerator[Foundation]:
    """Another process on the same installation."""
    database = Database(data / DATABASE_FILE)
    await database.open()
    try:
        yield await lay_foundation(database, settings(data), clock, EventLog(clock))
    finally:
        await database.close()


def _count(data: Path, table: str) -> int:
    connection = sqlite3.connect(data / DATABASE_FILE)
    (count,) = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - a name of ours
    connection.close()
    return int(count)
