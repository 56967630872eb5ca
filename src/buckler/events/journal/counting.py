"""How many events of some kinds there were in each hour: counted where they are kept, in one bounded statement.

- Counted by the columns for searching, and not judged: whether rows are what was written says `verification.py`.
- One row may stand for many that were not kept each by itself: then its text says how many.
- At most `MOST_ROWS` are looked at, the newest of the time; what is older is not counted, and that is said.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Integer, SQLColumnExpression, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.storage.database.tables import EventRow

MOST_ROWS: Final = 200_000
HOUR: Final = 3_600_000
"""Milliseconds."""
_MOST_OF_A_ROW: Final = 1_000_000
"""What a row may claim to stand for."""


@dataclass(frozen=True, slots=True)
class Counted:
    """For each hour and name a number. Hours are counted since 1970-01-01 UTC; one without events has no entry."""

    numbers: Mapping[tuple[int, str], int]
    begins: int | None
    """The first hour that was counted whole; None where every one was."""


async def count_by_hour(connection: AsyncConnection, names: Collection[str], *, since: int, until: int) -> Counted:
    """The numbers from the hour `since` up to the hour `until`, which is not counted any more."""
    # Below the end is no text either: SQLite puts texts behind all numbers.
    within = EventRow.at >= since * HOUR, EventRow.at < until * HOUR
    number = case((EventRow.name.in_(names), _standing_for(EventRow.body)), else_=0)
    newest = select(EventRow.at, EventRow.name, number.label("number")).where(*within)
    some = newest.order_by(EventRow.at.desc()).limit(MOST_ROWS).subquery()
    hour = some.c.at.op("/")(HOUR)
    query = select(hour, some.c.name, func.sum(some.c.number), func.count()).group_by(hour, some.c.name)
    rows = (await connection.execute(query)).all()
    is_cut = sum(count for *_, count in rows) == MOST_ROWS
    begins = min(int(at) for at, *_ in rows) + 1 if is_cut else None
    numbers = {(int(at), str(name)): int(total) for at, name, total, _ in rows if name in names}
    return Counted({each: total for each, total in numbers.items() if begins is None or each[0] >= begins}, begins)


def _standing_for(body: SQLColumnExpression[str]) -> ColumnElement[int]:
    """How many events a row stands for; 1 for whatever says no number of a sound size."""
    said = cast(func.json_extract(body, "$.count"), Integer)
    sound = case((func.json_type(body, "$.count") == "integer", func.max(1, func.min(said, _MOST_OF_A_ROW))), else_=1)
    # What is no JSON is never looked into: SQLite would stop at it.
    return case((func.json_valid(body) == 1, sound), else_=1)
