"""How long events are kept, and how they go without breaking the chain (ASVS 14.2.4, 16.1.1; GDPR articles 5, 17).

1. What is over is emptied: the text goes, and who it was about; the MAC stays, so the chain holds. That we did it, and
   when, is signed: nobody else empties a row unseen.
2. A row is emptied only where it holds, by the moment and the name in its own text: whoever changes a column of the
   database does not have the log erase itself. One that does not hold stays, as evidence.
3. An account that was erased takes its events along 30 days later, but for the one that says so: whoever took an
   account over does not wipe out at once how it was done.
4. Batches whose rows are all empty are cut off at the beginning, once each has proved itself; the last of them stays as
   the anchor of the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.events.event import Kept
from buckler.events.journal.form import BATCH_OF_OURS, ROW_OF_OURS
from buckler.events.journal.log_key import BEGINNING, LogKey, Rows, same
from buckler.events.journal.said import is_emptied_by_us, said_by
from buckler.events.vocabulary import CATALOGUE
from buckler.storage.database import Database
from buckler.storage.database.tables import EventBatchRow, EventRow

DAY: Final = 86_400_000
"""Milliseconds."""
AFTER_ERASURE: Final = 30 * DAY
MOST: Final = 500
"""Rows that are emptied at once."""
ERASED: Final = "user_deleted"
MOST_BATCHES: Final = 200
"""Batches that are cut off at once."""

State = Literal["full", "empty", "damaged"]
_ORDER: Final = EventRow.position


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did."""

    has_more: bool
    damaged: str | None
    """What stands at the beginning of the log and does not hold."""


@dataclass(frozen=True, slots=True)
class Periods:
    """How many days events are kept, by their kind."""

    sign_ins: int = 90
    changes: int = 730

    def ends(self, kept: Kept | None, now: int) -> int:
        """What is older than this moment, in milliseconds, is over."""
        return now - DAY * (self.sign_ins if kept == "sign-ins" else self.changes)


