"""A database beside another comes to a connection by `ATTACH`, and is opened no more than one by itself."""

import os
import sqlite3
import sys
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest

from buckler.staging.isolation import isolated


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The folder that is thrown away."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def opened(own: Path) -> sqlite3.Connection:
    """A database that is thrown away, to which URIs may be said."""
    return sqlite3.connect(f"file:{own}/a.db", uri=True)


@pytest.mark.parametrize(
    "shape", ["ATTACH DATABASE '{}' AS other", "attach 'file:{}?mode=rwc' as other", "VACUUM INTO '{}'"]
)
def test_none_elsewhere_is_attached(own: Path, shape: str) -> None:
    """Nor made: it is told, and the file is not there afterwards."""
    kept = own.parent / "kept.db"
    with (
        isolated(own) as block,
        closing(opened(own)) as database,
        pytest.raises(sqlite3.DatabaseError, match=r"not authorized|authorization"),
    ):
        database.execute(shape.format(kept))
    assert not kept.exists()
    assert f"refused: the database {kept}, attached to another" in block.notes


def test_with_leave_to_write_it_is_and_that_is_told(own: Path) -> None:
    """As one that is opened by itself."""
    kept = own.parent / "kept.db"
    with isolated(own, writes=True) as block, closing(sqlite3.connect(own / "a.db")) as database:
        database.execute(f"ATTACH '{kept}' AS other")
        database.execute("CREATE TABLE other.note (text)")
    assert kept.exists()
    assert block.notes == (f"opened: the database {kept}, attached to another",)


def test_what_lies_in_the_folder_or_nowhere_is_attached(own: Path) -> None:
    """And a database is made small as ever, which attaches one for a moment."""
    with isolated(own) as block, closing(sqlite3.connect(own / "a.db")) as database:
        for number, name in enumerate((own / "b.db", ":memory:", "")):
            database.execute(f"ATTACH '{name}' AS other{number}")
        database.execute("VACUUM")
        database.execute("SELECT 1")
    assert block.notes == ()


def test_a_name_that_is_no_text_in_the_statement_is_refused(own: Path) -> None:
    """Nobody can judge it beforehand: fail closed."""
    refused = pytest.raises(sqlite3.DatabaseError, match=r"not authorized|authorization")
    with isolated(own) as block, closing(opened(own)) as database, refused:
        database.execute("ATTACH ? AS other", (str(own.parent / "kept.db"),))
    assert len(block.notes) == 1


def test_an_authorizer_of_the_app_does_not_hide_it(own: Path) -> None:
    """It takes the place of ours, so the database is opened: that is told."""
    kept = own.parent / "o'kept.db"
    with isolated(own) as block, closing(sqlite3.connect(own / "a.db")) as database:
        database.set_authorizer(None)
        database.execute("ATTACH ? AS other", (str(kept),))
    assert block.notes == (f"opened: the database {kept}, attached to another",)


def test_after_the_block_a_connection_attaches_what_it_likes(own: Path) -> None:
    """Those of a test live on."""
    with isolated(own) as block:
        database = sqlite3.connect(own / "a.db")
    with closing(database):
        database.execute(f"ATTACH '{own.parent / 'kept.db'}' AS other")
    assert block.notes == ()


def test_workers_of_multiprocessing_are_told(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are spawned are isolated by nothing; one that is forked is, and nothing is heard of it."""
    monkeypatch.delitem(sys.modules, "multiprocessing.popen_spawn_posix", raising=False)
    with isolated(own) as block:
        from multiprocessing.popen_spawn_posix import Popen

        forked = get_context("fork").Process(target=os.getpid)
        forked.start()
        forked.join()
    assert Popen.method == "spawn"
    assert set(block.notes) == {
        "started: processes of multiprocessing, which nothing isolates",
        "started: a fork of this process, which is isolated, and of which nothing is told",
    }
