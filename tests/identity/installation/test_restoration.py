"""After a restore nothing that was issued before is good, whenever it was; and there is always a whole database."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.restoration import Restored, restore
from buckler.identity.installation.secret_place import SecretPlace
from buckler.randomness import secret_text
from buckler.redact import Secret
from buckler.storage.database.copies import drafted, put_in_place, save_copy
from buckler.storage.database.occupancy import Occupied
from buckler.storage.database.tables import CodeRow, DeviceRow, GuessRow, InstallationRow, LetterRow
from tests.clocks import FakeClock
from tests.identity.house import House, accounts, settings
from tests.proof import two_sided_async

SECRET = secret_text(48)
PutBack = Callable[["Place"], Awaitable[Any]]


@dataclass
class Place:
    """An installation in a folder, and a backup of it."""

    folder: Path
    secret: str = SECRET
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database(self) -> Path:
        return self.data / DATABASE_FILE

    @property
    def backup(self) -> Path:
        return self.folder / "backup.db"

    def house(self) -> House:
        return House(accounts(settings(self.data, master_secret=Secret(self.secret)), self.clock))


async def whole(at: Place, *, replace: bool = True) -> Restored:
    place = SecretPlace(at.data, Secret(at.secret), None, development=False)
    return await restore(at.backup, at.database, place, at.clock, EventLog(at.clock), replace=replace)


async def as_it_is(at: Place) -> None:
    """The twin: the file is put back and nothing more is done."""
    with drafted(at.backup, at.database) as draft:
        put_in_place(draft, at.database, at.clock.now())


async def _signed_in(house: House) -> dict[str, str]:
    answer = await house.sign_in()
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _alive(house: House, tokens: dict[str, str]) -> tuple[bool, bool]:
    """Whether the access token and the refresh token are good."""
    access = await house.get("/auth/me", tokens["access_token"])
    refresh = await house.post("/auth/refresh", refresh_token=tokens["refresh_token"])
    return access.status_code == 200, refresh.status_code == 200


@pytest.mark.asvs("7.4.1")
async def test_what_was_issued_before_the_backup_is_dead_after_the_restore(tmp_path: Path) -> None:
    """Also what had been ended, which the backup knows nothing of; passwords are good, and new tokens are."""

    async def attack(put_back: PutBack) -> bool:
        at = Place(tmp_path / put_back.__name__)
        async with at.house() as house:
            await house.register()
            ended = await _signed_in(house)
            caller = await house.accounts.authenticate(ended["access_token"].encode())
            assert caller is not None
            save_copy(at.database, at.backup)
            await house.accounts.opened().sessions.end_all(None, caller.id, "stolen", None)
            assert await _alive(house, ended) == (False, False)
        await put_back(at)
        async with at.house() as house:
            found = await _alive(house, ended)
            fresh = await _signed_in(house)
            assert await _alive(house, fresh) == (True, True)
        assert found in ((True, True), (False, False))
        return found[0]

    await two_sided_async(attack, whole=whole, twin=as_it_is)


async def test_what_the_lost_database_issued_after_the_backup_is_dead(tmp_path: Path) -> None:
    """Its access token was signed by a key that the backup has too; its session is not known."""

    async def attack(put_back: PutBack) -> bool:
        at = Place(tmp_path / put_back.__name__)
        async with at.house() as house:
            await house.register()
            save_copy(at.database, at.backup)
            later = await _signed_in(house)
            assert (await house.get("/auth/me", later["access_token"])).status_code == 200
        await put_back(at)
        async with at.house() as house:
            access, refresh = await _alive(house, later)
        assert not refresh
        return access

    await two_sided_async(attack, whole=whole, twin=as_it_is)


async def test_codes_letters_devices_and_guesses_go(tmp_path: Path) -> None:
    """A code that was used after the backup is not unused again."""

    async def attack(put_back: PutBack) -> bool:
        at = Place(tmp_path / put_back.__name__)
        async with at.house() as house:
            await house.register()
            account = (await house.get("/auth/me", (await _signed_in(house))["access_token"])).json()["id"]
            opened, database = house.accounts.opened(), house.accounts._database
            async with database.writing() as connection:
                code = await opened.codes.make(connection, "reset", account_id=account)
            save_copy(at.database, at.backup)
            async with database.writing() as connection:
                await opened.codes.use(connection, "reset", code)
        await put_back(at)
        async with at.house() as house:
            left = await _rows(house)
        return left > 0

    await two_sided_async(attack, whole=whole, twin=as_it_is)


async def test_the_epoch_and_every_version_grow(tmp_path: Path) -> None:
    """Each time; the keys of before stay as a record that opens nothing."""
    at = Place(tmp_path)
    async with at.house() as house:
        await house.register()
        before = house.accounts.opened().ring.document()["keys"]
    save_copy(at.database, at.backup)
    for epoch in (1, 2):
        done = await whole(at)
        assert (done.epoch, done.accounts) == (epoch, 1)
        at.backup.unlink()
        save_copy(at.database, at.backup)
        at.clock.advance(1)
    async with at.house() as house:
        async with house.accounts._database.reading() as connection:
            assert (await connection.execute(select(InstallationRow.epoch))).scalar_one() == 2
        keys = house.accounts.opened().ring.document()["keys"]
        assert len(keys) == 1
        assert keys != before
        found = await house.accounts.opened().administration.accounts.everybody()
        assert [each.name for each in found] == ["alice"]
        async with house.accounts._database.reading() as connection:
            account = await house.accounts.opened().administration._store.of_id(connection, found[0].id)
        assert account is not None
        assert account.version == 3


async def test_a_wrong_secret_restores_nothing(tmp_path: Path) -> None:
    """The database stays as it was, and so it is with a backup that is cut off."""

    async def attack(put_back: PutBack) -> bool:
        at = Place(tmp_path / put_back.__name__)
        async with at.house() as house:
            await house.register()
        save_copy(at.database, at.backup)
        before, at.secret = at.database.read_bytes(), secret_text(48)
        with suppress(ConfigurationError):
            await put_back(at)
        assert not list(at.data.glob(".restoring-*"))
        return at.database.read_bytes() != before or len(list(at.data.glob("*.db*"))) > 2

    await two_sided_async(attack, whole=whole, twin=as_it_is)


async def test_nothing_is_restored_under_a_running_service_or_over_a_database_unasked(tmp_path: Path) -> None:
    """Each is told with what to do."""
    at = Place(tmp_path)
    async with at.house() as house:
        await house.register()
        save_copy(at.database, at.backup)
        with pytest.raises(Occupied, match="Stop it"):
            await whole(at)
        assert (await house.sign_in()).status_code == 200
    with pytest.raises(ConfigurationError, match="--replace"):
        await whole(at, replace=False)
    shutil.rmtree(at.data)
    assert (await whole(at, replace=False)).aside is None
    async with at.house() as house:
        assert (await house.sign_in()).status_code == 200


KILLED = """
import asyncio, os, shutil, signal, sys
from itertools import count
from pathlib import Path
from buckler.clock import SystemClock
from buckler.events import EventLog
from buckler.identity.installation.secret_place import SecretPlace
from buckler.identity.installation.restoration import restore
from buckler.redact import Secret

