"""The migrations build exactly the tables that the code names, and keep what is in them."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select, text

from buckler.storage.database import Database
from buckler.storage.database.migration import configuration, migrate
from buckler.storage.database.tables import RevocationRow, Table


async def test_the_migrations_build_the_tables(tmp_path: Path) -> None:
    """What the migrations built and what the code describes differ in nothing."""
    assert await _differences(tmp_path, "") == []


async def test_a_difference_would_be_found(tmp_path: Path) -> None:
    """The comparison sees a column that only the database has, so an empty answer means something."""
    found = await _differences(tmp_path, "alter table account add column stray text")
    assert [difference[0] for difference in found] == ["remove_column"]


async def test_migrating_again_keeps_everything(tmp_path: Path) -> None:
    """A second run on a filled database changes nothing."""
    database = await _opened(tmp_path)
    async with database.writing() as connection:
        await connection.execute(insert(RevocationRow).values(kind="token", subject="kept", expires_at=1))
        await connection.run_sync(migrate)
    async with database.reading() as connection:
        assert (await connection.execute(select(RevocationRow.subject))).scalars().all() == ["kept"]
    await database.close()


async def test_the_accounts_cannot_be_migrated_away(tmp_path: Path) -> None:
    """Going back before the first migration is refused, because it would drop the accounts."""
    database = await _opened(tmp_path)
    with pytest.raises(NotImplementedError, match="drop every"):
        async with database.writing() as connection:
            await connection.run_sync(lambda inner: command.downgrade(configuration(inner), "base"))
    await database.close()


async def test_the_migrations_are_one_line(tmp_path: Path) -> None:
    """There is one newest migration, and one first."""
    database = await _opened(tmp_path)
    async with database.reading() as connection:
        scripts = await connection.run_sync(lambda inner: ScriptDirectory.from_config(configuration(inner)))
    await database.close()
    assert (len(scripts.get_heads()), len(scripts.get_bases())) == (1, 1)


async def _opened(folder: Path) -> Database:
    database = Database(folder / "data" / "buckler.db")
    await database.open()
    return database


async def _differences(folder: Path, change: str) -> list[Any]:
    database = await _opened(folder)

    def compare(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Table.metadata))

    async with database.writing() as connection:
        if change:
            await connection.execute(text(change))
        found = await connection.run_sync(compare)
    await database.close()
    return found