class Retention:
    """Empties what is over, and cuts off what is empty."""

    def __init__(self, database: Database, key: LogKey, clock: Clock, periods: Periods) -> None:
        self._database = database
        self._key = key
        self._clock = clock
        self._periods = periods
        self._seen = 0
        """The last position that was looked at; 0 begins anew."""

    async def sweep(self) -> Swept:
        """Empty at most `MOST` rows, and cut off what is empty."""
        now = int(self._clock.now() * 1000)
        async with self._database.reading() as connection:
            found = (await connection.execute(self._aged(now).where(EventRow.position > self._seen))).all()
            goes = [row for row in found if self._is_over(row, now)]
            accounts = await self._erased_accounts(connection, now)
            gone = (await connection.execute(_of_accounts(accounts))).all() if accounts else ()
            goes += [row for row in gone if self._is_of(row, accounts)]
        # Rows that do not hold stay, and must not stand in the way of those behind them.
        self._seen = found[-1].position if len(found) == MOST else 0
        async with self._database.writing() as connection:
            await self._empty(connection, goes, now)
            damaged = await self._cut(connection)
        return Swept(bool(self._seen) or (len(gone) == MOST and bool(goes)), damaged)

    def _aged(self, now: int) -> Any:
        """Rows whose columns say that they are over; their texts are asked before they go."""
        names = [each.name for each in CATALOGUE.values() if each.kept == "sign-ins"]
        of_sign_ins = and_(EventRow.at < self._periods.ends("sign-ins", now), EventRow.name.in_(names))
        aged = or_(EventRow.at < self._periods.ends("changes", now), of_sign_ins)
        return _KEPT.where(aged)

    def _is_over(self, row: Row[Any], now: int) -> bool:
        said = said_by(row, self._key)
        if said is None:
            return False  # fail closed: it is evidence
        event = CATALOGUE.get(said.name)
        return said.at < self._periods.ends(event.kept if event is not None else "changes", now)

    async def _erased_accounts(self, connection: AsyncConnection, now: int) -> list[str]:
        """Accounts that were erased long enough ago, by rows of ours that say so, and of which events are left."""
        other = EventRow.__table__.alias("other")
        left = exists(select(other.c.position).where(_left_of(other, EventRow.account_id)))
        gone = _KEPT.where(EventRow.name == ERASED, EventRow.at < now - AFTER_ERASURE, left)
        accounts: list[str] = []
        for row in (await connection.execute(gone)).all():
            said = said_by(row, self._key)
            if said is not None and said.name == ERASED and said.account and said.at < now - AFTER_ERASURE:
                accounts.append(said.account)
        return accounts

    def _is_of(self, row: Row[Any], accounts: Sequence[str]) -> bool:
        """Whether a row is about one of these accounts by its own text: its columns are anybody's who has the file."""
        said = said_by(row, self._key)
        return said is not None and said.account in accounts and said.name != ERASED and said.agrees_with(row)

    async def _empty(self, connection: AsyncConnection, rows: Sequence[Row[Any]], now: int) -> None:
        if not rows:
            return
        change = (
            update(EventRow)
            .where(EventRow.position == bindparam("which"))
            .values(body="", account_id=None, emptied_at=now, emptied_mac=bindparam("proof"))
        )
        await connection.execute(
            change, [{"which": row.position, "proof": self._key.emptied(row.mac, now)} for row in rows]
        )

    async def _cut(self, connection: AsyncConnection) -> str | None:
        """Take away the oldest batches of which nothing but their MACs is left; why not, where they do not hold.

        Each must prove itself first, from the beginning on. What somebody else took out or emptied is evidence, and
        cutting it off would sign it away.
        """
        query = select(EventBatchRow).where(BATCH_OF_OURS).order_by(EventBatchRow.number).limit(MOST_BATCHES + 1)
        batches = (await connection.execute(query)).all()
        last, fault = None, None
        before = BEGINNING
        for batch in batches[:-1]:  # the newest stays: a log without one is like one that never had any
            if batch.anchor_mac is not None:
                holds = batch is batches[0] and same(batch.anchor_mac, self._key.anchor(batch.number, batch.link))
                fault = None if holds else f"the anchor at batch {batch.number}"
            elif batch is batches[0] and batch.number != 1:
                fault = f"the beginning before batch {batch.number}"
            else:
                state = await self._state_of(connection, batch, before)
                fault = f"batch {batch.number}" if state == "damaged" else None
                if state == "full":
                    break
                last = batch if state == "empty" else last
            if fault is not None:
                break
            before = batch.link
        if last is not None and fault is None:
            await self._cut_until(connection, last)
        return fault

    async def _state_of(self, connection: AsyncConnection, batch: Any, before: bytes) -> State:
        """What is left of a batch: something, nothing but MACs, or not what was chained."""
        rows = (await connection.execute(select(EventRow).where(EventRow.batch == batch.number).order_by(_ORDER))).all()
        if len(rows) == batch.rows and any(row.emptied_at is None for row in rows):
            return "full"
        digest = Rows()
        for row in rows:
            digest.add(row.mac)
        is_whole = digest.count == batch.rows and same(
            batch.link, self._key.link(batch.number, before, batch.at, digest)
        )
        return "empty" if is_whole and all(is_emptied_by_us(row, self._key) for row in rows) else "damaged"

    async def _cut_until(self, connection: AsyncConnection, last: Any) -> None:
        await connection.execute(delete(EventRow).where(EventRow.batch <= last.number))
        await connection.execute(delete(EventBatchRow).where(EventBatchRow.number < last.number))
        anchor = update(EventBatchRow).where(EventBatchRow.number == last.number)
        await connection.execute(anchor.values(anchor_mac=self._key.anchor(last.number, last.link)))


_KEPT: Final = (
    select(EventRow).where(EventRow.emptied_at.is_(None), ROW_OF_OURS).order_by(EventRow.position).limit(MOST)
)


def _of_accounts(accounts: Sequence[str]) -> Any:
    return _KEPT.where(EventRow.account_id.in_(accounts), EventRow.name != ERASED)


def _left_of(other: Any, account: Any) -> ColumnElement[bool]:
    return and_(other.c.account_id == account, other.c.emptied_at.is_(None), other.c.name != ERASED)
