"""However SQLite fails while the service runs: an error with its reason, nothing half done, and it goes on after."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError, OperationalError

from buckler.errors import ConfigurationError
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.storage.database import Database, connections
from buckler.storage.database.failures import failures_told
from buckler.storage.database.tables import RevocationRow
from buckler.storage.unavailable import StorageUnavailable
from tests.clocks import FakeClock
from tests.storage.database.trouble import CODES, TROUBLES, beside, busy, full, held_elsewhere, kept, namespaced, put
from tests.waiting import wait_until_async

SMALL_DISK = Path(__file__).with_name("small_disk.py")
WRITERS = int(os.environ.get("BUCKLER_WRITERS", "40"))
"""At once, in each of two processes."""


async def opened(folder: Path, busy_seconds: float = 0.2) -> Database:
    database = Database(folder / "data" / "buckler.db", busy_seconds=busy_seconds)
    await database.open()
    return database


@pytest.mark.parametrize("name", TROUBLES)
async def test_each_failure_has_its_reason_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    """A transaction of many rows fails as a whole; once the trouble is over the same process goes on."""
    database = await opened(tmp_path)
    await put(database, "before")
    async with TROUBLES[name](database):
        with pytest.raises(StorageUnavailable) as failed:
            await put(database, *(f"row-{number}" for number in range(200)), size=60)
        assert failed.value.code == CODES.get(name, name)
        assert str(database.path) in str(failed.value)
        assert "row-" not in str(failed.value) + str(failed.value.reason)
    assert await kept(database) == {"before"}
    await put(database, "after")
    assert await kept(database) == {"before", "after"}
    async with database.reading() as connection:
        assert (await connection.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"
    await database.close()


@pytest.mark.parametrize("name", ["removed", "exchanged", "without log", "damaged"])
async def test_reading_fails_in_the_same_way(tmp_path: Path, name: str) -> None:
    database = await opened(tmp_path)
    await put(database, "before")
    async with TROUBLES[name](database):
        with pytest.raises(StorageUnavailable) as failed:
            await kept(database)
        assert failed.value.code == CODES.get(name, name)
        if name != "damaged":  # whether anything was written stands in the index of the log
            with pytest.raises(StorageUnavailable):
                await database.data_version()
    assert await kept(database) == {"before"}
    await database.close()


@pytest.mark.parametrize("name", ["busy", "full", "readonly"])
async def test_what_was_kept_can_be_read_while_nothing_can_be_written(tmp_path: Path, name: str) -> None:
    database = await opened(tmp_path)
    await put(database, "before")
    async with TROUBLES[name](database):
        assert await kept(database) == {"before"}
    await database.close()


async def test_a_file_that_goes_in_the_middle_answers_nobody(tmp_path: Path) -> None:
    """The commit went into a file without a name: whoever waits for it is not told that it went well."""
    database = await opened(tmp_path)

    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(RevocationRow).values(kind="token", subject="lost", expires_at=0))
            database.path.rename(tmp_path / "elsewhere")

    with pytest.raises(StorageUnavailable, match=r"buckler\.db") as failed:
        await write()
    assert failed.value.code == "moved"
    await database.close()


async def test_a_step_that_is_undone_hides_no_full_disk(tmp_path: Path) -> None:
    """SQLite undid the whole transaction, so undoing the step fails in a way of its own: no such savepoint."""
    database = await opened(tmp_path)
    feed = RevocationFeed(database, None, FakeClock())

    async def add() -> None:
        async with database.writing() as connection:
            for number in range(500):
                await feed.add(connection, "token", f"{number:060}")

    async with full(database):
        with pytest.raises(StorageUnavailable) as failed:
            await add()
        assert failed.value.code == "full"
    assert await kept(database) == set()
    await database.close()


async def test_whoever_goes_on_after_a_full_disk_keeps_nothing(tmp_path: Path) -> None:
    """A caller that swallows the error and writes on: else each later row would be kept by itself."""
    database = await opened(tmp_path)
    await put(database, "before")

    async def go_on() -> None:
        async with database.writing() as connection:
            for number in range(200):
                with suppress(OperationalError):
                    row = {"kind": "token", "subject": f"{number:060}", "expires_at": 0}
                    await connection.execute(insert(RevocationRow).values(row))
            with suppress(OperationalError):
                await connection.execute(text("DELETE FROM revocation"))

    async with full(database):
        with pytest.raises(StorageUnavailable) as failed:
            await go_on()
        assert failed.value.code == "full"
    assert await kept(database) == {"before"}
    await database.close()


async def test_nobody_waits_for_longer_than_was_said(tmp_path: Path) -> None:
    """Twenty writers behind a lock that stays: all are told within the time of two, not one after the other."""
    database = await opened(tmp_path, busy_seconds=0.5)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with busy(database):
        ended = await asyncio.gather(*(put(database, str(number)) for number in range(20)), return_exceptions=True)
    assert {each.code for each in ended if isinstance(each, StorageUnavailable)} == {"busy"}
    assert len([each for each in ended if isinstance(each, StorageUnavailable)]) == 20
    assert loop.time() - begun < 20 * 0.5
    await put(database, "after")
    assert await kept(database) == {"after"}
    await database.close()


async def test_a_lock_that_goes_in_time_fails_nobody(tmp_path: Path) -> None:
    database = await opened(tmp_path, busy_seconds=15)
    with held_elsewhere(database.path):
        writing = asyncio.create_task(put(database, "row"))
        await asyncio.sleep(0)
    await writing
    assert await kept(database) == {"row"}
    await database.close()


async def test_a_request_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    """Neither a row nor a lock: the next one writes at once."""
    database = await opened(tmp_path)
    reached = asyncio.Event()

    async def broken_off() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(RevocationRow).values(kind="token", subject="half", expires_at=0))
            reached.set()
            await asyncio.Event().wait()

    for _ in range(5):
        reached.clear()
        task = asyncio.create_task(broken_off())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await put(database, "row") if not await kept(database) else None
    assert await kept(database) == {"row"}
    await database.close()


async def test_one_cancelled_while_it_waits_is_forgotten(tmp_path: Path) -> None:
    database = await opened(tmp_path, busy_seconds=15)
    with held_elsewhere(database.path):
        tasks = [asyncio.create_task(put(database, str(number))) for number in range(5)]
        await asyncio.sleep(0)
        for task in tasks[1:]:
            task.cancel()
        await asyncio.wait(tasks[1:])
    await tasks[0]
    assert await kept(database) == {"0"}
    await database.close()


async def test_what_is_no_failure_of_the_store_stays_what_it_is(tmp_path: Path) -> None:
    """A wrong statement, and a row that stands against another."""
    database = await opened(tmp_path)
    await put(database, "row")
    with pytest.raises(IntegrityError):
        await put(database, "row")
    with pytest.raises(OperationalError):
        async with database.writing() as connection:
            await connection.execute(text("SELECT nothing FROM nowhere"))
    with pytest.raises(sqlite3.ProgrammingError), failures_told(database.path):
        raise sqlite3.ProgrammingError("closed")
    await database.close()


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """A real one: in the middle of a commit, with room again, and mounted for reading alone."""
    prefix = namespaced()
    if not prefix:
        pytest.skip("this system lets nobody mount a disk of its own")
    done = subprocess.run(
        [*prefix, sys.executable, str(SMALL_DISK), "disk", str(tmp_path)], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.split()) == (0, ["full", "kept", "again", "readonly"]), done.stderr


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The system refuses the write in the middle of a commit, with an error that SQLite knows no name for."""
    done = subprocess.run([sys.executable, str(SMALL_DISK), "limit", str(tmp_path)], capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, ["unreadable", "kept", "again"]), done.stderr


