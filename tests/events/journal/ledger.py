"""A log on a database of its own, and what an attacker with that database can do to it."""

import json
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buckler.events import EventLog
from buckler.events.journal import Journal
from buckler.events.journal.checkpoints import Checkpoint
from buckler.events.journal.keeper import Keeper
from buckler.events.journal.log_key import LogKey
from buckler.events.journal.retention import Periods
from buckler.events.journal.verification import Verdict, Verification
from buckler.storage.database import Database
from buckler.storage.database.private_file import make_private_folder
from tests.clocks import FakeClock

KEY = LogKey(bytes(range(32)))
INSTALLATION = "installation"


@dataclass
class Ledger:
    """One log. `outside` is what left it as checkpoints."""

    database: Database
    journal: Journal
    clock: FakeClock
    keeper: Keeper
    outside: list[str] = field(default_factory=list[str])

    async def write(self, count: int = 1, name: str = "user_created", **fields: object) -> None:
        for number in range(count):
            async with self.database.writing() as connection:
                self.journal.note(connection, name, None, **({"account": f"a{number}"} | fields))

    async def batch(self) -> None:
        """Time goes on until the next batch is due, and it is made."""
        self.clock.advance(61)
        await self.keeper.tick()

    async def verdict(self, checkpoints: Iterable[str] = (), key: LogKey = KEY) -> Verdict:
        found = [read(line) for line in checkpoints]
        async with self.database.reading() as connection:
            return await Verification(connection, key, INSTALLATION).run(found)

    def attack(self, *statements: str) -> None:
        """What somebody writes who has the file."""
        with closing(sqlite3.connect(self.database.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.database.path)) as connection, connection:
            return connection.execute(query).fetchall()

    def another(self) -> Journal:
        """That of another process on the same database, which writes by turns with ours."""
        return Journal(self.database, KEY, self.clock, EventLog(self.clock))


def read(line: str) -> Checkpoint:
    members = json.loads(line)
    marks = bytes.fromhex(members["link"]), bytes.fromhex(members["mac"])
    return Checkpoint(members["installation"], members["epoch"], members["batch"], members["made_at"], *marks)


@asynccontextmanager
async def opened(
    folder: Path, periods: Periods | None = None, sink: Callable[[str], None] | None = None
) -> AsyncGenerator[Ledger]:
    """A log that is open."""
    clock = FakeClock()
    make_private_folder(folder)
    database = Database(folder / "log.db")
    await database.open()
    journal = Journal(database, KEY, clock, EventLog(clock))
    outside: list[str] = []
    keeper = Keeper(database, journal, clock, periods or Periods(), INSTALLATION, 0, sink or outside.append)
    try:
        yield Ledger(database, journal, clock, keeper, outside)
    finally:
        await database.close()
