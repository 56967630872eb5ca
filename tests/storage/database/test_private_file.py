"""Nobody else can exchange the database, put a link in its place, or have laid it there before us."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from buckler.errors import ConfigurationError
from buckler.storage.database import Database, private_file
from buckler.storage.database.private_file import faults_of, make_private

STRANGER = os.geteuid() + 4711
INTRUDER = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=0).execute("create table intruder (at)")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder as it should be."""
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    return made


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o720, 0o702, 0o1777])
def test_a_folder_that_others_may_write_to_is_refused(folder: Path, mode: int) -> None:
    """In such a folder, be it its group's or everybody's, the file could be exchanged for another."""
    folder.chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod go-w"):
        asyncio.run(Database(folder / "buckler.db").open())
    assert not list(folder.iterdir())


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755])
def test_a_folder_that_others_may_only_read_is_taken(folder: Path, mode: int) -> None:
    """They see the name of the file and nothing in it."""
    folder.chmod(mode)
    make_private(folder / "buckler.db")
    assert stat.S_IMODE((folder / "buckler.db").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(folder: Path) -> None:
    """Its owner may do there as they like."""
    os.chown(folder, STRANGER, -1)
    with pytest.raises(ConfigurationError, match=f"belongs to user {STRANGER}"):
        make_private(folder / "buckler.db")


def test_a_folder_of_root_is_taken_and_one_of_a_stranger_is_not(folder: Path) -> None:
    """Root can do everything anyway; another user could not, but for this folder."""
    found = folder.stat()
    private_file._judge_folder(folder, _owned(found, 0))
    with pytest.raises(ConfigurationError, match="chown"):
        private_file._judge_folder(folder, _owned(found, STRANGER))


def test_a_file_of_somebody_else_is_refused(folder: Path) -> None:
    """Its owner could change it under us."""
    path = folder / "buckler.db"
    make_private(path)
    private_file._judge_file(path, path.lstat())
    with pytest.raises(ConfigurationError, match="chown"):
        private_file._judge_file(path, _owned(path.lstat(), STRANGER))


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_not_followed(folder: Path, suffix: str, exists: bool) -> None:
    """Without the judgement SQLite writes through the link; with it nothing is opened or made."""
    target = folder.parent / "elsewhere"
    if exists:
        target.touch()
    (folder / f"buckler.db{suffix}").symlink_to(target)
    with pytest.raises(ConfigurationError, match="link"):
        asyncio.run(Database(folder / "buckler.db").open())
    assert target.exists() is exists
    assert not exists or target.read_bytes() == b""


def test_sqlite_itself_follows_a_link(folder: Path) -> None:
    """The attack, without the defence: what was to be ours lies where a link led."""
    target = folder.parent / "elsewhere"
    (folder / "buckler.db").symlink_to(target)
    with sqlite3.connect(folder / "buckler.db") as connection:
        connection.execute("create table account (name)")
    connection.close()
    assert b"account" in target.read_bytes()


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_only_a_regular_file_is_taken(folder: Path, kind: str) -> None:
    """Neither a folder nor a pipe; the pipe does not hang the start."""
    path = folder / "buckler.db"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(ConfigurationError, match="regular file"):
        make_private(path)


def test_judging_again_leaves_the_locks_of_sqlite(folder: Path) -> None:
    """A second opening in the same process does not let another process write over a transaction."""
    path = folder / "buckler.db"
    make_private(path)
    held = sqlite3.connect(path, isolation_level=None)
    held.execute("begin exclusive")
    make_private(path)
    intruder = subprocess.run([sys.executable, "-c", INTRUDER, str(path)], capture_output=True, text=True)
    held.close()
    assert "database is locked" in intruder.stderr


def test_a_journal_that_another_process_takes_away_meanwhile_is_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite removes it whenever it is done with it: also between our asking whether it is there and whose it is."""
    path = folder / "buckler.db"
    journal = path.with_name("buckler.db-journal")
    look = Path.lstat

    def looked_at(each: Path) -> os.stat_result:
        if each == journal:
            journal.unlink()
        return look(each)

    make_private(path)
    monkeypatch.setattr(Path, "lstat", looked_at)
    for judge in (make_private, faults_of):
        journal.touch(0o600)
        judge(path)


def _owned(found: os.stat_result, user: int) -> os.stat_result:
    fields = list(found)
    fields[4] = user
    return os.stat_result(fields)
