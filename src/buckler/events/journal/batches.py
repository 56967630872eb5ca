"""Chaining what was kept: batches of committed rows, each over the one before (ASVS 16.4.2).

1. A batch takes every committed row that stands in none, in the order of their commits, in one transaction. Of
   several processes one makes it; the others find nothing left.
2. A row that does not hold is taken too, since leaving it out would hide it, and told at once. One that is of no form
   of ours (`form.py`) cannot be, and is told with each batch that leaves it aside.
3. From then on no row of it can be changed, taken out, added or moved: the link would be another one, and so would
   every link after it.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, insert, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.events.journal.form import BATCH_OF_OURS, ROW_OF_OURS, strange_objects
from buckler.events.journal.log_key import BEGINNING, LogKey, Rows, same
from buckler.storage.database import Database
from buckler.storage.database.tables import EventBatchRow, EventRow

MOST_ROWS: Final = 5000
"""Of one batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The last batch."""

    number: int
    at: int
    """Milliseconds."""
    link: bytes
    damaged: tuple[str, ...] = ()
    """The rows in it that do not hold."""


NO_BATCH: Final = Batch(0, 0, BEGINNING)


class Batcher:
    """Makes the next batch."""

    def __init__(self, database: Database, key: LogKey, clock: Clock) -> None:
        self._database = database
        self._key = key
        self._clock = clock

    async def make(self) -> Batch | None:
        """Chain what is not yet in a batch; None where nothing is."""
        if not await self._is_anything_left():
            return None
        async with self._database.writing() as connection:
            last = await last_batch(connection)
            rows = (await connection.execute(_left(last).limit(MOST_ROWS))).all()
            if not rows:
                return None
            digest, damaged = Rows(), await strange_objects(connection)
            for row in rows:
                digest.add(row.mac)
                if row.batch is not None or not same(row.mac, self._key.entry(row.writer, row.sequence, row.body)):
                    damaged.append(f"{row.writer}:{row.sequence}")
            aside = select(EventRow.position).where(EventRow.batch.is_(None), not_(ROW_OF_OURS)).limit(MOST_ROWS)
            damaged += [f"position {row.position}" for row in (await connection.execute(aside)).all()]
            number, at = last.number + 1, int(self._clock.now() * 1000)
            link = self._key.link(number, last.link, at, digest)
            taken = _in_none(last) & (EventRow.position <= rows[-1].position) & ROW_OF_OURS
            await connection.execute(update(EventRow).where(taken).values(batch=number))
            await connection.execute(insert(EventBatchRow).values(number=number, rows=digest.count, at=at, link=link))
        return Batch(number, at, link, tuple(damaged))

    async def _is_anything_left(self) -> bool:
        async with self._database.reading() as connection:
            return (await connection.execute(_left(await last_batch(connection)).limit(1))).first() is not None


async def last_batch(connection: AsyncConnection) -> Batch:
    """The newest batch, as this transaction sees it."""
    query = select(EventBatchRow.number, EventBatchRow.at, EventBatchRow.link).where(BATCH_OF_OURS)
    found = (await connection.execute(query.order_by(EventBatchRow.number.desc()).limit(1))).first()
    return NO_BATCH if found is None else Batch(found.number, found.at, found.link)


def _in_none(last: Batch) -> ColumnElement[bool]:
    """Rows in no batch; also those that somebody put into one which is not there, to keep them out of the next."""
    return or_(EventRow.batch.is_(None), EventRow.batch > last.number)


def _left(last: Batch) -> Select[Any]:
    return select(EventRow).where(_in_none(last), ROW_OF_OURS).order_by(EventRow.position)
