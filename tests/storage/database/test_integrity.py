"""What a start looks at before it believes a database, and what it says where it does not."""

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from buckler.errors import ConfigurationError
from buckler.storage.database import Database, held
from buckler.storage.database.damage import DatabaseDamaged
from buckler.storage.database.held import write_ahead
from buckler.storage.database.migration import HEAD, configuration
from buckler.storage.database.network_place import kind_of_place, refuse_network_place
from buckler.storage.database.occupancy import Occupied
from buckler.storage.database.soundness import refuse_unsound
from buckler.storage.database.upgrade import NewerDatabase
from buckler.storage.unavailable import StorageUnavailable
from tests.storage.database.trouble import held_elsewhere, kept, put

MOUNTS = r"""
21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
22 21 0:5 / /proc rw,nosuid shared:12 - proc proc rw
40 21 0:40 / /srv/far rw,relatime shared:7 master:2 - nfs4 server:/export rw
41 40 8:2 / /srv/far/near rw,relatime - xfs /dev/sdb1 rw
42 21 0:41 / /srv/a\040share rw - cifs //server/share rw
43 21 0:42 / /srv/gone rw - fuse.sshfs host:/ rw
44 21 0:43 / /srv/gone rw - tmpfs none rw
"""


async def opened(folder: Path) -> Database:
    database = Database(folder / "data" / "buckler.db")
    await database.open()
    return database


