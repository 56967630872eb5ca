"""A copy is one whole state in a file of its own; only what is whole and ours comes back."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert

from buckler.errors import ConfigurationError
from buckler.storage.database import Database
from buckler.storage.database.copies import BadCopy, drafted, put_in_place, save_copy
from buckler.storage.database.tables import GuessRow, InstallationRow


async def _database(path: Path) -> Database:
    database = Database(path)
    await database.open()
    async with database.writing() as connection:
        await connection.execute(insert(InstallationRow).values(id="one", created_at=1, check_sealed=b"x"))
    return database


async def _add(database: Database, key: bytes) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(GuessRow).values(key=key, failures=1, last_at=1, expires_at=1))


def _keys(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM guess ORDER BY key")]


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def _exchange(path: Path) -> None:
    path.unlink()
    _change(path, "CREATE TABLE note (x)")


def _change(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


async def test_a_copy_is_one_state_while_others_write(tmp_path: Path) -> None:
    """What is in a transaction that is not over is not in it; the writer is not held up."""
    database = await _database(tmp_path / "data" / "x.db")
    await _add(database, b"kept")
    async with database.writing() as connection:
        await connection.execute(insert(GuessRow).values(key=b"open", failures=1, last_at=1, expires_at=1))
        size = save_copy(database.path, tmp_path / "copy.db")
    await database.close()
    assert _keys(tmp_path / "copy.db") == [b"kept"]
    assert size == (tmp_path / "copy.db").stat().st_size
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert _names(tmp_path) == ["copy.db", "data"]


async def test_what_was_deleted_is_not_in_a_copy(tmp_path: Path) -> None:
    """Nor in the pages that nothing uses any more."""
    database = await _database(tmp_path / "x.db")
    for number in range(200):
        await _add(database, b"erased person %d" % number)
    async with database.writing() as connection:
        await connection.execute(GuessRow.__table__.delete())  # type: ignore[attr-defined]
    save_copy(database.path, tmp_path / "copy.db")
    await database.close()
    assert b"erased person" not in (tmp_path / "copy.db").read_bytes()


async def test_a_copy_overwrites_nothing(tmp_path: Path) -> None:
    """No file, no link; and of no database there is no copy."""
    database = await _database(tmp_path / "x.db")
    await database.close()
    (tmp_path / "there").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("there", "link"):
        with pytest.raises(ConfigurationError, match="never overwritten"):
            save_copy(database.path, tmp_path / name)
    assert (tmp_path / "there").read_text() == "mine"
    with pytest.raises(ConfigurationError, match="no database"):
        save_copy(tmp_path / "none.db", tmp_path / "new")
    (tmp_path / "bad.db").write_bytes(b"x" * 10_000)
    with pytest.raises(ConfigurationError, match="cannot be copied"):
        save_copy(tmp_path / "bad.db", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    with pytest.raises(FileNotFoundError):
        save_copy(database.path, tmp_path / "no folder" / "new")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[4096:8192] = bytes(4096)
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_cut, "damaged"),
        (_flip, "damaged"),
        (lambda path: path.write_bytes(b""), "is no database"),
        (lambda path: path.write_text("a letter"), "is no database"),
        (lambda path: (path.unlink(), path.mkdir()), "no regular file"),
        (_exchange, "something else"),
        (lambda path: _change(path, "UPDATE alembic_version SET version_num = '9999'"), "newer version"),
        (lambda path: _change(path, "DELETE FROM alembic_version"), "newer version"),
        (lambda path: _change(path, "DELETE FROM installation"), "never started"),
        (
            lambda path: _change(path, "CREATE TRIGGER t AFTER INSERT ON account BEGIN DELETE FROM revocation; END"),
            "somebody put the trigger",
        ),
        (lambda path: path.with_name("copy.db-wal").write_bytes(b"x"), "Use buckler backup"),
    ],
)
async def test_what_is_not_whole_and_ours_is_refused(tmp_path: Path, spoil: Callable[[Path], object], why: str) -> None:
    """Each with its reason, and nothing of it is left beside the database. The same file unspoilt passes."""
    database = await _database(tmp_path / "data" / "x.db")
    copy = tmp_path / "copy.db"
    save_copy(database.path, copy)
    await database.close()
    before = sorted((tmp_path / "data").iterdir())
    with drafted(copy, database.path) as draft:
        assert draft.read_bytes() == copy.read_bytes()
    spoil(copy)
    with pytest.raises(BadCopy, match=why), drafted(copy, database.path):
        pass
    assert sorted((tmp_path / "data").iterdir()) == before


async def test_the_new_takes_the_place_of_the_old_which_keeps_another_name(tmp_path: Path) -> None:
    """With everything that was only in its log."""
    database = await _database(tmp_path / "data" / "x.db")
    save_copy(database.path, tmp_path / "copy.db")
    await _add(database, b"later")
    await database.close()
    with drafted(tmp_path / "copy.db", database.path) as draft:
        aside = put_in_place(draft, database.path, 0)
    assert aside == tmp_path / "data" / "x.db.19700101T000000Z"
    assert (_keys(database.path), _keys(aside)) == ([], [b"later"])


async def test_a_log_that_is_left_is_not_read_into_the_new(tmp_path: Path) -> None:
    """Neither of a database that is gone nor of one that is too damaged to be opened."""
    database = await _database(tmp_path / "data" / "x.db")
    save_copy(database.path, tmp_path / "copy.db")
    await database.close()
    for state in (None, b"damaged" * 1000):
        database.path.unlink(missing_ok=True)
        if state is not None:
            database.path.write_bytes(state)
        database.path.with_name("x.db-wal").write_bytes(b"log")
        with drafted(tmp_path / "copy.db", database.path) as draft:
            aside = put_in_place(draft, database.path, 0)
        assert (aside is None) == (state is None)
        assert not database.path.with_name("x.db-wal").exists()
        assert database.path.with_name("x.db.19700101T000000Z-wal").read_bytes() == b"log"


async def test_a_database_that_another_program_reads_is_not_exchanged(tmp_path: Path) -> None:
    """A shell of sqlite3 asks for no lock of ours; a second of the same second takes no name that is taken."""
    database = await _database(tmp_path / "data" / "x.db")
    save_copy(database.path, tmp_path / "copy.db")
    await database.close()
    with closing(sqlite3.connect(database.path)) as shell, drafted(tmp_path / "copy.db", database.path) as draft:
        shell.execute("PRAGMA journal_mode=WAL").fetchone()
        shell.execute("SELECT * FROM guess").fetchall()
        shell.execute("BEGIN IMMEDIATE")
        with pytest.raises(BadCopy, match="another program"):
            put_in_place(draft, database.path, 0)
    with drafted(tmp_path / "copy.db", database.path) as draft:
        put_in_place(draft, database.path, 0)
    with (
        drafted(tmp_path / "copy.db", database.path) as draft,
        pytest.raises(ConfigurationError, match="nothing is overwritten"),
    ):
        put_in_place(draft, database.path, 0)


async def test_what_a_broken_off_try_left_is_cleared(tmp_path: Path) -> None:
    """By the next one."""
    database = await _database(tmp_path / "data" / "x.db")
    save_copy(database.path, tmp_path / "copy.db")
    await database.close()
    left = tmp_path / "data" / ".restoring-before"
    left.mkdir()
    (left / "x.db").write_bytes(b"half")
    with drafted(tmp_path / "copy.db", database.path):
        assert not left.exists()
