"""Work behind an answer: done once, bounded, and lost without a word to whoever asked."""

import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.events import EventLog
from buckler.identity.mail import afterwards
from buckler.identity.mail.afterwards import Afterwards
from buckler.storage.database import Database
from tests.clocks import FakeClock
from tests.identity.post_house import ADA, PostHouse, problem, told


async def opened(folder: Path) -> tuple[Database, Afterwards]:
    database = Database(folder / "buckler.db")
    await database.open()
    return database, Afterwards(database, EventLog(FakeClock()))


async def test_a_step_is_taken_in_a_transaction_of_its_own(tmp_path: Path) -> None:
    """What it writes is kept; of one that fails nothing is."""
    database, behind = await opened(tmp_path)

    async def write(connection: AsyncConnection) -> None:
        await connection.execute(text("INSERT INTO guess VALUES (x'01', 1, 1, 1)"))

    async def fail(connection: AsyncConnection) -> None:
        await connection.execute(text("INSERT INTO guess VALUES (x'02', 1, 1, 1)"))
        raise ValueError("CANARY")

    for step in (fail, write):
        behind.do(step)
    await behind.settle()
    async with database.reading() as connection:
        assert [row[0] for row in await connection.execute(text("SELECT key FROM guess"))] == [b"\x01"]
    await database.close()


async def test_what_fails_is_an_event(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its kind and nothing of its words: an address may stand there."""
    caplog.set_level(logging.INFO, "buckler.events")
    database, behind = await opened(tmp_path)

    async def fail(connection: AsyncConnection) -> None:
        raise ValueError("CANARY")

    behind.do(fail)
    await behind.settle()
    assert '"sys_mail_failed"' in caplog.text
    assert '"reason":"ValueError"' in caplog.text
    assert "CANARY" not in caplog.text
    await database.close()


async def test_so_many_and_no_more_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is left out; once they are done there is room again."""
    monkeypatch.setattr(afterwards, "MOST", 3)
    database, behind = await opened(tmp_path)
    done: list[int] = []

    async def step(connection: AsyncConnection) -> None:
        done.append(1)

    async with database.writing():
        for _ in range(5):
            behind.do(step)
        assert not behind.has_room()
    await behind.settle()
    assert (len(done), behind.has_room()) == (3, True)
    await database.close()


async def test_where_too_much_is_under_way_everybody_hears_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with the time to come back, the same for a name that has an account and for one that has none."""
    async with PostHouse(tmp_path) as house:
        await house.move_in()
        monkeypatch.setattr(afterwards, "MOST", 2)
        async with house.accounts._database.writing():
            for name in (ADA, "nobody@example.com"):
                assert (await house.post("/auth/reset", name=name)).status_code == 202
            answers = [await house.post("/auth/reset", name=name) for name in (ADA, "nobody@example.com")]
        assert problem(answers[0]) == (503, "busy")
        assert int(answers[0].headers["retry-after"]) >= 1
        assert told(answers[0]) == told(answers[1])
        assert await house.sent() == [("reset", ADA)]


async def test_what_is_under_way_is_done_before_the_accounts_close(tmp_path: Path) -> None:
    """A letter that was asked for a moment before is there at the next start."""
    house = PostHouse(tmp_path)
    async with house:
        await house.move_in()
        house.mailer.down = OSError("no route")
        assert (await house.post("/auth/reset", name=ADA)).status_code == 202
    house.mailer.down = None
    house.clock.advance(60)
    await house.accounts.open()
    assert await house.sent() == [("reset", ADA)]
    await house.accounts.close()


async def test_a_lost_database_fails_no_request(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is the one for everybody, and the log has it."""
    async with PostHouse(tmp_path) as house:
        await house.move_in()
        async with house.accounts._database.writing() as connection:
            await connection.execute(text("ALTER TABLE code RENAME TO lost"))
        answers = [told(await house.post("/auth/reset", name=name)) for name in (ADA, "nobody@example.com")]
        assert answers[0][0] == 202
        assert answers[0] == answers[1]
        await asyncio.wait_for(house.accounts.opened().afterwards.settle(), 10)
        assert '"reason":"OperationalError"' in caplog.text