async def filled(folder: Path) -> Path:
    """A closed database with some pages of rows, all of them in its one file."""
    database = await opened(folder)
    await put(database, *(str(number) for number in range(60)), size=500)
    await database.close()
    with closing(sqlite3.connect(database.path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    return database.path


def change(path: Path, *lines: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for line in lines:
            connection.execute(line)
        connection.commit()


async def test_a_torn_page_anywhere_is_found_at_the_start(tmp_path: Path) -> None:
    """Also in a page that no start would read: each of them in turn."""
    path = await filled(tmp_path)
    whole, missed = path.read_bytes(), list[int]()
    for at in range(4096, len(whole), 4096):
        path.write_bytes(whole[:at] + b"\xff" * 4096 + whole[at + 4096 :])
        try:
            await Database(path).open()
        except DatabaseDamaged:
            continue
        missed.append(at // 4096)
    assert missed == []
    path.write_bytes(whole)
    assert len(await kept(await opened(tmp_path))) == 60


async def test_a_row_that_hangs_on_nothing_is_found_at_the_start(tmp_path: Path) -> None:
    path = await filled(tmp_path)
    change(path, "INSERT INTO device SELECT 'd', 'nobody', X'01', 1, 1, 1, 0, ''")
    with pytest.raises(DatabaseDamaged, match="row 1 of device hangs on one of account that is not there"):
        await Database(path).open()


async def test_a_large_one_is_not_held_up_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its head and the first page of each table are read."""
    path = await filled(tmp_path)
    database = Database(path)
    await database.open()
    assert database.was_looked_through
    await database.close()
    monkeypatch.setattr(held, "refuse_unsound", lambda made, at: refuse_unsound(made, at, 4096))
    await database.open()
    assert not database.was_looked_through
    await database.close()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(DatabaseDamaged, match="malformed"):
        await database.open()


async def test_one_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """The text names both versions and the remedy."""
    path = await filled(tmp_path)
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match=f"stands at 9999.* up to {HEAD}. Install that version again"):
        await Database(path).open()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


async def test_one_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "buckler.db"
    change(path, "CREATE TABLE notes (id INTEGER)")
    with pytest.raises(ConfigurationError, match="a database of something else"):
        await Database(path).open()


async def test_a_copy_stands_beside_what_was_migrated(tmp_path: Path) -> None:
    """Of mode 600, with what was there before; a migration that fails leaves it, and the next one replaces it."""
    path = await of_the_first_version(tmp_path)
    database = Database(path)
    told: list[str] = []
    await database.open(tell=told.append)
    await database.close()
    copy = path.with_name(f"buckler.db.before-{HEAD}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num, (SELECT id FROM account) FROM alembic_version").fetchall() == [
            ("0001", "a")
        ]
    assert told[0].startswith("0002: Sign-ins, devices")
    assert told[-1].startswith(HEAD)
    assert not list(path.parent.glob(".buckler*"))
    shutil.move(copy, path)
    copy.write_text("of an attempt that failed")
    await database.open()
    await database.close()
    assert copy.read_bytes().startswith(b"SQLite format 3")


async def test_a_new_one_and_one_of_today_are_not_copied(tmp_path: Path) -> None:
    await (await opened(tmp_path)).close()
    await (await opened(tmp_path)).close()
    assert not list((tmp_path / "data").glob("*.before-*"))


async def test_without_room_for_the_copy_nothing_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await of_the_first_version(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    with pytest.raises(ConfigurationError, match=r"1 bytes free, and a copy .* Make room"):
        await Database(path).open()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "ext4"),
        ("/home/ada", "ext4"),
        ("/srv/far", "nfs4"),
        ("/srv/far/data", "nfs4"),
        ("/srv/farther", "ext4"),
        ("/srv/far/near/data", "xfs"),
        ("/srv/a share/data", "cifs"),
        ("/srv/gone/data", "tmpfs"),
    ],
)
def test_the_place_of_a_folder_is_the_last_mount_above_it(tmp_path: Path, folder: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert kind_of_place(Path(folder), mounts) == kind
    if kind in ("nfs4", "cifs"):
        with pytest.raises(ConfigurationError, match=f"network file system .{kind}.*on a disk of this machine"):
            refuse_network_place(Path(folder), mounts)
    else:
        refuse_network_place(Path(folder), mounts)


def test_where_nobody_says_what_is_mounted_nothing_is_refused(tmp_path: Path) -> None:
    refuse_network_place(tmp_path, tmp_path / "nothing")


def test_a_place_without_a_write_ahead_log_is_refused(tmp_path: Path) -> None:
    """As SQLite says it of a database in memory, and of a file system that shares no memory."""
    refused = pytest.raises(ConfigurationError, match=r"cannot hold a write-ahead log .SQLite keeps 'memory'")
    with closing(sqlite3.connect(":memory:")) as connection, refused:
        write_ahead(connection, tmp_path)


async def test_alone_means_alone(tmp_path: Path) -> None:
    """Nobody else opens it meanwhile, and it is not opened beside anybody."""
    database, other = await opened(tmp_path), Database(tmp_path / "data" / "buckler.db")
    with pytest.raises(Occupied, match="in use"):
        await other.open(alone=True)
    await database.close()
    await other.open(alone=True)
    with pytest.raises(Occupied):
        await database.open()
    await other.close()
    await database.open()
    await database.close()


async def test_a_start_beside_a_writer_that_does_not_end(tmp_path: Path) -> None:
    """One that has nothing to write does not wait for it; a migration is told why it cannot be."""
    await (await opened(tmp_path)).close()
    with held_elsewhere(tmp_path / "data" / "buckler.db"):
        await (await opened(tmp_path)).close()
    path = await of_the_first_version(tmp_path / "old")
    with held_elsewhere(path), pytest.raises(StorageUnavailable, match="somebody else writes"):
        await Database(path, busy_seconds=0.01).open()


@pytest.mark.skipif(os.name != "posix", reason="modes of files are a matter of POSIX")
async def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "buckler.db").mkdir()
    with pytest.raises(ConfigurationError, match="no regular file"):
        await Database(tmp_path / "buckler.db").open()


async def of_the_first_version(folder: Path) -> Path:
    """A database as the first migration left it, with an account."""
    database = Database(folder / "data" / "buckler.db")
    database.path.parent.mkdir(mode=0o700, parents=True)

    def upgrade_once(connection: Any) -> None:
        command.upgrade(configuration(connection), "0001")

    async with database.writing() as connection:
        await connection.run_sync(upgrade_once)
        await connection.execute(
            text(
                "INSERT INTO account (id, name, name_key, password_sealed, roles, created_at)"
                " VALUES ('a', 'Alice', 'alice', X'02', '[]', 2)"
            )
        )
    await database.close()
    return database.path


@pytest.mark.parametrize("thing", ["TRIGGER odd AFTER INSERT ON account BEGIN SELECT 1; END", "VIEW odd AS SELECT 1"])
async def test_what_would_run_inside_our_statements_is_found_at_the_start(tmp_path: Path, thing: str) -> None:
    """Somebody with the file could keep any row from being written: a lock, a code that was used, an event."""
    await (await opened(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "data" / "buckler.db")) as connection, connection:
        connection.execute(f"CREATE {thing}")
    with pytest.raises(DatabaseDamaged, match="'odd' into it"):
        await opened(tmp_path)