STEPS = ("os.link", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "sqlite3.connect", "os.chmod")
first, secret = Path(sys.argv[1]), sys.argv[2]


def run(folder, last):
    seen = 0

    def judge(event, arguments):
        nonlocal seen
        if event in STEPS or (event == "open" and str(folder) in str(arguments[0])):
            seen += 1
            if seen > last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(judge)
    data, clock = folder / "data", SystemClock()
    place = SecretPlace(data, Secret(secret), None, development=False)
    asyncio.run(restore(folder / "backup.db", data / "buckler.db", place, clock, EventLog(clock), replace=True))
    os._exit(0)


for step in count():
    folder = first.with_name(str(step))
    shutil.copytree(first, folder)
    child = os.fork()
    if child == 0:
        run(folder, step)
    status = os.waitpid(child, 0)[1]
    if status == 0:
        break
    if not os.WIFSIGNALED(status):
        sys.exit(f"step {step} ended with {status}")
"""


@pytest.mark.heavy
async def test_killed_at_any_step_it_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """At every file that is opened, linked, renamed or removed: a whole database stands there, and a second try works.

    The old one has an account that the backup has not.
    """
    first = Place(tmp_path / "first")
    async with first.house() as house:
        await house.register()
        save_copy(first.database, first.backup)
        await house.register("later")
    line = [sys.executable, "-c", KILLED, str(first.folder), SECRET]
    done = await asyncio.to_thread(subprocess.run, line, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    places = _steps(tmp_path)
    exchanged = [_is_new(at.database) for at in places]
    assert exchanged == sorted(exchanged)
    assert (exchanged[0], exchanged[-1]) == (False, True)
    turn = exchanged.index(True)
    assert turn > 10
    for at in (*places[:turn:9], places[turn - 1], places[turn]):
        async with at.house() as house:
            assert (await house.sign_in()).status_code == 200
        assert (await whole(at)).accounts == 1
        assert not list(at.data.glob(".restoring-*"))


def _steps(folder: Path) -> list[Place]:
    return [Place(each) for each in sorted(folder.glob("[0-9]*"), key=lambda path: int(path.name))]


def _is_new(path: Path) -> bool:
    """Whether it is the new one. It is whole, and one of the two."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = [name for (name,) in connection.execute("SELECT name FROM account ORDER BY name")]
        (epoch,) = connection.execute("SELECT epoch FROM installation").fetchone()
    assert (names, epoch) in ((["alice", "later"], 0), (["alice"], 1))
    return bool(epoch)


async def _rows(house: House) -> int:
    async with house.accounts._database.reading() as connection:
        tables = (CodeRow.id, LetterRow.id, DeviceRow.id, GuessRow.key)
        return sum([len((await connection.execute(select(column))).all()) for column in tables])
