"""Putting a backup back: what it holds lives on, and nothing that was issued before does (ASVS 7.4.1, 11.1.1).

A backup is a step back in time. Taken as it is, it would revive what ended since: sessions, codes that were used,
signing keys that were revoked, tokens of whoever was disabled. So, in one transaction, before it is the database:

1. The epoch of the installation grows.
2. Every signing key ends and is destroyed, and a new one signs: no access token from before is good, also none
   that the lost database issued after the backup was taken.
3. Every session ends, and every account has a new version. A session that began after the backup is not known.
4. Codes, letters, known devices and the memory of guesses go.

Passwords stay as they were in the backup, and so do roles and whoever was disabled or erased since: look through
them. Nothing here tells a backup that somebody altered from one that nobody did: keep it where nobody can.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.identity.installation.foundation import open_vault
from buckler.identity.installation.log_key_row import open_journal
from buckler.identity.installation.secret_place import SecretPlace
from buckler.identity.installation.signing_keys import SigningKeys
from buckler.storage.database import Database
from buckler.storage.database.copies import drafted, fold, put_in_place
from buckler.storage.database.occupancy import Occupancy
from buckler.storage.database.private_file import make_private_folder
from buckler.storage.database.tables import (
    AccountRow,
    CodeRow,
    DeviceRow,
    GuessRow,
    InstallationRow,
    LetterRow,
    SessionRow,
)

_DROPPED: Final = (CodeRow, LetterRow, DeviceRow, GuessRow)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back."""

    epoch: int
    accounts: int
    aside: Path | None
    """Where the database lies that was there before."""


async def restore(
    file: Path, database: Path, place: SecretPlace, clock: Clock, events: EventLog, *, replace: bool
) -> Restored:
    """Let the backup `file` be the database. Raises `ConfigurationError` and `OSError`, and has changed nothing then.

    With `replace` a database that is there gets another name.
    """
    make_private_folder(database.parent)
    occupancy = Occupancy(database, alone=True)
    try:
        if not replace:
            _refuse_existing(database)
        with drafted(file, database) as draft:
            epoch, accounts = await _renew(draft, place, clock)
            aside = put_in_place(draft, database, clock.now())
    finally:
        occupancy.close()
    events.emit("sys_backup_restored", None, epoch=epoch, accounts=accounts)
    return Restored(epoch, accounts, aside)


def _refuse_existing(database: Path) -> None:
    if database.exists():
        raise ConfigurationError(
            f"{database} exists. To put the backup in its place: --replace. It is kept under another name."
        )


async def _renew(draft: Path, place: SecretPlace, clock: Clock) -> tuple[int, int]:
    """End everything that was issued. The new epoch, and how many accounts there are."""
    database = Database(draft)
    await database.open()
    try:
        async with database.writing() as connection:
            vault = await open_vault(connection, place)
            if vault is None:
                raise ConfigurationError(f"{draft}: there is no installation in it.")
        journal = await open_journal(database, vault, clock, EventLog(clock))
        async with database.writing() as connection:
            await _end_all(connection, int(clock.now()))
            await SigningKeys(vault, clock).replace_all(connection)
            epoch = (await connection.execute(select(InstallationRow.epoch))).scalar_one()
            accounts = (await connection.execute(select(func.count(AccountRow.id)))).scalar_one()
            journal.keep(connection, "sys_backup_restored", epoch=epoch, accounts=accounts)
    finally:
        await database.close()
    fold(draft)
    return epoch, accounts


async def _end_all(connection: AsyncConnection, now: int) -> None:
    await connection.execute(update(InstallationRow).values(epoch=InstallationRow.epoch + 1))
    await connection.execute(update(AccountRow).values(version=AccountRow.version + 1))
    ended = {"ended_at": now, "ended_for": "restored"}
    await connection.execute(update(SessionRow).where(SessionRow.ended_at.is_(None)).values(ended))
    for table in _DROPPED:
        await connection.execute(delete(table))
