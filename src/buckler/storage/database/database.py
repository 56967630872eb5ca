"""The database: SQLite in one file, through SQLAlchemy.

- A write that was answered survives the loss of power: write-ahead log, `synchronous=FULL`.
- A writer takes its lock when it begins (`BEGIN IMMEDIATE`), so it never reads what another is
  about to change, and never fails half-way with "database is locked". Writers of one process
  queue in order of arrival; those of other processes wait for at most `BUSY_SECONDS`.
- Each transaction has its own connection (`NullPool`): a pooled one would belong to the event
  loop that opened it. One idle connection of the driver stays open besides, so that closing the
  last of the others does not fold the log back into the file each time.
- Nobody else on this machine reads along or exchanges the file (`private_file.py`).
- Statements log no parameters (ASVS 16.2.5).
"""

import asyncio
import sqlite3
import weakref
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, NullPool, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from buckler.storage.database.migration import migrate
from buckler.storage.database.private_file import make_private
from buckler.turnstile import Turnstile

BUSY_SECONDS: Final = 15
READERS: Final = 8
_BEGIN: Final = "buckler_begin"
_PRAGMAS: Final = ("PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF")


class Database:
    """One SQLite file. `reading()` and `writing()` give a connection inside a transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine_of(path)
        self._writing_engine = self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._opening, self._writers, self._readers = Turnstile(), Turnstile(), Turnstile(READERS)
        self._keeper: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Make file and tables, or bring them up to date. A second call does nothing."""
        async with self._opening.turn():
            if self._keeper is None:
                keeper = await asyncio.to_thread(_keep_open, self.path)
                weakref.finalize(self, keeper.close)
                await self._migrate()
                self._keeper = keeper

    async def close(self) -> None:
        """Let go of the file. `open` may follow."""
        async with self._opening.turn():
            await self._engine.dispose()
            keeper, self._keeper = self._keeper, None
            if keeper is not None:
                await asyncio.to_thread(keeper.close)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that sees one unchanging state; nothing it does is kept."""
        async with self._readers.turn(), self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that alone may write. Committed at the end, undone by an exception."""
        async with self._writers.turn(), self._writing_engine.begin() as connection:
            yield connection

    async def _migrate(self) -> None:
        async with self.writing() as connection:
            await connection.run_sync(migrate)


def _engine_of(path: Path) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        poolclass=NullPool,
        hide_parameters=True,
        # None: the driver sends no BEGIN of its own, `_begin` below does.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _keep_open(path: Path) -> sqlite3.Connection:
    make_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL").close()
    connection.execute("SELECT name FROM sqlite_master").close()  # only a reader opens the log, and so keeps it
    return connection
