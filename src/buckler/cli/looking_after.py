"""What `buckler db` does inside."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from buckler.cli import data_folder
from buckler.cli.installation import secret_place
from buckler.errors import ConfigurationError
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.foundation import open_vault
from buckler.identity.installation.sealed_rows import SealedRows
from buckler.storage.database import Database
from buckler.storage.database.damage import damage_told
from buckler.storage.database.inspection import (
    Sizes,
    looked_at,
    object_faults,
    page_faults,
    reference_faults,
    revision_at,
    sizes_of,
)
from buckler.storage.database.migration import HEAD
from buckler.storage.database.occupancy import Occupancy
from buckler.storage.database.private_file import faults_of
from buckler.storage.database.upgrade import needs_migration, place_of_copy, revision_of
from buckler.storage.unavailable import StorageUnavailable

_NOT_OPENED: Final = "not looked at: no master secret is at hand"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which migration to which."""

    database: str
    before: str | None
    after: str
    copy: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found."""

    check: str
    faults: list[str]
    looked: bool = True
    said: str = ""
    """In words."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What all of them found."""

    database: str
    revision: str | None
    results: list[Result]

    @property
    def is_good(self) -> bool:
        return not any(each.faults for each in self.results)


def upgraded(data: Path, tell: Tell) -> Upgraded:
    """Migrate what stands in `data`, alone with it. Raises `ConfigurationError` and `StorageUnavailable`."""
    path = _found(data)
    with data_folder.explained(data), damage_told(path):
        with looked_at(path) as connection:
            before = revision_of(connection)
            if before is not None and not needs_migration(connection, path):
                return Upgraded(str(path), before, before, None)
        asyncio.run(_migrate(path, tell))
    copy = place_of_copy(path)
    return Upgraded(str(path), before, HEAD, str(copy) if before is not None and copy.exists() else None)


def checked(data: Path, tell: Tell) -> Checked:
    """Look through what stands in `data`. Raises `ConfigurationError` where it cannot be looked at at all."""
    path = _found(data)
    with data_folder.explained(data), closing(Occupancy(path)):
        revision, pages = _revision(path), _said("pages", page_faults(path, tell))
        results = [pages, _said("files", faults_of(path))]
        if not pages.faults:
            results.append(_said("references", reference_faults(path)))
            results.append(_said("objects", object_faults(path)))
            tell("sealed values")
            results.append(asyncio.run(_sealed(data, path, revision)))
        return Checked(str(path), revision, results)


def sized(data: Path) -> Sizes:
    """How large it is. Raises `ConfigurationError` and `StorageUnavailable`."""
    path = _found(data)
    with data_folder.explained(data), damage_told(path):
        return sizes_of(path)


def _found(data: Path) -> Path:
    path = data_folder.resolve(data) / DATABASE_FILE
    if not path.is_file():
        raise ConfigurationError(f"--data {data}: there is no {DATABASE_FILE} in it. Name the folder of the service.")
    return path


async def _migrate(path: Path, tell: Tell) -> None:
    database = Database(path)
    await database.open(alone=True, tell=tell)
    await database.close()


def _revision(path: Path) -> str | None:
    try:
        with damage_told(path):
            return revision_at(path)
    except (ConfigurationError, StorageUnavailable):
        return None  # what is wrong is told by the check of the pages


def _said(check: str, faults: list[str]) -> Result:
    said = "good" if not faults else f"{len(faults)} faults" if len(faults) > 1 else "1 fault"
    return Result(check, faults, said=said)


async def _sealed(data: Path, path: Path, revision: str | None) -> Result:
    """Every sealed value, opened under the master secret; without changing or migrating anything."""
    place = secret_place(data)
    if place.file is not None and not place.file.exists():
        return Result("sealed values", [], looked=False, said=_NOT_OPENED)
    if revision != HEAD:
        return Result("sealed values", [], looked=False, said="not looked at: first run buckler db upgrade")
    database = Database(path)
    try:
        async with database.reading() as connection:
            vault = await open_vault(connection, place)
            if vault is None:
                return Result("sealed values", [], looked=False, said="none: the service never started here")
            tallies = await SealedRows(vault).verify(connection, lambda _: None)
    except ConfigurationError as error:
        return _said("sealed values", [str(error)])
    finally:
        await database.close()
    return _said(
        "sealed values", [f"{tally.title}, row {row}: does not open" for tally in tallies for row in tally.broken]
    )
