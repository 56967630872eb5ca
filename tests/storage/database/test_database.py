"""The database keeps what it said it kept, whoever writes and whatever loop they run on."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from buckler.storage.database import Database
from buckler.storage.database import held as module
from buckler.storage.database.held import write_ahead
from buckler.storage.database.tables import RevocationRow
from tests.waiting import wait_until_async

WRITER = """
import asyncio, sys
from pathlib import Path
from sqlalchemy import insert
from buckler.storage.database import Database
from buckler.storage.database.tables import RevocationRow

async def main():
    database = Database(Path(sys.argv[1]))
    await database.open()
    for number in range(int(sys.argv[3])):
        row = f"{sys.argv[2]}-{number}"
        async with database.writing() as connection:
            await connection.execute(insert(RevocationRow).values(kind="token", subject=row, expires_at=number))
        print(row, flush=True)
    await database.close()

asyncio.run(main())
"""


async def test_fifty_writers_at_once_all_succeed(tmp_path: Path) -> None:
    """Fifty parallel writers: none fails with a locked database, none is lost."""
    database = await _opened(tmp_path)
    await asyncio.gather(*(_write(database, f"row-{number}") for number in range(50)))
    assert len(await _rows(database)) == 50
    await database.close()


async def test_a_step_after_reading_is_never_lost(tmp_path: Path) -> None:
    """Writers that read first and then write what they read plus one all count."""
    database = await _opened(tmp_path)
    await _write(database, "counter")

    async def add() -> None:
        async with database.writing() as connection:
            seen = (await connection.execute(select(RevocationRow.expires_at))).scalar_one()
            await connection.execute(update(RevocationRow).values(expires_at=seen + 1))

    await asyncio.gather(*(add() for _ in range(20)))
    async with database.reading() as connection:
        assert (await connection.execute(select(RevocationRow.expires_at))).scalar_one() == 20
    await database.close()


def test_each_loop_may_use_it(tmp_path: Path) -> None:
    """Opened in one event loop, the database serves parallel work in others, and closes in a fourth."""
    database = Database(tmp_path / "inner" / "buckler.db")
    asyncio.run(database.open())

    async def work(start: int) -> None:
        await asyncio.gather(*(_write(database, f"row-{number}") for number in range(start, start + 10)))

    asyncio.run(work(0))
    asyncio.run(work(10))
    assert len(asyncio.run(_rows(database))) == 20
    asyncio.run(database.close())


async def test_an_exception_undoes_the_whole_transaction(tmp_path: Path) -> None:
    """Nothing written before an exception stays."""
    database = await _opened(tmp_path)
    await _write(database, "taken")
    with pytest.raises(IntegrityError):
        await _write(database, "fresh", "taken")
    assert await _rows(database) == {"taken"}
    await database.close()


async def test_an_error_never_shows_what_was_written(tmp_path: Path) -> None:
    """The text of a failed statement carries no parameters: one of them may be a secret."""
    database = await _opened(tmp_path)
    await _write(database, "canary-7141")
    with pytest.raises(DBAPIError) as caught:
        await _write(database, "canary-7141")
    assert "canary-7141" not in str(caught.value)
    await database.close()


async def test_every_connection_is_durable_and_checks_references(tmp_path: Path) -> None:
    """Write-ahead log, full synchronisation, foreign keys on, busy timeout: on each connection."""
    database = await _opened(tmp_path)
    found = dict[str, object]()
    async with database.writing() as connection:
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "trusted_schema"):
            found[name] = (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
    await database.close()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 15_000,
        "trusted_schema": 0,
    }


@pytest.mark.skipif(os.name != "posix", reason="modes of files are a matter of POSIX")
async def test_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    """The folder is made with mode 700; file, log and index have mode 600, also where the file was laxer."""
    folder = tmp_path / "data"
    database = Database(folder / "buckler.db")
    await database.open()
    await _write(database, "row")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = sorted(folder.iterdir())
    assert [path.name[7:] for path in files] == [".db", ".db-shm", ".db-wal", ".db.lock"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    await database.close()
    files[0].chmod(0o644)
    await database.open()
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    await database.close()


@pytest.mark.parametrize("folder", ["50%s off", "a?b=c#d", "ü"])
async def test_the_path_is_taken_as_it_is(tmp_path: Path, folder: str) -> None:
    """Nothing in it is read as a part of a URL."""
    path = tmp_path / folder / "buckler.db"
    database = Database(path)
    await database.open()
    await database.close()
    assert database.path == path
    assert path.exists()


async def test_open_and_close_may_repeat(tmp_path: Path) -> None:
    """Opening twice, also at once, changes nothing; after closing it opens again with the same data."""
    database = await _opened(tmp_path)
    await asyncio.gather(*(database.open() for _ in range(5)))
    await _write(database, "row")
    await database.close()
    await database.close()
    await database.open()
    assert await _rows(database) == {"row"}
    await database.close()


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    """A process is killed with SIGKILL while it writes: every row that it had reported is there."""
    path = tmp_path / "data" / "buckler.db"
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(path), "row", "100000"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout as lines:
        reported = {lines.readline().decode().strip() for _ in range(40)}
        child.send_signal(signal.SIGKILL)
        reported |= {line.decode().strip() for line in lines if line.endswith(b"\n")}
    assert child.wait(30) == -signal.SIGKILL
    kept = asyncio.run(_reopened_rows(path))
    assert len(reported) >= 40
    assert reported <= kept


@pytest.mark.heavy
def test_processes_may_start_and_write_at_once(tmp_path: Path) -> None:
    """Five processes make the same new database at once and write to it: all succeed."""
    path = tmp_path / "data" / "buckler.db"
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), f"p{number}", "10"], stdout=subprocess.DEVNULL)
        for number in range(5)
    ]
    assert [child.wait(60) for child in children] == [0] * 5
    with sqlite3.connect(path) as connection:
        assert connection.execute("select count(*) from revocation").fetchone() == (50,)
    connection.close()


async def test_a_start_waits_for_another_that_writes_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before the write-ahead log is on, where SQLite by itself would say "locked" at once."""
    said: list[str] = []

    def overheard(connection: sqlite3.Connection, path: Path) -> None:
        connection.set_trace_callback(said.append)
        write_ahead(connection, path)

    monkeypatch.setattr(module, "write_ahead", overheard)
    path = tmp_path / "buckler.db"
    path.touch(mode=0o600)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = Database(path)
    opening = asyncio.create_task(database.open())
    await wait_until_async(lambda: "BEGIN IMMEDIATE" in said or opening.done())
    assert not opening.done()
    assert said == ["PRAGMA journal_mode=WAL", "BEGIN IMMEDIATE"]
    other.execute("ROLLBACK")
    other.close()
    await opening
    assert said[2:] == ["ROLLBACK", "PRAGMA journal_mode=WAL", *said[4:]]
    await database.close()


async def test_many_starts_on_a_new_file_switch_it_once(tmp_path: Path) -> None:
    """Eight at once, twice: all have the write-ahead log."""
    for number in range(2):
        path = tmp_path / f"{number}.db"
        databases = [Database(path) for _ in range(8)]
        await asyncio.gather(*(database.open() for database in databases))
        async with databases[0].reading() as connection:
            assert (await connection.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
        await asyncio.gather(*(database.close() for database in databases))


async def _reopened_rows(path: Path) -> set[str]:
    database = Database(path)
    await database.open()
    rows = await _rows(database)
    async with database.reading() as connection:
        assert (await connection.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"
    await database.close()
    return rows


async def _opened(folder: Path) -> Database:
    database = Database(folder / "data" / "buckler.db")
    await database.open()
    return database


async def _write(database: Database, *rows: str) -> None:
    async with database.writing() as connection:
        for row in rows:
            await connection.execute(insert(RevocationRow).values(kind="token", subject=row, expires_at=0))


async def _rows(database: Database) -> set[str]:
    async with database.reading() as connection:
        rows = set((await connection.execute(select(RevocationRow.subject))).scalars())
        assert (await connection.execute(select(func.count()).select_from(RevocationRow))).scalar_one() == len(rows)
        return rows
