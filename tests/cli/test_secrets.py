"""`buckler secrets`: the master secret is replaced, whatever happens meanwhile, and no value is lost."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from buckler.cli import secrets
from buckler.identity.accounts import DATABASE_FILE
from buckler.randomness import secret_text
from buckler.redact import Secret
from buckler.tokens.secret_file import read
from tests.cli.in_process import Shell
from tests.cli.running import surroundings
from tests.cli.test_keys import install
from tests.identity.house import House, accounts, settings

SETTLED = "All is sealed under the first secret."


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """No service runs beside these."""
    monkeypatch.setattr(secrets, "_PAUSE", 0)


def inhabit(data: Path, **more: object) -> None:
    """An installation with an account."""

    async def done() -> None:
        async with House(accounts(settings(data, **more))) as house:
            await house.register()

    asyncio.run(done())


def signs_in(data: Path, **more: object) -> bool:
    async def done() -> bool:
        async with House(accounts(settings(data, **more))) as house:
            return (await house.sign_in()).status_code == 200

    return asyncio.run(done())


def test_a_secret_in_a_file_is_replaced(shell: Shell) -> None:
    """A new one stands in front, then it stands alone; who has an account signs in all the while."""
    data = shell.folder / "data"
    inhabit(data)
    first = read(data / "master.key").strip()
    before = shell.run("secrets", "verify")
    assert (before.code, SETTLED in before.said) == (0, True)
    assert ("SECRET 2" in before.said, "Drop it" in before.said) == (False, False)
    done = shell.run("secrets", "rotate")
    assert (done.code, "Sealed anew: 4." in done.said) == (0, True), done.told
    assert "Running services take it up" in done.told
    new, old = [part.strip() for part in read(data / "master.key").split(",")]
    assert (old, first in done.said + done.told, new in done.said + done.told) == (first, False, False)
    both = shell.run("secrets", "verify")
    assert ("SECRET 2" in both.said, "Drop it" in both.said) == (True, True)
    assert signs_in(data)
    after = shell.run("secrets", "verify", "--drop-old")
    assert (after.code, "has the first secret alone" in after.said) == (0, True)
    assert read(data / "master.key").strip() == new
    assert (data / "master.key").stat().st_mode & 0o777 == 0o600
    assert signs_in(data)
    (data / "master.key").unlink()
    assert "BUCKLER_MASTER_SECRET_FILE" in shell.run("secrets", "verify").told
    (data / "master.key").touch(0o600)
    (data / "master.key").write_text(first)
    refused = shell.run("secrets", "verify")
    assert (refused.code, refused.said, "not the one" in refused.told) == (1, "", True)


def test_a_secret_in_the_environment_is_replaced(shell: Shell) -> None:
    """By the operator's hand; a second run finds nothing to do and says what comes next."""
    data, old, new = shell.folder / "data", secret_text(48), secret_text(48)
    inhabit(data, master_secret=Secret(old))
    unprepared = shell.run("secrets", "rotate", BUCKLER_MASTER_SECRET=old)
    assert (unprepared.code, "BUCKLER_MASTER_SECRET=NEW,OLD" in unprepared.told) == (1, True)
    both = {"BUCKLER_MASTER_SECRET": f"{new},{old}"}
    waiting = shell.run("secrets", "verify", **both)
    assert (waiting.code, "An old secret is still needed. Run: buckler secrets rotate" in waiting.said) == (0, True)
    refused = shell.run("secrets", "verify", "--drop-old", **both)
    assert (refused.code, "The secret stands in the environment" in refused.told) == (1, True)
    assert "Sealed anew: 4." in shell.run("secrets", "rotate", **both).said
    assert shell.run("secrets", "rotate", **both).code == 1
    assert SETTLED in shell.run("secrets", "verify", BUCKLER_MASTER_SECRET=new).said
    assert signs_in(data, master_secret=Secret(new))
    assert not (data / "master.key").exists()


