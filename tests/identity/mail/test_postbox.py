"""Letters wait in the database: undone with their change, tried again, sent once, and no request waits for them."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from buckler.events import EventLog
from buckler.identity.mail import postbox as room
from buckler.identity.mail.letter import Letter
from buckler.identity.mail.letters import Letters
from buckler.identity.mail.mailer import Mailer, MailFailed
from buckler.identity.mail.postbox import AT_ONCE, CLAIM, MailHealth, Postbox
from buckler.storage.database import Database
from buckler.storage.database.tables import LetterRow
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import Vault
from tests.clocks import FakeClock
from tests.identity.mail.memory import MemoryMailer
from tests.proof import two_sided_async
from tests.waiting import wait_until_async

SECRET = secrets.token_bytes(32)
CODE = "01234-56789-ABCDE-FGHJK-MNPQR1"


class Office:
    """A database, and postboxes on it as two processes would have them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        self.mailer = MemoryMailer()
        self.letters = Letters("https://shop.example", "Shop", self.clock)
        self.postbox = self.open()

    def open(self, mailer: Mailer | None = None, kind: type[Postbox] = Postbox, secret: bytes = SECRET) -> Postbox:
        vault = Vault(MasterSecret((secret,)), "here")
        return kind(self.database, vault, self.clock, EventLog(self.clock), mailer or self.mailer)

    async def put(self, letter: Letter | None = None) -> None:
        async with self.database.writing() as connection:
            await self.postbox.put(connection, letter or self.letters.reset("ada@example.com", CODE))

    async def due(self) -> list[int]:
        """In how many seconds each letter is due."""
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(LetterRow.due_at))).scalars()
            return [each - int(self.clock.now()) for each in rows]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    database = Database(tmp_path / "buckler.db")
    await database.open()
    yield Office(database)
    await database.close()


class Unclaiming(Postbox):
    """The twin that takes every letter it sees."""

    async def _claim(self) -> list[Any]:
        columns = (LetterRow.id, LetterRow.kind, LetterRow.sealed, LetterRow.attempts, LetterRow.expires_at)
        async with self._database.reading() as connection:
            return [room._Claimed(*row) for row in (await connection.execute(select(*columns))).all()]


async def test_a_letter_leaves_and_its_row_goes(office: Office) -> None:
    """What arrives is what was put in; while it waits nobody reads it in the database."""
    letter = office.letters.reset("ada@example.com", CODE)
    await office.put(letter)
    async with office.database.reading() as connection:
        sealed = (await connection.execute(select(LetterRow.sealed))).scalar_one()
    assert b"ada" not in sealed
    assert CODE.encode() not in sealed
    assert await office.postbox.waiting() == 1
    assert await office.postbox.deliver_due() == 1
    assert office.mailer.letters == [letter]
    assert await office.postbox.waiting() == 0
    assert await office.postbox.deliver_due() == 0


async def test_a_letter_of_a_change_that_was_undone_never_leaves(office: Office) -> None:
    """It is a part of the transaction."""
    office.postbox.start()
    with suppress(ZeroDivisionError):
        async with office.database.writing() as connection:
            await office.postbox.put(connection, office.letters.reset("ada@example.com", CODE))
            raise ZeroDivisionError
    kept = office.letters.taken("bob@example.com")
    await office.put(kept)
    await wait_until_async(lambda: bool(office.mailer.letters))
    await office.postbox.close()
    assert office.mailer.letters == [kept]


async def test_two_processes_send_a_letter_once(office: Office) -> None:
    """Without the claim each of them sends every letter."""

    async def attack(kind: type[Postbox]) -> bool:
        for _ in range(AT_ONCE):
            await office.put()
        before = len(office.mailer.letters)
        boxes = [office.open(kind=kind) for _ in range(4)]
        await asyncio.gather(*(box.deliver_due() for box in boxes))
        names = [each.id for each in office.mailer.letters[before:]]
        return len(names) > len(set(names))

    await two_sided_async(attack, whole=Postbox, twin=Unclaiming)


