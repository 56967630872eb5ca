"""`buckler db`: what it says of a database, with and without a service beside it, and what it refuses."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from buckler.cli import looking_after
from buckler.randomness import secret_text
from buckler.storage.database import Database, inspection
from buckler.storage.database.migration import HEAD
from buckler.storage.database.occupancy import Occupancy
from tests.cli.in_process import Shell
from tests.cli.running import serving
from tests.cli.test_keys import install
from tests.storage.database.test_integrity import of_the_first_version
from tests.storage.database.trouble import held_elsewhere


def change(path: Path, line: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(line)
        connection.commit()


def test_a_sound_one_is_good_and_not_changed(shell: Shell) -> None:
    install(shell.folder / "data")
    path = shell.folder / "data" / "buckler.db"
    before = path.read_bytes()
    done = shell.run("db", "check")
    assert (done.code, done.told) == (0, "")
    *lines, last = done.said.splitlines()
    assert [line.split()[-1] for line in lines] == ["RESULT", HEAD, *["good"] * 5]
    assert last == "Whether the log was changed: buckler events verify"
    told = json.loads(shell.run("db", "check", "--json").said)
    assert (told["good"], told["revision"]) == (True, HEAD)
    assert [each["check"] for each in told["results"]] == ["pages", "files", "references", "objects", "sealed values"]
    assert path.read_bytes() == before


def test_each_thing_that_is_wrong_is_found(shell: Shell) -> None:
    """With exit code 1, in words that name the place, and what to do."""
    data = shell.folder / "data"
    install(data)
    path, sound = data / "buckler.db", (data / "buckler.db").read_bytes()
    lonely = "INSERT INTO device VALUES ('d', 'nobody', X'01', 1, 1, 1, 0, '')"
    for line, words in (
        (lonely, "references: row 1 of device hangs on one of account that is not there"),
        ("UPDATE signing_key SET sealed = X'0102'", "sealed values: signing keys, row "),
        ("UPDATE installation SET check_sealed = X'0102'", "sealed values: The master secret is not the one"),
    ):
        change(path, line)
        done = shell.run("db", "check")
        assert (done.code, words in done.said, "buckler restore FILE --replace" in done.said) == (1, True, True), done
        assert json.loads(shell.run("db", "check", "--json").said)["good"] is False
        path.write_bytes(sound)
    path.write_bytes(sound[:8192] + b"\xff" * (len(sound) - 8192))
    done = shell.run("db", "check")
    assert (done.code, "pages: " in done.said, "Traceback" in done.told) == (1, True, False)
    path.write_text("hello")
    done = shell.run("db", "check")
    assert (done.code, "file is not a database" in done.said) == (1, True)
    path.write_bytes(sound)
    path.chmod(0o644)
    done = shell.run("db", "check")
    assert (done.code, "mode 644). Run chmod 600 on it" in done.said) == (1, True)
    assert path.stat().st_mode & 0o777 == 0o644


def test_an_index_that_lost_a_row_is_found(shell: Shell) -> None:
    """Which the quick look of a start leaves to this one."""
    data = shell.folder / "data"
    install(data)
    asyncio.run(_fill(data / "buckler.db"))
    with closing(sqlite3.connect(data / "buckler.db")) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name ="
                           " 'ix_guess_expires_at') WHERE name = 'ix_letter_due_at'")  # fmt: skip
        connection.commit()
    done = shell.run("db", "check")
    assert (done.code, "ix_letter_due_at" in done.said) == (1, True), done.said


def test_without_the_secret_the_rest_is_checked(shell: Shell) -> None:
    """And with a wrong one nothing opens."""
    install(shell.folder / "data")
    wrong = shell.run("db", "check", BUCKLER_MASTER_SECRET=secret_text(48))
    assert (wrong.code, "not the one under which this database was sealed" in wrong.said) == (1, True)
    (shell.folder / "data" / "master.key").unlink()
    done = shell.run("db", "check")
    assert (done.code, "no master secret is at hand" in done.said) == (0, True)


def test_sizes_are_told_by_table(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages where SQLite counts them, else what the rows hold."""
    install(shell.folder / "data")
    told = json.loads(shell.run("db", "size", "--json").said)
    tables = {each["name"]: each for each in told["tables"]}
    assert (told["exact"], tables["signing_key"]["rows"]) == (True, 1)
    assert told["file"] / 2 < sum(each["bytes"] for each in told["tables"]) < told["file"] - told["free"]
    assert told["disk"] > 0
    shown = shell.run("db", "size").said
    assert shown.splitlines()[0].split() == ["TABLE", "ROWS", "BYTES"]
    monkeypatch.setattr(inspection, "_pages", lambda _: None)
    told = json.loads(shell.run("db", "size", "--json").said)
    tables = {each["name"]: each for each in told["tables"]}
    assert (told["exact"], tables["letter"]["bytes"], tables["signing_key"]["bytes"] > 50) == (False, 0, True)
    assert "BYTES (estimated)" in shell.run("db", "size").said


def test_an_upgrade_says_from_where_to_where(shell: Shell) -> None:
    """Each step for a person who waits; a second time nothing is done, and nothing beside a service."""
    path = asyncio.run(of_the_first_version(shell.folder))
    data = path.parent
    occupied = Occupancy(path)
    refused = shell.run("db", "upgrade")
    assert (refused.code, "is in use" in refused.told, len(refused.told.splitlines())) == (1, True, 1)
    occupied.close()
    done = shell.run("db", "upgrade")
    assert (done.code, f"from 0001 to {HEAD}" in done.said) == (0, True), done.told
    assert f"buckler.db.before-{HEAD}" in done.said
    names = sorted(each.name for each in data.iterdir())
    again = shell.run("db", "upgrade")
    assert (again.code, "is up to date" in again.said) == (0, True)
    assert sorted(each.name for each in data.iterdir()) == names
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    newer = shell.run("db", "upgrade")
    assert (newer.code, "newer version of Buckler" in newer.told) == (1, True)


def test_an_old_one_is_checked_before_it_is_migrated(shell: Shell) -> None:
    """As far as this version can read it, and is as it was after it."""
    path = asyncio.run(of_the_first_version(shell.folder))
    path.chmod(0o600)
    done = shell.run("db", "check", BUCKLER_MASTER_SECRET=secret_text(48))
    assert (done.code, "first run buckler db upgrade" in done.said) == (0, True)
    assert looking_after._revision(path) == "0001"


def test_each_refusal_is_one_line(shell: Shell) -> None:
    install(shell.folder / "data")
    path = shell.folder / "data" / "buckler.db"
    for line in ("upgrade", "check", "size"):
        done = shell.run("db", line, "--data", "elsewhere")
        assert (done.code, done.said, "there is no buckler.db in it" in done.told) == (1, "", True)
    shutil.copy(__file__, path)
    for line in ("upgrade", "size"):
        done = shell.run("db", line)
        assert (done.code, done.said, "is damaged" in done.told) == (1, "", True), done
        assert len(done.told.splitlines()) == 1


def test_beside_a_running_service(shell: Shell) -> None:
    """All three, also while somebody writes: an upgrade has nothing to do there."""
    with serving(shell.folder):
        with held_elsewhere(shell.folder / "data" / "buckler.db"):
            assert [shell.run("db", line).code for line in ("check", "size", "upgrade")] == [0, 0, 0]
        assert "good" in shell.run("db", "check").said


async def _fill(path: Path) -> None:
    database = Database(path)
    await database.open()
    async with database.writing() as connection:
        await connection.exec_driver_sql("INSERT INTO letter VALUES ('l', 'code', X'', 1, 1, 1, 0)")
    await database.close()
