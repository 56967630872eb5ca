"""Whether the log is what was written: edits, deletions, insertions, another order, a cut end (ASVS 16.4.2).

1. A row holds if its MAC is right and its columns say what its text says; an emptied one if we emptied it.
2. A batch holds if it has as many rows as were chained, in that order, behind the batch before.
3. The beginning holds at the first batch, or at an anchor of ours. Numbers of batches have no gap, and neither have
   those of a writer's rows.
4. A checkpoint from outside holds if its batch is there with its link, or lies before the anchor.

What cannot be proved is said: that nothing is missing after the last batch, and that no batch is missing after the
last checkpoint. Whoever has the key of the log can write anything: this is proof against a database that was changed,
not against a process that was taken over.
"""

import json
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.events.journal.checkpoints import Checkpoint
from buckler.events.journal.form import BATCH_OF_OURS, ROW_OF_OURS, strange_batches, strange_objects, strange_rows
from buckler.events.journal.log_key import BEGINNING, LogKey, Rows, same
from buckler.events.journal.said import is_emptied_by_us, said_by
from buckler.redact import plain
from buckler.storage.database.tables import EventBatchRow, EventRow

PAGE: Final = 1000
MOST_FAULTS: Final = 1000
"""Told one by one."""
RESTORED: Final = "sys_backup_restored"

Advance = Callable[[int], object]
"""Is told how many rows have been gone through since."""