async def test_a_lost_mail_server_delays(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """The waits grow from 5 s to 5 min; each failure is told with the answer's code and no word of the letter."""
    office.mailer.down = MailFailed("SMTPConnectError", code=421)
    await office.put(office.letters.taken("ada@example.com"))
    waits: list[int] = []
    with caplog.at_level(logging.INFO, "buckler.events"):
        for _ in range(9):
            await office.postbox.deliver_due()
            waits += await office.due()
            office.clock.advance(waits[-1] - 1)
            assert await office.postbox.deliver_due() == 0
            office.clock.advance(1)
        assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]
        assert office.postbox.health == MailHealth(1_800_000_000.0, 9, 421, "SMTPConnectError")
        assert not office.postbox.health.good
        office.mailer.down = None
        await office.postbox.deliver_due()
    assert office.postbox.health.good
    assert len(office.mailer.letters) == 1
    lines = [each.getMessage() for each in caplog.records]
    assert len([each for each in lines if '"sys_mail_failed"' in each and '"answer":421' in each]) == 9
    assert len([each for each in lines if '"sys_mail_sent"' in each]) == 1
    assert not any("ada@example.com" in each or "Somebody" in each for each in lines)


async def test_a_letter_whose_code_is_over_is_given_up(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """Before the next attempt would come too late; a notice waits on."""
    office.mailer.down = OSError("refused")
    await office.put()
    await office.put(office.letters.taken("ada@example.com"))
    for _ in range(12):
        await office.postbox.deliver_due()
        office.clock.advance(60)
    assert await office.postbox.waiting() == 1
    assert sum('"outcome":"given up"' in each.getMessage() for each in caplog.records) == 1


async def test_a_letter_that_nobody_fetched_in_time_is_dropped(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """As after a long pause of every process: an old code is of no use to anybody."""
    await office.put()
    office.clock.advance(600)
    assert await office.postbox.deliver_due() == 0
    assert await office.postbox.waiting() == 0
    assert office.mailer.letters == []
    assert sum('"outcome":"expired"' in each.getMessage() for each in caplog.records) == 1


async def test_what_is_refused_for_good_is_not_tried_again(office: Office) -> None:
    office.mailer.down = MailFailed("recipient refused", code=550, lasting=True)
    await office.put()
    await office.postbox.deliver_due()
    assert await office.postbox.waiting() == 0


@pytest.mark.parametrize("broken", [RuntimeError("an app's own mailer"), TimeoutError(), MailFailed("no")])
async def test_whatever_a_mailer_raises_is_tried_again(office: Office, broken: Exception) -> None:
    office.mailer.down = broken
    await office.put()
    await office.postbox.deliver_due()
    assert await office.due() == [5]


async def test_a_letter_on_its_way_is_left_alone_and_tried_again_when_its_process_is_lost(office: Office) -> None:
    """Claimed, it is nobody else's for two minutes; then it is sent, under the same name."""
    await office.put()
    lost = office.open(kind=Postbox)
    assert len(await lost._claim()) == 1
    office.clock.advance(CLAIM - 1)
    assert await office.postbox.deliver_due() == 0
    office.clock.advance(1)
    assert await office.postbox.deliver_due() == 1
    assert len(office.mailer.letters) == 1


async def test_letters_of_before_leave_after_a_restart(office: Office) -> None:
    """What waits in the database is carried away by whoever starts next."""
    await office.put()
    again = office.open()
    again.start()
    again.start()
    await wait_until_async(lambda: bool(office.mailer.letters))
    await again.close()
    await again.close()


async def test_a_letter_of_another_process_leaves_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one of the command line, which starts no task of its own."""
    monkeypatch.setattr(room, "POLL", 0.01)
    running = office.open()
    running.start()
    await wait_until_async(lambda: not running._wake.is_set())
    await office.put()
    await wait_until_async(lambda: bool(office.mailer.letters))
    await running.close()


async def test_many_letters_leave_without_a_pause(office: Office) -> None:
    for _ in range(3 * AT_ONCE + 1):
        await office.put()
    office.postbox.start()
    await wait_until_async(lambda: len(office.mailer.letters) == 3 * AT_ONCE + 1, within=20)
    await office.postbox.close()


async def test_trouble_with_the_database_ends_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later letters leave; the trouble is told."""
    monkeypatch.setattr(room, "POLL", 0.01)

    class Troubled(Postbox):
        looks = 0

        async def _claim(self) -> list[Any]:
            self.looks += 1
            if self.looks == 1:
                raise OSError("disk")
            return await super()._claim()

    await office.put()
    troubled = office.open(kind=Troubled)
    troubled.start()
    await wait_until_async(lambda: bool(office.mailer.letters))
    await troubled.close()


async def test_closing_waits_a_moment_for_what_is_on_its_way(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter that arrives in time has left; one that does not is let go, and waits for the next start."""
    gate = asyncio.Event()
    begun = asyncio.Event()

    class Slow(MemoryMailer):
        async def deliver(self, letter: Letter) -> None:
            begun.set()
            await gate.wait()
            await super().deliver(letter)

    slow = Slow()
    first = office.open(slow)
    await office.put()
    first.start()
    await begun.wait()
    gate.set()
    await first.close()
    assert len(slow.letters) == 1

    gate.clear()
    begun.clear()
    monkeypatch.setattr(room, "FAREWELL", 0.01)
    await office.put()
    second = office.open(slow)
    second.start()
    await begun.wait()
    await second.close()
    assert len(slow.letters) == 1
    assert await office.postbox.waiting() == 1


async def test_an_attempt_has_an_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailer that never returns holds no letter for ever."""
    monkeypatch.setattr(room, "DELIVERY", 0.01)

    class Endless:
        async def deliver(self, letter: Letter) -> None:
            await asyncio.Event().wait()

    await office.put()
    endless = office.open(Endless())
    await endless.deliver_due()
    assert endless.health.reason == "timed out"
    assert await office.due() == [5]


async def test_a_letter_that_does_not_open_is_dropped(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """Sealed under another secret, or moved from another row: it is told, and never sent."""
    await office.put()
    await office.put(office.letters.taken("eve@example.com"))
    async with office.database.writing() as connection:
        sealed = select(LetterRow.sealed).where(LetterRow.kind == "taken").scalar_subquery()
        await connection.execute(update(LetterRow).where(LetterRow.kind == "reset").values(sealed=sealed))
    await office.postbox.deliver_due()
    assert [each.kind for each in office.mailer.letters] == ["taken"]
    assert sum('"reason":"seal broken"' in each.getMessage() for each in caplog.records) == 1
    await office.put()
    await office.open(secret=secrets.token_bytes(32)).deliver_due()
    assert await office.postbox.waiting() == 0


async def test_without_a_mailer_nothing_is_kept(office: Office) -> None:
    """There is nobody to carry it away; nothing starts either."""
    vault = Vault(MasterSecret((SECRET,)), "here")
    mute = Postbox(office.database, vault, office.clock, EventLog(office.clock))
    async with office.database.writing() as connection:
        await mute.put(connection, office.letters.taken("ada@example.com"))
    mute.start()
    assert not mute.delivers
    assert office.postbox.delivers
    assert await mute.deliver_due() == 0
    assert await mute.waiting() == 0
    await mute.close()


async def test_a_letter_read_back_is_the_same_letter(office: Office) -> None:
    """In any script; each attempt has the same name and time, so that a mailbox can tell."""
    letter = replace(
        office.letters.taken("j\u00f6rg@b\u00fccher.example"), text="\u05e9\u05dc\u05d5\u05dd \U0001f600\n"
    )
    await office.put(letter)
    await office.postbox.deliver_due()
    assert office.mailer.letters == [letter]


def test_one_event_loop_after_another_may_use_it(tmp_path: Path) -> None:
    """Its loop ended, as with a test client without `with`: it begins anew, and closing waits for nobody."""
    database = Database(tmp_path / "buckler.db")
    asyncio.run(database.open())
    office = Office(database)

    async def begin() -> None:
        office.postbox.start()

    async def write() -> None:
        await office.put()
        await wait_until_async(lambda: bool(office.mailer.letters))

    asyncio.run(begin())
    asyncio.run(write())
    asyncio.run(office.postbox.close())
    asyncio.run(database.close())
    assert [letter.kind for letter in office.mailer.letters] == ["reset"]
