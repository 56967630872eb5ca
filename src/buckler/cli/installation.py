"""The database that a command works on, beside a running service or without one."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from buckler.cli import data_folder
from buckler.clock import Clock, SystemClock
from buckler.errors import ConfigurationError
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.foundation import open_vault
from buckler.identity.installation.secret_place import SecretPlace
from buckler.redact import Secret
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
        raise ConfigurationError(f"--data {data}: there is no {DATABASE_FILE} in it. Name the folder of the service.")
    database, place = Database(path), secret_place(data)
    await database.open()
    try:
        async with database.reading() as connection:
            vault = await open_vault(connection, place)
        if vault is None:
            raise ConfigurationError(f"--data {data}: the service has never started here. Start it first.")
        yield Installation(database, vault, place, SystemClock())
    finally:
        await database.close()


def secret_place(data: Path) -> SecretPlace:
    """As the service is told it. Where the file may lie was judged there."""
    text, file = os.environ.get("BUCKLER_MASTER_SECRET"), os.environ.get("BUCKLER_MASTER_SECRET_FILE")
    if text and file:
        raise ConfigurationError("BUCKLER_MASTER_SECRET and BUCKLER_MASTER_SECRET_FILE are both set. Drop one.")
    return SecretPlace(data, Secret(text) if text else None, Path(file) if file else None, development=True)
