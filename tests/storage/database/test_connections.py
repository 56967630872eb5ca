"""A statement costs one visit to its thread, a transaction no new connection, and nobody has to close anything."""

import asyncio
import gc
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from buckler.storage.database import Database
from buckler.storage.database.connections import OneVisit, ThreadedConnection, connecting
from tests.waiting import wait_until_async


class Counted(ThreadedConnection):
    """Counts the visits to its thread."""

    visits = 0

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        Counted.visits += 1
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]


async def opened(path: Path) -> ThreadedConnection:
    return await connecting(path, 1.0)()


async def test_a_statement_is_one_visit(tmp_path: Path) -> None:
    """The cursor, its rows and its end need none of their own: this is what aiosqlite has to keep for us."""
    connection = await opened(tmp_path / "one.db")
    connection.__class__ = Counted
    Counted.visits = 0
    cursor = await connection.cursor().__aenter__()
    assert isinstance(cursor, OneVisit)
    await cursor.execute("SELECT 1 UNION SELECT 2")
    assert [tuple(row) for row in await cursor.fetchall()] == [(1,), (2,)]
    assert cursor.description is not None
    await cursor.close()
    assert Counted.visits == 1
    await connection.close()


async def test_it_is_set_up_as_every_connection_of_ours(tmp_path: Path) -> None:
    """Durable, with foreign keys, trusting no schema."""
    connection = await opened(tmp_path / "one.db")
    cursor = connection.cursor()
    for pragma, wanted in (("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0)):
        await cursor.execute(f"PRAGMA {pragma}")
        assert [tuple(row) for row in await cursor.fetchall()] == [(wanted,)]
    await connection.close()


async def test_an_error_leaves_the_connection_good(tmp_path: Path) -> None:
    """The next statement runs."""
    connection = await opened(tmp_path / "one.db")
    cursor = connection.cursor()
    with pytest.raises(sqlite3.OperationalError):
        await cursor.execute("SELECT nothing FROM nowhere")
    await cursor.close()
    again = connection.cursor()
    await again.execute("SELECT 3")
    assert [tuple(row) for row in await again.fetchall()] == [(3,)]
    await connection.close()


async def test_a_cancelled_statement_is_ended_in_its_own_thread(tmp_path: Path) -> None:
    """Whoever waited is gone, the statement still runs: its cursor must not be ended under its feet."""
    connection = await opened(tmp_path / "one.db")
    cursor = connection.cursor()
    long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) SELECT count(*) FROM n"
    task = asyncio.create_task(cursor.execute(long))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await cursor.close()
    again = connection.cursor()
    await again.execute("SELECT 4")
    assert [tuple(row) for row in await again.fetchall()] == [(4,)]
    await connection.close()


def test_connections_serve_one_event_loop_after_another(tmp_path: Path) -> None:
    """Each `asyncio.run` is a loop of its own, and the transactions of the next one reuse the same threads."""
    database = Database(tmp_path / "data" / "loops.db")
    asyncio.run(database.open())

    async def read() -> int:
        async with database.reading() as connection:
            return int((await connection.execute(text("SELECT 7"))).scalar_one())

    before = threading.active_count()
    assert [asyncio.run(read()) for _ in range(5)] == [7] * 5
    assert threading.active_count() <= before + 1
    asyncio.run(database.close())


async def test_one_that_is_forgotten_ends_its_thread(tmp_path: Path) -> None:
    """Nobody is warned, and no thread is left behind."""
    connection = await opened(tmp_path / "one.db")
    thread = connection._thread
    assert thread.daemon
    del connection
    gc.collect()
    await wait_until_async(lambda: not thread.is_alive())
