"""What a database looks like inside, for whoever looks after it: how sound it is, and how large.

Nothing is changed, and a service may work on it meanwhile: each question sees one state, and holds up no writer.
"""

import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from buckler.storage.database.soundness import dangling_references, quoted, strange_objects, tables_of
from buckler.storage.database.upgrade import revision_of

_WAIT: Final = 15.0
_MOST: Final = 100
"""Faults that are told of each kind."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table with its indexes."""

    name: str
    rows: int
    bytes: int
    """Pages that it takes; where this SQLite cannot tell, what its rows hold."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a database is. All but `rows` are bytes."""

    tables: tuple[TableSize, ...]
    exact: bool
    """Whether the tables' bytes are pages that were counted, and no estimate."""
    file: int
    log: int
    free: int
    """Of the file, what the next rows will fill."""
    disk: int
    """What is left for this user on the disk."""


@contextmanager
def looked_at(path: Path) -> Generator[sqlite3.Connection]:
    """A connection for reading. Raises `sqlite3.Error`."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=_WAIT)) as connection:
        connection.execute("PRAGMA trusted_schema=OFF").close()
        connection.execute("PRAGMA query_only=ON").close()
        yield connection


def revision_at(path: Path) -> str | None:
    """The newest migration that it has seen. Raises `sqlite3.Error`."""
    with looked_at(path) as connection:
        return revision_of(connection)


def page_faults(path: Path, tell: Tell) -> list[str]:
    """What is wrong with its pages, its indexes and its constraints, in SQLite's words. `tell` hears each table.

    Table by table, then the whole once more for what belongs to none: the list of free pages.
    """
    try:
        with looked_at(path) as connection:
            found: list[str] = []
            for name in tables_of(connection):
                tell(name)
                found += _faults(connection, f"({quoted(name)})")
            if not found:
                tell("free pages")
                found += _faults(connection, f"({_MOST})")
            return found[:_MOST]
    except sqlite3.DatabaseError as error:
        return [str(error)]


def reference_faults(path: Path) -> list[str]:
    """Rows that hang on one that is not there."""
    try:
        with looked_at(path) as connection:
            return dangling_references(connection, _MOST)
    except sqlite3.DatabaseError as error:
        return [str(error)]


def object_faults(path: Path) -> list[str]:
    """What is in it that we never make."""
    try:
        with looked_at(path) as connection:
            return strange_objects(connection)
    except sqlite3.DatabaseError as error:
        return [str(error)]


def sizes_of(path: Path) -> Sizes:
    """How large it is. Raises `sqlite3.Error` and `OSError`."""
    with looked_at(path) as connection:
        names = tables_of(connection)
        rows = {name: _number(connection, f"SELECT count(*) FROM {quoted(name)}") for name in names}  # noqa: S608 - quoted
        counted = _pages(connection)
        held = counted if counted is not None else {name: _content(connection, name) for name in names}
        free = _number(connection, "PRAGMA freelist_count") * _number(connection, "PRAGMA page_size")
    tables = tuple(TableSize(name, rows[name], held.get(name, 0)) for name in names)
    log = path.with_name(path.name + "-wal")
    return Sizes(
        tables=tuple(sorted(tables, key=lambda each: (-each.bytes, each.name))),
        exact=counted is not None,
        file=path.stat().st_size,
        log=log.stat().st_size if log.exists() else 0,
        free=free,
        disk=shutil.disk_usage(path.parent).free,
    )


def _faults(connection: sqlite3.Connection, what: str) -> list[str]:
    found = [" ".join(str(line).split()) for (line,) in connection.execute(f"PRAGMA integrity_check{what}")]
    return [] if found == ["ok"] else found


def _pages(connection: sqlite3.Connection) -> dict[str, int] | None:
    """The bytes of the pages of each table and its indexes; None where this SQLite was built without counting them."""
    query = (
        "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_schema USING (name) WHERE aggregate = TRUE"
        " GROUP BY tbl_name"
    )
    try:
        return {str(name): int(size) for name, size in connection.execute(query)}
    except sqlite3.OperationalError:
        return None


def _content(connection: sqlite3.Connection, table: str) -> int:
    """The bytes that the rows hold, without what SQLite keeps beside them."""
    columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({quoted(table)})")]
    sizes = " + ".join(f"coalesce(length(CAST({quoted(name)} AS BLOB)), 0)" for name in columns)
    return _number(connection, f"SELECT coalesce(sum({sizes}), 0) FROM {quoted(table)}")  # noqa: S608 - quoted


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