@dataclass(slots=True)
class Verdict:
    """What was found. Without `faults` the log is intact as far as it can be proved."""

    faults: list[str] = field(default_factory=list[str])
    rows: int = 0
    emptied: int = 0
    batches: int = 0
    unbatched: int = 0
    begins_at: int = 1
    """The first batch that is there; later than 1 where older ones were over and are gone."""
    last_at: int = 0
    """When the last batch was made: milliseconds since 1970-01-01 UTC; 0 without one."""
    first_at: int = 0
    """The moment of the oldest event that is there: milliseconds since 1970-01-01 UTC."""
    last_number: int = 0
    proved_until: int = 0
    """The batch of the newest checkpoint that holds; 0 without one."""
    checkpoints: int = 0
    restored: list[str] = field(default_factory=list[str])
    """What a backup that was put back explains."""
    more: int = 0
    """Faults beyond those that are told."""

    def blame(self, fault: str) -> None:
        """Something is wrong."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        else:
            self.more += 1


class Verification:
    """Goes through one log, in one transaction."""

    def __init__(self, connection: AsyncConnection, key: LogKey, installation: str) -> None:
        self._connection = connection
        self._key = key
        self._installation = installation
        self._epoch = 0
        """How often a backup was put back, by rows that hold."""
        self._writers: dict[str, int] = {}
        self._links: dict[int, bytes] = {}
        self._all_readable = True
        self._batched_until = 0
        """The position of the last row that stands in a batch."""
        self.verdict = Verdict()

    async def run(self, checkpoints: Iterable[Checkpoint] = (), advance: Advance | None = None) -> Verdict:
        """The verdict. `advance` is told how many rows have been gone through since."""
        await self._judge_forms()
        of_ours = select(EventBatchRow).where(BATCH_OF_OURS).order_by(EventBatchRow.number)
        batches = (await self._connection.execute(of_ours)).all()
        self._judge_numbers([row.number for row in batches], batches[0].anchor_mac is not None if batches else False)
        batched = self._readable().where(EventRow.batch.is_not(None)).order_by(EventRow.position.desc()).limit(1)
        last = (await self._connection.execute(batched)).first()
        self._batched_until = last.position if last is not None else 0
        rows = self._rows(advance)
        row = await anext(rows, None)
        before = BEGINNING
        for batch in batches:
            row = await self._judge_batch(batch, before, rows, row)
            before = self._links[batch.number] = batch.link
        while row is not None:
            self._judge_loose(row)
            row = await anext(rows, None)
        if not batches and not self.verdict.rows:
            # A log begins with an event, and its last batch is never cut off.
            self.verdict.blame("The log is empty: everything was taken out, or the process ended while it was begun.")
        for each in checkpoints:
            self._judge_checkpoint(each)
        return self.verdict

    async def count(self) -> int:
        """How many rows there are to go through."""
        return int((await self._connection.execute(select(func.count(EventRow.position)))).scalar_one())

    async def _judge_forms(self) -> None:
        """What could not even be read; the rest is judged as if it were not there."""
        for position in await strange_rows(self._connection):
            self._all_readable = False
            self.verdict.blame(f"Row {position} has values of a kind that we never write.")
        for each in await strange_objects(self._connection):
            self.verdict.blame(f"There is a {each} in the database, which we never make: it can keep rows out.")
        strange = await strange_batches(self._connection)
        if strange:
            self.verdict.blame(f"{strange} batches have values of a kind that we never write.")

    def _readable(self) -> Select[Any]:
        """Rows; without asking each for its form where all have one of ours, since that takes half of the time."""
        return select(EventRow) if self._all_readable else select(EventRow).where(ROW_OF_OURS)

    def _judge_numbers(self, numbers: list[int], is_anchored: bool) -> None:
        if not numbers:
            return
        verdict = self.verdict
        verdict.batches, verdict.begins_at, verdict.last_number = len(numbers), numbers[0], numbers[-1]
        if numbers[0] != 1 and not is_anchored:
            verdict.blame(f"The beginning is missing: batches 1 to {numbers[0] - 1} were taken out.")
        for one, other in pairwise(numbers):
            if other != one + 1:
                verdict.blame(f"Batches {one + 1} to {other - 1} were taken out.")

    async def _judge_batch(
        self, batch: Any, before: bytes, rows: AsyncGenerator[Row[Any]], row: Row[Any] | None
    ) -> Row[Any] | None:
        """Judge one batch; the first row after it."""
        self.verdict.last_at = batch.at
        digest = Rows()
        while row is not None and self._is_before_end_of(row, batch.number):
            if row.batch == batch.number:
                digest.add(row.mac)
            else:
                self.verdict.blame(f"{_named(row)} stands out of its order, or was taken out of its batch.")
            self._judge_row(row)
            row = await anext(rows, None)
        if batch.anchor_mac is not None and digest.count == 0:
            if not same(batch.anchor_mac, self._key.anchor(batch.number, batch.link)):
                self.verdict.blame(f"The beginning at batch {batch.number} is not one that we made.")
        elif digest.count != batch.rows:
            self.verdict.blame(f"Batch {batch.number} has {digest.count} rows, and was made of {batch.rows}.")
        elif not same(batch.link, self._key.link(batch.number, before, batch.at, digest)):
            self.verdict.blame(
                f"Batch {batch.number} is not what was chained: its rows, or what stands before, changed."
            )
        return row

    def _is_before_end_of(self, row: Row[Any], number: int) -> bool:
        """Whether a row belongs to this batch or one before; one without a batch does, where others follow it."""
        return bool(row.position < self._batched_until if row.batch is None else row.batch <= number)

    def _judge_loose(self, row: Row[Any]) -> None:
        self._judge_row(row)
        if row.batch is None:
            self.verdict.unbatched += 1
        else:
            self.verdict.blame(f"{_named(row)} says that it stands in batch {row.batch}, which is not there.")

    def _judge_row(self, row: Row[Any]) -> None:
        self.verdict.rows += 1
        last = self._writers.get(row.writer)
        if last is not None and row.sequence <= last:
            self.verdict.blame(f"{_named(row)} stands out of its order.")
        elif row.sequence != (last or 0) + 1 and not (last is None and self.verdict.begins_at > 1):
            first = (last or 0) + 1
            self.verdict.blame(f"Before {_named(row)}, {row.sequence - first} rows of its writer were taken out.")
        self._writers[row.writer] = max(row.sequence, last or 0)
        if row.emptied_at is not None:
            self.verdict.emptied += 1
            if not is_emptied_by_us(row, self._key):
                self.verdict.blame(f"{_named(row)} was emptied, and not by us.")
            return
        said = said_by(row, self._key)
        if said is not None:
            self.verdict.first_at = min(self.verdict.first_at or said.at, said.at)
        if said is None:
            self.verdict.blame(f"{_named(row)} is not what was written: it was edited, or put in.")
        elif not said.agrees_with(row):
            self.verdict.blame(f"{_named(row)}: the columns for searching were edited.")
        elif said.name == RESTORED:
            self.verdict.restored.append(row.body)
            self._epoch = max(self._epoch, int(json.loads(row.body)["epoch"]))

    def _judge_checkpoint(self, checkpoint: Checkpoint) -> None:
        verdict = self.verdict
        if checkpoint.installation != self._installation:
            return
        told = f"The checkpoint of batch {checkpoint.number}"
        if not checkpoint.holds(self._key):
            verdict.blame(f"{told} was not made by us.")
            return
        verdict.checkpoints += 1
        link = self._links.get(checkpoint.number)
        if link is not None and same(link, checkpoint.link):
            verdict.proved_until = max(verdict.proved_until, checkpoint.number)
        elif checkpoint.number < verdict.begins_at:
            return  # over since, and gone with its rows
        elif checkpoint.epoch < self._epoch:
            return  # a backup was put back since, and what came between is gone: told by a row, not by a column
        elif link is None:
            verdict.blame(f"{told} names one that is not there: the end was cut off, or an old copy was put back.")
        else:
            verdict.blame(f"{told} names another one: the log from there on was written anew.")

    async def _rows(self, advance: Advance | None) -> AsyncGenerator[Row[Any]]:
        """Every row in the order of the commits, which is that of the batches."""
        after = 0
        query = self._readable().order_by(EventRow.position).limit(PAGE)
        while page := (await self._connection.execute(query.where(EventRow.position > after))).all():
            for row in page:
                yield row
            after = page[-1].position
            if advance is not None:
                advance(len(page))


def _named(row: Row[Any]) -> str:
    return f"Row {row.position} ({plain(str(row.name))}, {plain(str(row.writer))}:{row.sequence})"
