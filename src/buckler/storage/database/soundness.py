"""Whether a database is sound, looked at before anything of it is believed (ASVS 16.5.2).

1. Up to `WHOLE` bytes every page is looked through (`PRAGMA quick_check`), and every reference between rows. That
   takes some milliseconds a megabyte, and finds what a torn write or a failing disk left; only the comparison of
   indexes with their tables is left to `buckler db check`.
2. Triggers and views are none of ours, whatever the size.
3. A larger one is not held up: its head and its list of tables are read, and each table's first page. Whoever opened
   it is told, so that it can be told on.
"""

import sqlite3
from pathlib import Path
from typing import Final

from buckler.redact import plain
from buckler.storage.database.damage import DatabaseDamaged

WHOLE: Final = 256 * 1024 * 1024
"""Bytes."""


def refuse_unsound(connection: sqlite3.Connection, path: Path, whole: int = WHOLE) -> bool:
    """Whether all of it was looked through. Raises `DatabaseDamaged` and `sqlite3.Error`."""
    if strange := strange_objects(connection):
        # Fail closed: it would run inside our own statements, and could keep any row from being written.
        raise DatabaseDamaged(path, strange[0])
    if size_of(connection) > whole:
        for name in tables_of(connection):
            connection.execute(f"SELECT 1 FROM {quoted(name)}").fetchone()  # noqa: S608 - quoted
        return False
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseDamaged(path, " ".join(str(found).split()))
    if dangling := dangling_references(connection, most=1):
        raise DatabaseDamaged(path, dangling[0])
    return True


def size_of(connection: sqlite3.Connection) -> int:
    """Bytes of the pages, those in the log too."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    return int(pages * connection.execute("PRAGMA page_size").fetchone()[0])


def tables_of(connection: sqlite3.Connection) -> list[str]:
    """The names of the tables, in their order."""
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in found]


def strange_objects(connection: sqlite3.Connection) -> list[str]:
    """What we never make, in words: triggers and views."""
    query = "SELECT type, name FROM sqlite_schema WHERE type NOT IN ('table', 'index') ORDER BY name"
    return [f"somebody put the {kind} {plain(name)!r} into it" for kind, name in connection.execute(query)]


def dangling_references(connection: sqlite3.Connection, most: int) -> list[str]:
    """Rows that hang on one that is not there, in words."""
    found = connection.execute("PRAGMA foreign_key_check").fetchmany(most)
    return [f"row {row} of {table} hangs on one of {parent} that is not there" for table, row, parent, _ in found]


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