async def test_the_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody reads it has to; then it is folded into the file, and cut to its limit."""
    monkeypatch.setitem(connections.PRAGMAS, "journal_size_limit", 100_000)
    database = await opened(tmp_path)
    log = database.path.with_name("buckler.db-wal")
    async with database.reading() as connection:
        await connection.execute(text("SELECT count(*) FROM revocation"))
        for number in range(4):
            await put(database, *(f"{number}-{each}" for each in range(300)), size=3000)
        assert (await connection.execute(text("SELECT count(*) FROM revocation"))).scalar_one() == 0
        grown = log.stat().st_size
    assert grown > 4_000_000
    for number in range(5):
        await put(database, f"after-{number}")
    assert log.stat().st_size <= 100_000
    assert len(await kept(database)) == 1205
    await database.close()


async def test_a_setting_that_is_not_taken_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says nothing of a PRAGMA that it does not know, or takes in another way."""
    for pragma, value, found in (("no_such_pragma", 1, "None"), ("synchronous", 7, "synchronous=7")):
        with monkeypatch.context() as patch:
            patch.setitem(connections.PRAGMAS, pragma, value)
            with pytest.raises(ConfigurationError, match=found):
                await opened(tmp_path)


async def test_writers_of_two_processes_all_get_their_turn(tmp_path: Path) -> None:
    """Each with many at once: none fails, no row is missing, and neither waits for the other's end."""
    database = await opened(tmp_path, busy_seconds=15)
    other = beside(SMALL_DISK, "writers", database.path, WRITERS)
    assert other.stdout is not None
    with other:
        assert other.stdout.readline() == "begins\n"
        await asyncio.gather(*(put(database, f"ours-{number}") for number in range(WRITERS)))
        await wait_until_async(lambda: other.poll() is not None, within=60)
    assert other.returncode == 0
    assert len(await kept(database)) == 2 * WRITERS
    await database.close()
