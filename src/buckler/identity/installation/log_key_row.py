"""The key that signs the log, kept sealed in the row of the installation.

It is a key of its own and not one that follows from the master secret: when that is replaced, what was signed before
still holds.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.events import EventLog
from buckler.events.journal import Journal
from buckler.events.journal.log_key import LENGTH, LogKey
from buckler.randomness import secret_bytes
from buckler.storage.database import Database
from buckler.storage.database.tables import InstallationRow
from buckler.tokens.vault import Vault

PURPOSE: Final = "log key"
BEGUN: Final = "sys_log_begun"


@dataclass(frozen=True, slots=True)
class KeptLog:
    """Whose log it is, and what signs it."""

    key: LogKey
    installation: str


async def find_log(connection: AsyncConnection, vault: Vault) -> KeptLog | None:
    """The log that is kept, or None where nothing was yet. Changes nothing. Raises `SealBroken`."""
    key = await find_log_key(connection, vault)
    installation = (await connection.execute(select(InstallationRow.id))).scalar_one()
    return None if key is None else KeptLog(key, installation)


async def find_log_key(connection: AsyncConnection, vault: Vault) -> LogKey | None:
    """The key, or None where no start has made one. Raises `SealBroken`."""
    row = (await connection.execute(select(InstallationRow.id, InstallationRow.log_key_sealed))).one()
    return None if row.log_key_sealed is None else LogKey(vault.unseal(PURPOSE, row.id, row.log_key_sealed))


async def open_journal(database: Database, vault: Vault, clock: Clock, log: EventLog) -> Journal:
    """The log of an installation that is there. A new one begins with an event, so that it is never empty.

    Raises `SealBroken`.
    """
    async with database.writing() as connection:
        found = await find_log_key(connection, vault)
        key = await _make_log_key(connection, vault) if found is None else found
    journal = Journal(database, key, clock, log)
    if found is None:
        async with database.writing() as connection:
            journal.note(connection, BEGUN)
    return journal


async def _make_log_key(connection: AsyncConnection, vault: Vault) -> LogKey:
    key = secret_bytes(LENGTH)
    installation = (await connection.execute(select(InstallationRow.id))).scalar_one()
    await connection.execute(update(InstallationRow).values(log_key_sealed=vault.seal(PURPOSE, installation, key)))
    return LogKey(key)
