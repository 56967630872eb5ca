"""The log of an installation, opened to be read: beside a running service, and without changing anything."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from buckler.cli import data_folder
from buckler.cli.installation import said_place, with_dotenv
from buckler.errors import ConfigurationError
from buckler.events.journal.log_key import LogKey
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.foundation import open_vault
from buckler.identity.installation.log_key_row import find_log
from buckler.storage.database import Database
from buckler.storage.database.damage import damage_told
from buckler.storage.database.inspection import revision_at
from buckler.storage.database.migration import HEAD
from buckler.storage.database.occupancy import Occupancy

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Log:
    """What is kept, and the key that says whether it holds."""

    database: Database
    key: LogKey
    installation: str


def read_log(data: Path, step: Callable[[Log], Awaitable[Result]]) -> Result:
    """Open the log in `data`, do one step, and close it. Raises `ConfigurationError` and `StorageUnavailable`."""

    async def done() -> Result:
        async with _opened(data, path) as log:
            return await step(log)

    path = data_folder.resolve(data) / DATABASE_FILE
    if not path.is_file():
        raise with_dotenv(f"--data {data}: there is no {DATABASE_FILE} in it. Name the folder of the service.")
    with data_folder.explained(data), damage_told(path), closing(Occupancy(path)):
        return asyncio.run(done())


@asynccontextmanager
async def _opened(data: Path, path: Path) -> AsyncGenerator[Log]:
    if revision_at(path) != HEAD:
        raise ConfigurationError(
            f"{path}: its tables are those of another version, and reading changes nothing. Run: buckler db upgrade"
        )
    database, place = Database(path), said_place(data)
    try:
        async with database.reading() as connection:
            vault = await open_vault(connection, place)
            log = None if vault is None else await find_log(connection, vault)
        if log is None:
            raise ConfigurationError(f"--data {data}: the service has kept no event here yet. Start it first.")
        yield Log(database, log.key, log.installation)
    finally:
        await database.close()
