"""The database: SQLite in one file, through SQLAlchemy.

- A write that was answered survives the loss of power: write-ahead log, `synchronous=FULL`.
- A writer takes its lock when it begins (`BEGIN IMMEDIATE`), so it never reads what another is
  about to change, and never fails half-way with "database is locked". Writers of one process
  queue in order of arrival; those of other processes wait for at most `BUSY_SECONDS`.
- Connections wait for the next transaction, whichever event loop it comes from (`connections.py`).
- Many work on it at once; nobody exchanges the file meanwhile, or that is seen (`held.py`).
- Whatever fails in it is one exception with a reason, and leaves nothing half done (`failures.py`).
- Nobody else on this machine reads along or exchanges the file (`private_file.py`).
- Statements log no parameters (ASVS 16.2.5).
"""

import asyncio
import weakref
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from buckler.storage.database.connections import connecting
from buckler.storage.database.damage import damage_told
from buckler.storage.database.failures import failures_told
from buckler.storage.database.held import Held, take_hold
from buckler.storage.database.migration import migrate
from buckler.storage.database.upgrade import copy_before
from buckler.storage.unavailable import StorageUnavailable
from buckler.turnstile import Turnstile

BUSY_SECONDS: Final = 15
READERS: Final = 8
_WAITS: Final = 20
"""For how many times `BUSY_SECONDS` a start waits for another process that migrates."""
_BEGIN: Final = "buckler_begin"


class DatabaseClosed(StorageUnavailable):
    """Somebody asked a database that is not open."""


class Companion(Protocol):
    """What keeps something of its own in every writing transaction: the log of what was done in it."""

    def beside(self) -> AbstractAsyncContextManager[None]:
        """Stands around each transaction: left without an exception once that is committed, else with it."""
        ...

    async def settle(self, connection: AsyncConnection) -> None:
        """The last step of the transaction, before its commit."""
        ...


class Database:
    """One SQLite file. `reading()` and `writing()` give a connection inside a transaction.

    Both raise `StorageUnavailable` where the store fails, at whatever step; the transaction is undone then.
    Neither waits for longer than `busy_seconds`, by default `BUSY_SECONDS`, for its turn in this process, nor for
    longer than that once more for other processes.
    """

    def __init__(self, path: Path, *, busy_seconds: float | None = None) -> None:
        self.path = path
        self._busy = BUSY_SECONDS if busy_seconds is None else busy_seconds
        self._engine = _engine_of(path, self._busy)
        self._writing_engine = self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._opening, self._writers, self._readers = Turnstile(), Turnstile(), Turnstile(READERS)
        self._held: Held | None = None
        self._companion: Companion | None = None

    async def open(self, *, alone: bool = False, tell: Callable[[str], None] | None = None) -> None:
        """Make file and tables, or bring them up to date. A second call does nothing.

        `alone`: while it is open nobody else can open it. `tell` hears of each step of a migration.
        Raises `ConfigurationError` where the file is damaged, of a newer version, or not ours alone; `OSError` where
        the folder cannot be made; `StorageUnavailable` where the store fails.
        """
        async with self._opening.turn():
            if self._held is None:
                with damage_told(self.path):
                    await self._open(alone, tell)

    async def close(self) -> None:
        """Let go of the file. `open` may follow."""
        async with self._opening.turn():
            await self._engine.dispose()
            held, self._held = self._held, None
            if held is not None:
                await asyncio.to_thread(held.let_go)

    @property
    def was_looked_through(self) -> bool:
        """Whether the start looked at every page; of a large database only at the heads of its tables."""
        return self._held is not None and self._held.was_looked_through

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that sees one unchanging state; nothing it does is kept."""
        with failures_told(self.path):
            async with self._readers.turn(self._busy):
                self._check_files()
                async with self._engine.connect() as connection:
                    yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that alone may write. Committed at the end, undone by an exception."""
        companion = self._companion
        with failures_told(self.path):
            async with self._writers.turn(self._busy):
                if companion is None:
                    async with self._begun() as connection:
                        yield connection
                    return
                async with companion.beside(), self._begun() as connection:
                    yield connection
                    await companion.settle(connection)

    def accompany(self, companion: Companion) -> None:
        """Have `companion` take part in every writing transaction from now on."""
        self._companion = companion

    async def data_version(self) -> int:
        """A number that is another one after each write, of this process or any other. Waits for nothing.

        Raises `StorageUnavailable` where the file cannot be read, and `DatabaseClosed`.
        """
        if self._held is None:
            raise DatabaseClosed("closed", self.path)
        with failures_told(self.path):
            return self._held.data_version()

    @asynccontextmanager
    async def _begun(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction of the file that was opened: asked once more after the commit, before anybody is answered."""
        self._check_files()
        async with self._writing_engine.begin() as connection:
            yield connection
        self._check_files()

    def _check_files(self) -> None:
        if self._held is not None:
            self._held.files.check()

    async def _open(self, alone: bool, tell: Callable[[str], None] | None) -> None:
        held = await asyncio.to_thread(take_hold, self.path, self._busy, alone=alone)
        weakref.finalize(self, held.let_go)
        try:
            if not held.is_current:
                await self._migrate(tell)
        except BaseException:
            held.let_go()
            raise
        self._held = held

    async def _migrate(self, tell: Callable[[str], None] | None) -> None:
        """Several starts at once: one migrates, and the others find it done."""
        for left in reversed(range(_WAITS)):
            try:
                async with self.writing() as connection:
                    await connection.run_sync(migrate, lambda: copy_before(self.path), tell)
            except StorageUnavailable as failure:
                if failure.code != "busy" or not left:
                    raise
            else:
                return


def _engine_of(path: Path, busy_seconds: float) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        # Never asked for more than the turnstiles let through, so nobody waits in it, whose event loop it ever was.
        poolclass=AsyncAdaptedQueuePool,
        pool_size=READERS + 1,
        max_overflow=-1,
        async_creator=connecting(path, busy_seconds),
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
