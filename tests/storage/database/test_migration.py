"""The migrations build exactly the tables that the code names, and keep what is in them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select, text

from buckler.storage.database import Database
from buckler.storage.database.migration import HEAD, configuration, migrate
from buckler.storage.database.tables import RevocationRow, Table

FIRST = (
    "INSERT INTO installation (id, created_at, check_sealed) VALUES ('i', 1, X'01')",
    (
        "INSERT INTO account (id, name, name_key, password_sealed, roles, created_at, disabled_at)"
        """ VALUES ('a', 'Alice', 'alice', X'02', '["reader","admin"]', 2, NULL)"""
    ),
    (
        "INSERT INTO account (id, name, name_key, password_sealed, roles, created_at, disabled_at)"
        " VALUES ('b', 'Bob', 'bob', X'03', '[]', 3, 4)"
    ),
    "INSERT INTO signing_key (kid, algorithm, sealed, created_at) VALUES ('k', 'Ed25519', X'05', 6)",
    "INSERT INTO revocation (token_id, expires_at) VALUES ('t', 7)",
)
KEPT = {
    "SELECT id, created_at, check_sealed, epoch FROM installation": ("i", 1, b"\x01", 0),
    "SELECT name, name_key, password_sealed, roles, created_at, disabled_at, version, email FROM account"
    " WHERE id = 'a'": ("Alice", "alice", b"\x02", '["reader","admin"]', 2, None, 1, None),
    "SELECT name, name_key, password_sealed, roles, created_at, disabled_at, version, email FROM account"
    " WHERE id = 'b'": ("Bob", "bob", b"\x03", "[]", 3, 4, 1, None),
    "SELECT kid, algorithm, sealed, created_at, signs_from, verifies_until, revoked_at FROM signing_key": (
        "k",
        "Ed25519",
        b"\x05",
        6,
        0,
        None,
        None,
    ),
    "SELECT seq, kind, subject, version, expires_at FROM revocation": (1, "token", "t", 0, 7),
}
"""What a database of the first migration holds, and how it reads after the last."""


async def test_the_migrations_build_the_tables(tmp_path: Path) -> None:
    """What the migrations built and what the code describes differ in nothing."""
    assert await _differences(tmp_path, "") == []


async def test_a_difference_would_be_found(tmp_path: Path) -> None:
    """The comparison sees a column that only the database has, so an empty answer means something."""
    found = await _differences(tmp_path, "alter table account add column stray text")
    assert [difference[0] for difference in found] == ["remove_column"]


async def test_a_new_database_is_as_one_that_was_migrated(tmp_path: Path) -> None:
    """The same columns with the same defaults, the same keys and indexes, and Alembic takes it for up to date."""
    new = await _opened(tmp_path)
    old = Database(tmp_path / "old" / "buckler.db")
    old.path.parent.mkdir(mode=0o700)
    async with old.writing() as connection:
        await connection.run_sync(lambda inner: command.upgrade(configuration(inner), "head"))
    assert await _shape(new) == await _shape(old) != {}
    async with new.writing() as connection:
        await connection.run_sync(lambda inner: command.upgrade(configuration(inner), "head"))
    await new.close()
    await old.close()


def test_the_newest_migration_is_known_by_name() -> None:
    """So a start that has nothing to do needs no Alembic."""
    scripts = ScriptDirectory.from_config(configuration(None))  # type: ignore[arg-type]  # it is not used here
    assert scripts.get_heads() == [HEAD]
    program = "import sys; from buckler.storage.database import Database; print('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"


async def test_migrating_again_keeps_everything(tmp_path: Path) -> None:
    """A second run on a filled database changes nothing."""
    database = await _opened(tmp_path)
    async with database.writing() as connection:
        await connection.execute(insert(RevocationRow).values(kind="token", subject="kept", expires_at=1))
        await connection.run_sync(migrate)
    async with database.reading() as connection:
        assert (await connection.execute(select(RevocationRow.subject))).scalars().all() == ["kept"]
    await database.close()


async def test_what_the_first_version_kept_is_kept(tmp_path: Path) -> None:
    """Accounts, keys and revocations of a database made by the first migration are there after the last."""
    database = Database(tmp_path / "data" / "buckler.db")
    database.path.parent.mkdir(mode=0o700)
    async with database.writing() as connection:
        await connection.run_sync(lambda inner: command.upgrade(configuration(inner), "0001"))
        for line in FIRST:
            await connection.execute(text(line))
    await database.open()
    async with database.reading() as connection:
        found = [(await connection.execute(text(line))).one() for line in KEPT]
        names = {name for (name,) in await connection.execute(text("SELECT name FROM sqlite_master"))}
    await database.close()
    assert [tuple(row) for row in found] == list(KEPT.values())
    assert "ended_token" not in names


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


async def _shape(database: Database) -> dict[str, Any]:
    """What SQLite says of every table; in which order the columns stand does not matter."""
    async with database.reading() as connection:

        async def told(question: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in await connection.execute(text(f"PRAGMA {question}"))]

        names = (await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))).scalars().all()
        shape: dict[str, Any] = {}
        for name in names:
            indexes = await told(f"index_list({name})")
            columns = {index[1]: [each[2] for each in await told(f"index_info({index[1]})")] for index in indexes}
            shape[name] = (
                {row[1:] for row in await told(f"table_xinfo({name})")},
                sorted((*index[2:], columns[index[1]]) for index in indexes),
                {row[2:] for row in await told(f"foreign_key_list({name})")},
            )
        return shape


async def _differences(folder: Path, change: str) -> list[Any]:
    database = Database(folder / "data" / "buckler.db")
    database.path.parent.mkdir(mode=0o700)
    async with database.writing() as connection:
        await connection.run_sync(lambda inner: command.upgrade(configuration(inner), "head"))

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
