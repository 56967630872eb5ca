"""The database that a command works on, beside a running service or without one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from buckler.cli import data_folder
from buckler.clock import Clock, SystemClock
from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.events.journal import Journal, Transaction
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.administration.administration import OPERATOR
from buckler.identity.installation.foundation import open_vault
from buckler.identity.installation.log_key_row import open_journal
from buckler.identity.installation.secret_place import SecretPlace
from buckler.redact import Secret
from buckler.settings.sources import secret_said, unread_dotenv
from buckler.storage.database import Database
from buckler.storage.database.damage import damage_told
from buckler.tokens.vault import Vault

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Installation:
    """What stands in a data folder, opened."""

    database: Database
    vault: Vault
    place: SecretPlace
    clock: Clock
    journal: Journal

    def note_keys(self, connection: Transaction, action: str, **about: object) -> None:
        """Keep in the caller's transaction what the operator did to keys."""
        self.journal.note(connection, "sys_keys_administered", None, action=action, by=str(OPERATOR), **about)


def work(data: Path, step: Callable[[Installation], Awaitable[Result]]) -> Result:
    """Open what stands in `data`, do one step, and close it. Raises `ConfigurationError`."""

    async def done() -> Result:
        async with _opened(data) as installation:
            return await step(installation)

    with data_folder.explained(data), damage_told(data / DATABASE_FILE):
        return asyncio.run(done())


@asynccontextmanager
async def _opened(data: Path) -> AsyncGenerator[Installation]:
    path = data / DATABASE_FILE
    if not path.is_file():
        # Fail closed: a new database would look like one without keys.
        told = f"--data {data}: there is no {DATABASE_FILE} in it. Name the folder of the service."
        raise with_dotenv(told)
    database, place = Database(path), said_place(data)
    await database.open()
    try:
        async with database.reading() as connection:
            vault = await open_vault(connection, place)
        if vault is None:
            raise ConfigurationError(f"--data {data}: the service has never started here. Start it first.")
        clock = SystemClock()
        journal = await open_journal(database, vault, clock, EventLog(clock))
        yield Installation(database, vault, place, clock, journal)
    finally:
        await database.close()


def with_dotenv(told: str) -> ConfigurationError:
    """A refusal that may come from a `.env` that was not read."""
    return ConfigurationError("\n".join(filter(None, (told, unread_dotenv()))))


def secret_place(data: Path) -> SecretPlace:
    """As the service is told it. Where the file may lie was judged there."""
    text, file = secret_said("master_secret")
    return SecretPlace(data, Secret(text) if text is not None else None, file, development=True)


def said_place(data: Path) -> SecretPlace:
    """The same, where the secret was named or lies in the folder. Raises `ConfigurationError`.

    A service in production has it elsewhere: then there is no file to put back, and no data to move away.
    """
    place = secret_place(data)
    if place.named is None and place.file is not None and not place.file.exists():
        raise with_dotenv(
            f"No master secret was said, and there is no {str(place.file)!r}, where development keeps one. Give"
            " BUCKLER_MASTER_SECRET_FILE (or BUCKLER_MASTER_SECRET) as the service has it. Make no new secret: it would"
            " open nothing that is kept here."
        )
    return place
