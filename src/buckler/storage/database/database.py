"""The database: SQLite in one file, through SQLAlchemy.

- A write that was answered survives the loss of power: write-ahead log, `synchronous=FULL`.
- A writer takes its lock when it begins (`BEGIN IMMEDIATE`), so it never reads what another is
  about to change, and never fails half-way with "database is locked". Writers of one process
  queue in order of arrival; those of other processes wait for at most `BUSY_SECONDS`.
- Connections wait for the next transaction, whichever event loop it comes from (`connections.py`).
  One idle connection of the driver stays open besides: it is asked whether anything was written, and closing
  the last of the others does not fold the log back into the file.
- Many work on it at once; nobody exchanges the file meanwhile (`occupancy.py`).
- Nobody else on this machine reads along or exchanges the file (`private_file.py`).
- Statements log no parameters (ASVS 16.2.5).
"""

import asyncio
import sqlite3
import weakref
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from buckler.errors import BucklerError
from buckler.storage.database.connections import connecting
from buckler.storage.database.damage import damage_told
from buckler.storage.database.migration import migrate
from buckler.storage.database.occupancy import Occupancy
from buckler.storage.database.private_file import make_private
from buckler.turnstile import Turnstile

BUSY_SECONDS: Final = 15
READERS: Final = 8
_SWITCHES: Final = 100
_BEGIN: Final = "buckler_begin"


class DatabaseClosed(BucklerError):
    """Somebody asked a database that is not open."""


class Database:
    """One SQLite file. `reading()` and `writing()` give a connection inside a transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine_of(path)
        self._writing_engine = self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._opening, self._writers, self._readers = Turnstile(), Turnstile(), Turnstile(READERS)
        self._keeper: sqlite3.Connection | None = None
        self._occupancy: Occupancy | None = None

    async def open(self) -> None:
        """Make file and tables, or bring them up to date. A second call does nothing.

        Raises `ConfigurationError` where the file is damaged, or not ours alone.
        """
        async with self._opening.turn():
            if self._keeper is None:
                with damage_told(self.path):
                    await self._open()

    async def close(self) -> None:
        """Let go of the file. `open` may follow."""
        async with self._opening.turn():
            await self._engine.dispose()
            keeper, self._keeper = self._keeper, None
            occupancy, self._occupancy = self._occupancy, None
            if keeper is not None and occupancy is not None:
                await asyncio.to_thread(_let_go, keeper, occupancy)

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

    async def data_version(self) -> int:
        """A number that is another one after each write, of this process or any other. Waits for nothing.

        Raises `sqlite3.Error` where the file cannot be read, and `DatabaseClosed`.
        """
        if self._keeper is None:
            raise DatabaseClosed("The database is not open.")
        return int(self._keeper.execute("PRAGMA data_version").fetchone()[0])

    async def _open(self) -> None:
        keeper, occupancy = await asyncio.to_thread(_keep_open, self.path)
        weakref.finalize(self, _let_go, keeper, occupancy)
        try:
            await self._migrate()
        except BaseException:
            _let_go(keeper, occupancy)
            raise
        self._keeper, self._occupancy = keeper, occupancy

    async def _migrate(self) -> None:
        async with self.writing() as connection:
            await connection.run_sync(migrate)


def _engine_of(path: Path) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        # Never asked for more than the turnstiles let through, so nobody waits in it, whose event loop it ever was.
        poolclass=AsyncAdaptedQueuePool,
        pool_size=READERS + 1,
        max_overflow=-1,
        async_creator=connecting(path, BUSY_SECONDS),
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _keep_open(path: Path) -> tuple[sqlite3.Connection, Occupancy]:
    make_private(path)
    occupancy = Occupancy(path)
    try:
        return _connected(path), occupancy
    except BaseException:
        occupancy.close()
        raise


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _write_ahead(connection)
        connection.execute("SELECT name FROM sqlite_master").close()  # only a reader opens the log, and so keeps it
        connection.execute("PRAGMA busy_timeout=0").close()  # from now on it is asked in the event loop
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a file that is new, or was put back, to the write-ahead log. Of several at once one does.

    Here SQLite does not wait: the switch reads first and writes then, and two of those would wait for each other.
    So whoever is told "busy" waits for the other's lock in a transaction of its own, and asks again.
    """
    for _ in range(_SWITCHES):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            connection.execute("BEGIN IMMEDIATE").close()
            connection.execute("ROLLBACK").close()
        else:
            return
    raise sqlite3.OperationalError(f"The database could not be switched to the write-ahead log in {_SWITCHES} tries.")


def _let_go(keeper: sqlite3.Connection, occupancy: Occupancy) -> None:
    """In this order: as long as a connection is open, nobody may exchange the file."""
    keeper.close()
    occupancy.close()