def test_an_old_secret_is_not_dropped_while_it_is_needed(shell: Shell) -> None:
    """The list of a rotation that has begun stays as it is."""
    data = shell.folder / "data"
    inhabit(data)
    (data / "master.key").write_text(f"{secret_text(48)},{read(data / 'master.key')}")
    before = read(data / "master.key")
    done = shell.run("secrets", "verify", "--drop-old")
    assert (done.code, "still needed" in done.told) == (1, True)
    assert read(data / "master.key") == before
    rotated = shell.run("secrets", "rotate")
    assert (rotated.code, "Sealed anew: 4." in rotated.said, read(data / "master.key")) == (0, True, before)
    assert SETTLED in shell.run("secrets", "verify").said


def test_what_does_not_open_is_named_and_stops_the_change(shell: Shell) -> None:
    """Exit code 1, table and row; neither a value nor the file is touched."""
    data = shell.folder / "data"
    inhabit(data)
    with closing(sqlite3.connect(data / DATABASE_FILE)) as connection, connection:
        connection.execute("UPDATE account SET id = 'moved\x1b'")
    verified = shell.run("secrets", "verify")
    assert (verified.code, "passwords: moved\\u001b" in verified.told) == (1, True)
    before = read(data / "master.key")
    rotated = shell.run("secrets", "rotate")
    assert (rotated.code, rotated.said, "buckler secrets verify" in rotated.told) == (1, "", True)
    assert read(data / "master.key") == before


KILLED = """
import os, shutil, signal, sys
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from buckler.cli import main, secrets
from buckler.cli.installation import Database  # everything is imported before the first is killed

secrets._PAUSE = 0
first = Path(sys.argv[1])


def run(data, last):
    seen = 0

    def judge(event, arguments):
        if event in ("os.rename", "open") and "master.key" in f"{arguments}":
            step()

    def step():
        nonlocal seen
        seen += 1
        if seen > last:
            os.kill(os.getpid(), signal.SIGKILL)

    writing = Database.writing

    @asynccontextmanager
    async def killed_before(database):
        step()
        async with writing(database) as connection:
            yield connection

    Database.writing = killed_before
    sys.addaudithook(judge)
    sys.argv = ["buckler", "secrets", "rotate", "--data", str(data)]
    try:
        main()
    except SystemExit as ended:
        os._exit(ended.code or 0)


for step in count():
    data = first.with_name(str(step))
    shutil.copytree(first, data)
    child = os.fork()
    if child == 0:
        run(data, step)
    status = os.waitpid(child, 0)[1]
    if status == 0:
        break
    if not os.WIFSIGNALED(status):
        sys.exit(f"step {step} ended with {status}")
"""


@pytest.mark.heavy
def test_killed_at_any_step_it_is_usable_and_a_second_run_ends_it(shell: Shell) -> None:
    """Before each transaction, and at each step of the exchange of the file: everything opens, and nothing is lost."""
    install(shell.folder / "first")
    line = [sys.executable, "-c", KILLED, str(shell.folder / "first")]
    done = subprocess.run(line, cwd=shell.folder, env=surroundings(), capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    *killed, whole = sorted(
        (each for each in shell.folder.iterdir() if each.name.isdigit()), key=lambda at: int(at.name)
    )
    changed = [len(read(data / "master.key").split(",")) for data in killed]
    assert changed == sorted(changed)
    assert {1, 2} == set(changed)
    for data in (*killed, whole):
        at = ("--data", str(data))
        verified = shell.run("secrets", "verify", *at)
        assert (verified.code, "still needed" in verified.said) == (
            0,
            data is not whole and "," in read(data / "master.key"),
        )
        assert shell.run("secrets", "rotate", *at).code == 0
        assert len(read(data / "master.key").split(",")) == (3 if data is whole else 2)
        assert "the first secret alone" in shell.run("secrets", "verify", "--drop-old", *at).said
        assert shell.run("keys", "list", *at).code == 0
