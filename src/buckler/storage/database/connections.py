"""Connections to SQLite of which a statement costs one visit to their thread.

SQLite waits for the disk, so each connection has a thread of its own (aiosqlite). A visit there and back costs more
than most of our statements: SQLAlchemy makes four of each statement, for the cursor, the statement, its rows and
the end of the cursor, and a dozen more to open a connection. Here the cursor is made where it is asked for, the rows
come with the statement, and connections that are not in use wait for the next transaction.

Some errors (a full disk, a failed read) undo the whole transaction inside SQLite. What a caller then still ran in it
would be kept, each statement by itself: so nothing of it runs, and its end fails with the same error (fail closed).

A connection belongs to no event loop: each visit is awaited by a future of whoever makes it. One that is forgotten
ends by itself. This file alone uses private names of aiosqlite:
`_execute`, `_conn`, `_connection`, `_thread` and a cursor's `_cursor`. Tests notice when they change.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final, Self, cast

import aiosqlite

from buckler.errors import ConfigurationError

LOG_LIMIT: Final = 64 * 1024 * 1024
"""Bytes that the log keeps on the disk once its pages are in the file. It grows beyond them while somebody reads."""
PRAGMAS: Final = {"synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "journal_size_limit": LOG_LIMIT}
"""Set on every connection, and read back: 2 is FULL, which waits for the disk at every commit."""
_CHUNK: Final = 64


def connecting(path: Path, busy_seconds: float) -> Callable[[], Awaitable["ThreadedConnection"]]:
    """What opens a connection: for `create_async_engine(async_creator=...)`."""

    def connector() -> sqlite3.Connection:
        # None: the driver sends no BEGIN of its own.
        made = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        try:
            _set_up(made)
        except BaseException:
            made.close()
            raise
        return made

    def connect() -> Awaitable[ThreadedConnection]:
        return cast("Awaitable[ThreadedConnection]", ThreadedConnection(connector))

    return connect


def _set_up(made: sqlite3.Connection) -> None:
    """SQLite says nothing of a setting that it does not know or does not take."""
    for pragma, wanted in PRAGMAS.items():
        made.execute(f"PRAGMA {pragma}={wanted}").close()
        found = made.execute(f"PRAGMA {pragma}").fetchone()
        if found is None or found[0] != wanted:
            # Fail closed: it would be a promise that nobody keeps.
            raise ConfigurationError(
                f"SQLite {sqlite3.sqlite_version} does not take PRAGMA {pragma}={wanted}: it says {found and found[0]}."
                " Use a build of it that does."
            )


class ThreadedConnection(aiosqlite.Connection):
    """A connection whose cursors are `OneVisit`."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, _CHUNK)
        self._thread.daemon = True  # as SQLAlchemy does: a forgotten one holds up no exit
        self.undone: sqlite3.Error | None = None
        """Why SQLite undid the transaction that its caller believes to be in."""

    def cursor(self) -> Any:
        """A cursor; it needs no awaiting."""
        return OneVisit(self, self._conn.cursor())

    async def commit(self) -> None:
        """End the transaction. Raises what undid it."""
        if self.undone is not None:
            raise self.undone
        await super().commit()

    async def rollback(self) -> None:
        """Undo the transaction."""
        self.undone = None
        await super().rollback()

    def watched(self, step: Callable[..., object], *given: object) -> None:
        """Take a step of a transaction, in the thread of this connection. Raises what undid it before."""
        if self.undone is not None:
            raise self.undone
        made = self._conn
        was_within = made.in_transaction
        try:
            step(*given)
        except sqlite3.Error as error:
            if was_within and not made.in_transaction:
                self.undone = error
            raise

    def __del__(self) -> None:
        """End the thread of one that nobody closed."""
        if self._connection is not None:
            cast("Any", self).stop()


class OneVisit(aiosqlite.Cursor):
    """A cursor that brings the rows back together with the statement."""

    def __init__(self, connection: ThreadedConnection, cursor: sqlite3.Cursor) -> None:
        super().__init__(connection, cursor)
        self._rows: list[Any] = []
        self._under_way = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        """Run a statement and keep its rows."""
        await self._visit(self._run, sql, () if parameters is None else parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Run a statement once for each of `parameters`."""
        await self._visit(self._cursor.executemany, sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows that came with the statement."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """End the cursor: here, unless its statement still runs because whoever waited for it was cancelled."""
        if self._under_way:
            await self._in_thread(self._cursor.close)
        else:
            self._cursor.close()

    async def _visit(self, step: Callable[..., object], *given: object) -> None:
        self._under_way = True
        try:
            await self._in_thread(cast("ThreadedConnection", self._conn).watched, step, *given)
        except sqlite3.Error:
            self._under_way = False  # it ended, with an error
            raise
        self._under_way = False

    def _in_thread(self, step: Callable[..., object], *given: object) -> Awaitable[None]:
        connection = cast("Any", self._conn)
        return cast("Awaitable[None]", connection._execute(step, *given))  # noqa: SLF001

    def _run(self, sql: str, parameters: Any) -> None:
        self._rows = self._cursor.execute(sql, parameters).fetchall()
