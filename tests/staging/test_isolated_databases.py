"""A database beside another comes to a connection by `ATTACH`, and is opened no more than one by itself."""

import os
import sqlite3
import sys
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

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
        pytest.raises(sqlite3.DatabaseError, match="not authorized"),
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


@pytest.mark.parametrize(
    ("statement", "given"),
    [
        ("ATTACH '{}' || '' AS other", ()),
        ("ATTACH ? AS other", ("{}",)),
        ("/* a backup */ ATTACH DATABASE :place AS other", {"place": "{}"}),
        ('-- first\n ATTACH "{}" AS other', ()),
        ("ATTACH 'file:{}?mode=memory&mode=rwc' AS other", ()),
        ("ATTACH 'file:{}#?mode=ro' AS other", ()),
        ("\ufeffATTACH '{}' AS other", ()),
        ("\f\ufeff/**/\ufeff ATTACH\ufeff DATABASE\f'{}'\ufeffAS other", ()),
        ("\ufeffVACUUM\ufeff INTO '{}'", ()),
    ],
)
def test_however_it_is_written(own: Path, statement: str, given: object) -> None:
    """One that SQLite works out cannot be judged beforehand: fail closed. The app's authorizer hides nothing."""
    kept = str(own.parent / "kept.db")
    if isinstance(given, dict):
        values: object = {name: value.format(kept) for name, value in given.items()}
    else:
        values = tuple(value.format(kept) for value in given)
    refused = pytest.raises(sqlite3.DatabaseError, match="not authorized")
    with isolated(own) as block, closing(opened(own)) as database, refused:
        database.set_authorizer(None)
        database.execute(statement.format(kept), values)
    assert len(block.notes) == 1
    assert not Path(kept).exists()


def test_what_is_given_beside_is_read(own: Path) -> None:
    """And what only looks like it is no more than text; a script and cursors of the app's own kind are read as well."""
    kept, inside = own.parent / "kept.db", str(own / "b.db")

    class Cursor(sqlite3.Cursor):
        """Of the app."""

    with isolated(own) as block, closing(opened(own)) as database:
        database.execute("ATTACH ? AS other", (inside,))
        database.execute("CREATE TABLE other.note (text)")
        database.execute("INSERT INTO other.note VALUES ('; ATTACH ''/else/where'' AS more')")
        for carry in (database.executescript, database.cursor(Cursor).executescript):
            for before in ("SELECT 1;", "SELECT $a(');", "\ufeff;\ufeff"):
                with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
                    carry(f"{before} ATTACH '{kept}' AS more;")
    assert not kept.exists()
    assert len(block.notes) == 1


@pytest.mark.parametrize("uri", ["file:{}?mode=memory&mode=rwc", "file:{}#?mode=ro", "file:{}/%2e%2e/kept.db"])
def test_a_uri_is_read_as_sqlite_reads_it(own: Path, uri: str) -> None:
    """What follows # is nothing, and what is written in percent is what it stands for."""
    place = own if uri.count("%") else own.parent / "kept.db"
    with isolated(own), pytest.raises(PermissionError, match=r"kept\.db"):
        sqlite3.connect(uri.format(place), uri=True)
    assert not (own.parent / "kept.db").exists()


def test_a_connection_that_reads_nothing_is_told(own: Path) -> None:
    """Whoever makes one by its class is not hindered."""
    with isolated(own) as block, closing(sqlite3.Connection(":memory:")):
        pass
    assert block.notes == (
        "opened: a connection of SQLite of a kind of its own, to which others may be attached unseen",
    )


@pytest.mark.parametrize("positional", [True, False])
def test_a_kind_of_the_apps_own_is_kept(own: Path, positional: bool) -> None:
    """It reads besides."""

    class Connection(sqlite3.Connection):
        """Of the app."""

    with isolated(own) as block:
        if positional:
            database = sqlite3.connect(":memory:", 5.0, 0, None, True, Connection, 64)
        else:
            database = sqlite3.connect(":memory:", factory=Connection)
        with closing(database):
            assert isinstance(database, Connection)
            with pytest.raises(sqlite3.DatabaseError):
                database.execute(f"ATTACH '{own.parent / 'kept.db'}' AS other")
    assert len(block.notes) == 1


def test_threads_that_share_a_connection_do_not_wait_for_ever(own: Path) -> None:
    """SQLite calls nothing of ours while it holds the connection."""

    def work(database: sqlite3.Connection) -> None:
        for _ in range(400):
            database.execute("SELECT count(*) FROM note").fetchone()
            database.execute("INSERT INTO note VALUES ('a')")

    with isolated(own), closing(sqlite3.connect(own / "a.db", check_same_thread=False)) as database:
        database.execute("CREATE TABLE note (text)")
        threads = [Thread(target=work, args=(database,), daemon=True) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert not any(each.is_alive() for each in threads)


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
