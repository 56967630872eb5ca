"""Each migration keeps what was there, whichever version it comes from, and however it ends."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from buckler.storage.database import Database
from buckler.storage.database.migration import HEAD, configuration
from tests.storage.database.trouble import beside

KILLED: Final = Path(__file__).with_name("migration_kill.py")
REVISIONS: Final = [
    each.revision
    for each in reversed(list(ScriptDirectory.from_config(configuration(None)).walk_revisions()))  # type: ignore[arg-type]
]
GONE: Final = {("revocation", "token_id")}
"""Columns that a migration took away; what was in them is looked for by name, below."""
OURS: Final = ("alembic_version", "sqlite_sequence")

Rows = dict[str, dict[str, Any]]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_row_of_each_table_is_kept_from_each_version_on(tmp_path: Path, revision: str) -> None:
    """Every column of it, but those that are gone; and the database is whole after it."""
    path = await at(tmp_path, revision)
    before = fill(path)
    assert [name for name, count in counted(path).items() if not count] == [], "a table of this version has no row"
    database = Database(path)
    await database.open()
    await database.close()
    assert revision_of(path) == HEAD
    after = read(path)
    for table, row in before.items():
        wanted = {column: value for column, value in row.items() if (table, column) not in GONE}
        assert wanted.items() <= after[table].items(), table
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if revision == "0001":
            found = connection.execute("SELECT kind, subject FROM revocation").fetchall()
            assert found == [("token", before["revocation"]["token_id"])]


def test_the_versions_begin_with_the_first() -> None:
    """So that none is left out of the test above."""
    assert (REVISIONS[0], REVISIONS[-1]) == ("0001", HEAD)
    assert len(REVISIONS) == int(HEAD)


async def test_a_table_that_is_forgotten_would_be_seen(tmp_path: Path) -> None:
    path = await at(tmp_path, "0002")
    fill(path, but="letter")
    assert [name for name, count in counted(path).items() if not count] == ["letter"]


@pytest.mark.heavy
async def test_a_start_that_is_killed_leaves_the_old_one_whole(tmp_path: Path) -> None:
    """SIGKILL in the middle of it, at several statements; the next start does all of it."""
    old = await at(tmp_path, "0001")
    before = fill(old)
    numbers = [str(number) for number in (2, 9, 17, 26, 34, 41)]
    said, told = await asyncio.to_thread(beside(KILLED, old, *numbers).communicate, timeout=60)
    assert said.splitlines() == [f"killed-{number} killed" for number in numbers], told
    for number in numbers:
        path = old.parent / f"killed-{number}" / "buckler.db"
        assert (revision_of(path), read(path)) == ("0001", before)
        database = Database(path)
        await database.open()
        await database.close()
        assert revision_of(path) == HEAD
        assert not list(path.parent.glob(".buckler*"))


@pytest.mark.heavy
async def test_two_starts_at_once_migrate_it_once(tmp_path: Path) -> None:
    path = await at(tmp_path, "0001")
    before = fill(path)
    said, told = await asyncio.to_thread(beside(KILLED, path).communicate, timeout=60)
    did = [line for line in said.splitlines() if not line.startswith("ended")]
    assert said.splitlines().count("ended 0") == 2, told
    assert [line.partition(":")[0] for line in did] == REVISIONS[1:]
    assert read(path)["account"].items() >= before["account"].items()


async def at(folder: Path, revision: str) -> Path:
    """An empty database as this migration left it."""
    database = Database(folder / "data" / "buckler.db")
    database.path.parent.mkdir(mode=0o700)
    async with database.writing() as connection:
        await connection.run_sync(lambda inner: command.upgrade(configuration(inner), revision))
    await database.close()
    return database.path


def fill(path: Path, but: str = "") -> Rows:
    """A row in every table, with something in every column."""
    with closing(sqlite3.connect(path)) as connection:
        for table in tables(connection):
            if table == but:
                continue
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            values = [_value(table, name, kind, number) for number, name, kind, *_ in columns]
            marks = ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608
        connection.commit()
    return read(path)


def read(path: Path) -> Rows:
    """The row of each table."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables(connection)}  # noqa: S608
    return {table: dict(found[0]) for table, found in rows.items() if found}


def counted(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables(connection)}  # noqa: S608


def tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in found if name not in OURS]


def revision_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _value(table: str, name: str, kind: str, number: int) -> object:
    if name == "account_id" or (table, name) == ("account", "id"):
        return "an account"
    if kind == "JSON":
        return '["reader"]'
    if kind == "BLOB":
        return f"{table}.{name}".encode()
    return 7 + number if "INT" in kind else f"{table}.{name}"
