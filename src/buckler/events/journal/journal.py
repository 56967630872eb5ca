"""Events that are kept: each stands in the same transaction as the change that it tells (ASVS 16.2.1, 16.3.1).

1. `note` takes an event inside a transaction. Its row is the last thing that the transaction writes: change and
   event are kept together, or neither is, however the process ends.
2. The line of the log follows once the transaction is committed; what was undone leaves no line.
3. Rows of one life of a process count from 1 without a gap, so one that is taken out leaves a hole. Each has a MAC
   over its writer, its number and its text.
4. `soon` is for what changes nothing and strangers can cause: a failed sign-in. It waits in memory for the next
   tick of the keeper. Of a minute so many are kept each by itself; the rest is kept as their number, so nobody fills
   the disk with rows. A process that is killed takes up to a tick of these along; their lines have been written.
"""

import json
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.errors import BucklerError
from buckler.events.event import Event
from buckler.events.journal.log_key import LogKey
from buckler.events.log import EventLog
from buckler.events.vocabulary import CATALOGUE
from buckler.randomness import identifier
from buckler.storage.database import Database
from buckler.storage.database.tables import EventRow
from buckler.storage.unavailable import StorageUnavailable

Transaction = AsyncConnection
"""A transaction that writes: what `Database.writing` gives."""
MOST_A_MINUTE: Final = 60
"""Events of `soon` that are kept each by itself."""
_MINUTE: Final = 60.0
_UNKNOWN: Final = -1


class NoteOutsideTransaction(BucklerError):
    """An event was noted with a connection that is not that of a writing transaction: it would be lost."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that waits for the end of its transaction."""

    event: Event
    at: int
    """Milliseconds."""
    account: str | None
    record: dict[str, object]
    told: bool = False
    """Whether its line was written before."""


class Journal:
    """Keeps events in a database, and hands their lines to the log. Made once its key is known.

    It has `emit` too, for what is a line and nothing more.
    """

    def __init__(self, database: Database, key: LogKey, clock: Clock, log: EventLog) -> None:
        self._database = database
        self.key = key
        self._clock = clock
        self._log = log
        self.emit = log.emit
        self._writer, self._sequence = identifier(), 0
        self._noted: list[tuple[AsyncConnection, Draft]] = []
        """Of the one transaction that writes now."""
        self._settled: list[tuple[Draft, int | None]] = []
        """With the number of the row that each has."""
        self._waiting: list[Draft] = []
        self._left_out: Counter[str] = Counter()
        self._minute, self._taken = 0.0, 0
        database.accompany(self)

    def note(self, connection: AsyncConnection, name: str, exchange: Exchange | None = None, **fields: object) -> None:
        """Tell an event once the transaction of `connection` is committed, and keep it there if its kind is kept.

        Raises `KeyError` for a name outside the catalogue.
        """
        self._noted.append((connection, self._draft(CATALOGUE[name], exchange, fields)))

    def keep(self, connection: AsyncConnection, name: str, **fields: object) -> None:
        """Keep an event whose line somebody else writes."""
        self._noted.append((connection, self._draft(CATALOGUE[name], None, fields, told=True)))

    def soon(self, name: str, exchange: Exchange | None = None, **fields: object) -> None:
        """Write the line now, and keep the event with the next `flush`: by itself, or as one of a number."""
        self._log.emit(name, exchange, **fields)
        now = self._clock.monotonic()
        if now - self._minute >= _MINUTE:
            self._minute, self._taken = now, 0
        if self._taken < MOST_A_MINUTE:
            self._taken += 1
            self._waiting.append(self._draft(CATALOGUE[name], exchange, fields, told=True))
        else:
            self._left_out[name] += 1

    async def flush(self, *, closes: bool = False) -> None:
        """Keep what waits; the numbers of a minute once that is over, or where the log closes.

        What cannot be kept now waits on.
        """
        is_over = closes or self._clock.monotonic() - self._minute >= _MINUTE
        if not self._waiting and not (is_over and self._left_out):
            return
        waiting, self._waiting = self._waiting, []
        left_out, self._left_out = (self._left_out, Counter[str]()) if is_over else (Counter[str](), self._left_out)
        sums = [self._draft(CATALOGUE[name], None, {"count": count}, told=True) for name, count in left_out.items()]
        try:
            async with self._database.writing() as connection:
                self._noted += [(connection, each) for each in (*waiting, *sums)]
        except BaseException:
            self._waiting[:0] = waiting
            self._left_out.update(left_out)
            raise

    @asynccontextmanager
    async def beside(self) -> AsyncGenerator[None]:
        """Around a transaction: its lines follow its commit."""
        self._noted.clear()
        self._settled.clear()
        try:
            yield
        except BaseException:
            if self._settled:
                # Whether it was committed after all is not known, so the next asks how far the numbers went.
                self._sequence = _UNKNOWN
            raise
        for draft, sequence in self._settled:
            if not draft.told:
                row = None if sequence is None else f"{self._writer}:{sequence}"
                self._log.tell(draft.event, draft.record, row)

    async def settle(self, connection: AsyncConnection) -> None:
        """Write the rows of what was noted: the last step of the transaction."""
        drafts = [draft for place, draft in self._noted if place is connection]
        if len(drafts) != len(self._noted):
            raise NoteOutsideTransaction("An event was noted outside the transaction that writes.")
        if not drafts:
            return
        if self._sequence == _UNKNOWN:
            self._sequence = await self._last_sequence(connection)
        self._settled += [(draft, self._next() if draft.event.kept else None) for draft in drafts]
        rows = [self._row(draft, number) for draft, number in self._settled if number is not None]
        if rows:
            await connection.execute(insert(EventRow), rows)
            await self._look_again(connection, rows[0]["sequence"], len(rows))

    async def _look_again(self, connection: AsyncConnection, first: object, count: int) -> None:
        """Whether the rows are there, as they were written: a trigger in the database could have kept them out."""
        mine = EventRow.writer == self._writer, EventRow.sequence >= first
        query = select(func.count()).select_from(EventRow).where(*mine, EventRow.batch.is_(None), EventRow.body != "")
        if (await connection.execute(query)).scalar_one() != count:
            # Fail closed: no change without its event.
            raise StorageUnavailable("damaged", self._database.path, "rows of its log are not kept as they are written")

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _row(self, draft: Draft, sequence: int) -> dict[str, object]:
        body = json.dumps(draft.record, separators=(",", ":"))
        return {
            "writer": self._writer,
            "sequence": sequence,
            "at": draft.at,
            "name": draft.event.name,
            "account_id": draft.account,
            "body": body,
            "mac": self.key.entry(self._writer, sequence, body),
        }

    async def _last_sequence(self, connection: AsyncConnection) -> int:
        query = select(func.max(EventRow.sequence)).where(EventRow.writer == self._writer)
        return (await connection.execute(query)).scalar_one() or 0

    def _draft(
        self, event: Event, exchange: Exchange | None, fields: dict[str, object], *, told: bool = False
    ) -> Draft:
        now = self._clock.now()
        account = fields.get("account")
        record = self._log.record(event, exchange, fields, now)
        return Draft(event, int(now * 1000), account if isinstance(account, str) else None, record, told)
