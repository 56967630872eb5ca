"""Whether a row has the form of one of ours. Asked in the database, before Python reads a value of it.

SQLite keeps values of any kind in any column, texts that are no UTF-8, and negative numbers. Whoever writes such a row
would stop everybody who reads the log, and the one who chains it. So it is left aside by its form, and told.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, and_, cast, column, func, not_, or_, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.redact import plain
from buckler.storage.database.tables import EventBatchRow, EventRow

MOST_TOLD: Final = 1000
HIGHEST: Final = 1 << 53
"""What no number of ours reaches. SQLite keeps greater ones, to which nothing could be added."""
_SCHEMA: Final = table("sqlite_master", column("type"), column("name"))
_ODD: Final = "*[^ -~]*"


async def strange_rows(connection: AsyncConnection) -> list[int]:
    """The positions of rows that are of no form of ours, at most `MOST_TOLD`."""
    query = select(EventRow.position).where(not_(ROW_OF_OURS)).order_by(EventRow.position).limit(MOST_TOLD)
    return [row.position for row in (await connection.execute(query)).all()]


async def strange_objects(connection: AsyncConnection) -> list[str]:
    """Triggers and views, which we do not make: they could keep a row from being written, and nobody would see."""
    query = select(_SCHEMA.c.type, _SCHEMA.c.name).where(_SCHEMA.c.type.in_(("trigger", "view")))
    return [f"{row.type} {plain(str(row.name))}" for row in (await connection.execute(query)).all()]


async def strange_batches(connection: AsyncConnection) -> int:
    """How many batches are of no form of ours."""
    query = select(func.count()).select_from(EventBatchRow).where(not_(BATCH_OF_OURS))
    return int((await connection.execute(query)).scalar_one())


def _number(value: Any, least: int = 0) -> ColumnElement[bool]:
    return and_(func.typeof(value) == "integer", value >= least, value < HIGHEST)


def _ascii(value: Any) -> ColumnElement[bool]:
    """Text of printing characters alone; the lengths differ behind a zero."""
    is_plain: ColumnElement[bool] = value.bool_op("NOT GLOB")(_ODD)
    return and_(func.typeof(value) == "text", is_plain, func.length(value) == func.length(cast(value, LargeBinary)))


def _bytes(value: Any) -> ColumnElement[bool]:
    return func.typeof(value) == "blob"


def _none_or(value: Any, form: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(value.is_(None), form)


ROW_OF_OURS: Final = and_(
    EventRow.position >= 1,
    EventRow.position < HIGHEST,
    _ascii(EventRow.writer),
    _number(EventRow.sequence, 1),
    _number(EventRow.at),
    _ascii(EventRow.name),
    _none_or(EventRow.account_id, _ascii(EventRow.account_id)),
    _ascii(EventRow.body),
    _bytes(EventRow.mac),
    _none_or(EventRow.batch, _number(EventRow.batch, 1)),
    _none_or(EventRow.emptied_at, _number(EventRow.emptied_at)),
    _none_or(EventRow.emptied_mac, _bytes(EventRow.emptied_mac)),
)
BATCH_OF_OURS: Final = and_(
    _number(EventBatchRow.number, 1),
    _number(EventBatchRow.rows),
    _number(EventBatchRow.at),
    _bytes(EventBatchRow.link),
    _none_or(EventBatchRow.anchor_mac, _bytes(EventBatchRow.anchor_mac)),
)
