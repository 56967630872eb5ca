"""An installation with a log of its own, for the commands that read it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from buckler.clock import SystemClock
from buckler.events import EventLog
from buckler.events.journal import Journal
from buckler.events.journal.keeper import Keeper
from buckler.events.journal.retention import Periods
from buckler.identity.accounts import DATABASE_FILE
from buckler.identity.installation.foundation import lay_foundation
from buckler.storage.database import Database
from tests.clocks import FakeClock
from tests.identity.house import settings

Write = Callable[[Database, Journal, FakeClock, Keeper], Awaitable[object]]
HOUR = 3600
MORNING = 1_769_846_400
"""2026-01-31 08:00 UTC."""


def keep(folder: Path, write: Write, *, at: float | None = None, periods: Periods | None = None) -> list[str]:
    """Open the installation in `folder`, made where there is none, and write. The checkpoints that left it."""
    outside: list[str] = []

    async def done() -> None:
        clock = FakeClock(SystemClock().now() if at is None else at)
        database = Database(folder / "data" / DATABASE_FILE)
        await database.open()
        try:
            found = await lay_foundation(database, settings(folder / "data"), clock, EventLog(clock))
            keeper = Keeper(
                database, found.journal, clock, periods or Periods(), found.installation, found.epoch, outside.append
            )
            await write(database, found.journal, clock, keeper)
        finally:
            await database.close()

    asyncio.run(done())
    return outside


async def three(database: Database, journal: Journal, clock: FakeClock, keeper: Keeper) -> None:
    """Three events an hour apart, in one batch."""
    for name, fields in (
        ("user_created", {"account": "a1", "by": "operator"}),
        ("authn_login_success", {"account": "a1", "amr": ["pwd"]}),
        ("user_updated", {"account": "a2", "by": "a1", "action": "disable"}),
    ):
        async with database.writing() as connection:
            journal.note(connection, name, None, **fields)
        clock.advance(HOUR)
    await keeper.tick()


def attack(folder: Path, *statements: str, given: tuple[str, ...] = ()) -> None:
    """What somebody writes who has the file."""
    with closing(sqlite3.connect(folder / "data" / DATABASE_FILE)) as connection, connection:
        for statement in statements:
            connection.execute(statement, given)
