"""Ways in which a database fails, each brought about in SQLite itself and ended again."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import QueuePool, insert, select, text

from buckler.storage.database import Database
from buckler.storage.database.tables import RevocationRow

_HOLDER: Final = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@contextmanager
def held_elsewhere(path: Path) -> Generator[None]:
    """Another process holds the lock of the writer."""
    other = subprocess.Popen([sys.executable, "-c", _HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdin is not None
    assert other.stdout is not None
    with other.stdin, other.stdout:
        assert other.stdout.readline() == b"held\n"
        yield
        other.stdin.write(b"\n")
        other.stdin.flush()
        assert other.wait(30) == 0


@asynccontextmanager
async def busy(database: Database) -> AsyncGenerator[None]:
    """Somebody else writes. Make `database` with a small `busy_seconds`."""
    with held_elsewhere(database.path):
        yield


@asynccontextmanager
async def full(database: Database) -> AsyncGenerator[None]:
    """There is room for no further page."""
    await _on_writer(database, "PRAGMA max_page_count=1")
    yield
    await _on_writer(database, "PRAGMA max_page_count=1073741823")


@asynccontextmanager
async def readonly(database: Database) -> AsyncGenerator[None]:
    """Nothing may be written."""
    await _on_writer(database, "PRAGMA query_only=1")
    yield
    await _on_writer(database, "PRAGMA query_only=0")


@asynccontextmanager
async def removed(database: Database) -> AsyncGenerator[None]:
    """The file has another name."""
    elsewhere = database.path.with_name("elsewhere")
    database.path.rename(elsewhere)
    yield
    elsewhere.rename(database.path)


@asynccontextmanager
async def exchanged(database: Database) -> AsyncGenerator[None]:
    """Another file, a whole copy, is in the place of the one that was opened."""
    elsewhere = database.path.with_name("elsewhere")
    database.path.rename(elsewhere)
    database.path.write_bytes(elsewhere.read_bytes())
    yield
    elsewhere.replace(database.path)


@asynccontextmanager
async def without_log(database: Database) -> AsyncGenerator[None]:
    """Its log has another name."""
    log, elsewhere = database.path.with_name(database.path.name + "-wal"), database.path.with_name("elsewhere")
    log.rename(elsewhere)
    yield
    elsewhere.rename(log)


@asynccontextmanager
async def damaged(database: Database) -> AsyncGenerator[None]:
    """Every page but the first is overwritten, and nothing of them is remembered."""
    with sqlite3.connect(database.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = database.path.read_bytes()
    overwrite(database.path, 4096, b"\xff" * (len(whole) - 4096))
    await database._engine.dispose()
    yield
    overwrite(database.path, 0, whole)
    await database._engine.dispose()


Trouble = Callable[[Database], AbstractAsyncContextManager[None]]
TROUBLES: Final[dict[str, Trouble]] = {
    "busy": busy, "full": full, "readonly": readonly, "removed": removed, "exchanged": exchanged,
    "without log": without_log, "damaged": damaged,
}  # fmt: skip
CODES: Final = {"removed": "moved", "exchanged": "moved", "without log": "moved"}
"""The reason that each is told with, where it is not its own name."""


def overwrite(path: Path, at: int, content: bytes) -> None:
    """In place: the file stays the same file. Never by another open and close in this process while it is in use
    elsewhere: that would drop SQLite's locks."""
    program = "import os, sys; os.pwrite(os.open(sys.argv[1], os.O_WRONLY), sys.stdin.buffer.read(), int(sys.argv[2]))"
    subprocess.run([sys.executable, "-c", program, str(path), str(at)], input=content, check=True)


async def put(database: Database, *subjects: str, size: int = 0) -> None:
    """One transaction with a row for each; `size` bytes of more in it."""
    async with database.writing() as connection:
        for subject in subjects:
            row = {"kind": "token", "subject": subject.ljust(size), "expires_at": 0}
            await connection.execute(insert(RevocationRow).values(row))


async def kept(database: Database) -> set[str]:
    """What rows there are."""
    async with database.reading() as connection:
        return {each.strip() for each in (await connection.execute(select(RevocationRow.subject))).scalars()}


async def _on_writer(database: Database, line: str) -> None:
    """On every connection that waits in the pool, for one of them is the next writer's."""
    pool = database._engine.pool
    assert isinstance(pool, QueuePool)
    async with AsyncExitStack() as all_of_them:
        for _ in range(pool.checkedin() or 1):
            connection = await all_of_them.enter_async_context(database.reading())
            await connection.execute(text(line))


def beside(*arguments: object) -> "subprocess.Popen[str]":
    """Another process of Python, which is asked by what it prints."""
    told = [sys.executable, *map(str, arguments)]
    return subprocess.Popen(told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def namespaced() -> list[str]:
    """What starts a process that may mount a small disk of its own, or nothing where the system allows none."""
    prefix = ["unshare", "--user", "--map-root-user", "--mount"]
    trial = [*prefix, "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]
    try:
        done = subprocess.run(trial, capture_output=True, timeout=30)
    except OSError:
        return []
    return prefix if done.returncode == 0 and os.name == "posix" else []
