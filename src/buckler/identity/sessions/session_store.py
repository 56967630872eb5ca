"""Sessions as rows: what decides about one stands here, and each query is a step of its caller's transaction.

What decides something is one conditional UPDATE: of two that come at once, one finds a row and the other none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.storage.database.tables import SessionRow

MOST: Final = 100
"""Live sessions of one account: one more ends the oldest."""
MOST_KEPT: Final = 1000
"""Sessions of one account that are shown to it with those that are over."""
KEPT: Final = 24 * 3600
"""Seconds for which the row of a session that ended is kept, so that a replay is told from a guess."""
_CLEARED: Final = 4


@dataclass(frozen=True, slots=True)
class SessionState:
    """One row."""

    id: str
    account_id: str
    created_at: int
    auth_time: int
    acr: str | None
    amr: Sequence[str]
    scope: str | None
    last_used_at: int
    expires_at: int
    """The absolute end; of a session that ended, when its row may go."""
    current_digest: bytes = field(repr=False)
    agent: str
    place: str
    client_id: str
    device_id: str | None = None
    previous_digest: bytes | None = field(default=None, repr=False)
    rotated_at: int | None = None
    rotations: int = 0
    ended_at: int | None = None
    ended_for: str | None = None


_NAMES: Final = tuple(each.name for each in SessionState.__dataclass_fields__.values())
_COLUMNS: Final = tuple(getattr(SessionRow, name) for name in _NAMES)
_NEWEST_FIRST: Final = (SessionRow.created_at.desc(), SessionRow.id)


async def keep(connection: AsyncConnection, state: SessionState) -> None:
    """Keep a new session. A few that are long over make room for it."""
    row = {name: getattr(state, name) for name in _NAMES}
    await connection.execute(insert(SessionRow).values({**row, "amr": list(state.amr)}))
    over = select(SessionRow.id).where(SessionRow.expires_at < state.created_at - KEPT).limit(_CLEARED)
    await connection.execute(delete(SessionRow).where(SessionRow.id.in_(over)))


async def rotate(
    connection: AsyncConnection, session_id: str, presented: bytes, successor: bytes, *, now: int, idle: int
) -> bool:
    """Put the successor in the place of the token that is good now; whether `presented` was that."""
    step = (
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.current_digest == presented, *_live(now, idle))
        .values(
            current_digest=successor,
            previous_digest=presented,
            rotated_at=now,
            last_used_at=now,
            rotations=SessionRow.rotations + 1,
        )
    )
    return await _count(connection, step) == 1


async def touch(connection: AsyncConnection, session_id: str, *, now: int, idle: int) -> bool:
    """Note that a session is in use; whether it still was."""
    step = update(SessionRow).where(SessionRow.id == session_id, *_live(now, idle)).values(last_used_at=now)
    return await _count(connection, step) == 1


async def find(connection: AsyncConnection, session_id: str) -> SessionState | None:
    """The session of this id, live or not."""
    query = select(*_COLUMNS).where(SessionRow.id == session_id)
    row = (await connection.execute(query)).one_or_none()
    return SessionState(*row) if row is not None else None


async def live(connection: AsyncConnection, account_id: str, *, now: int, idle: int) -> list[SessionState]:
    """The sessions of an account that go on, the newest first."""
    query = select(*_COLUMNS).where(SessionRow.account_id == account_id, *_live(now, idle)).order_by(*_NEWEST_FIRST)
    return [SessionState(*row) for row in (await connection.execute(query)).all()]


async def kept(connection: AsyncConnection, account_id: str) -> list[SessionState]:
    """Every session of an account of which there is a row, live or not, the newest first; at most `MOST_KEPT`."""
    query = select(*_COLUMNS).where(SessionRow.account_id == account_id).order_by(*_NEWEST_FIRST).limit(MOST_KEPT)
    return [SessionState(*row) for row in (await connection.execute(query)).all()]


async def end(connection: AsyncConnection, session_id: str, reason: str, now: int) -> bool:
    """End a session; whether it had not ended before."""
    return await _count(connection, _ending(reason, now).where(SessionRow.id == session_id)) == 1


async def end_of_account(connection: AsyncConnection, account_id: str, reason: str, now: int, but: str | None) -> int:
    """End the sessions of an account; how many there were."""
    step = _ending(reason, now).where(SessionRow.account_id == account_id)
    return await _count(connection, step if but is None else step.where(SessionRow.id != but))


def _ending(reason: str, now: int) -> Any:
    # The row goes soon: nothing needs it until the end that it would have had.
    values = {"ended_at": now, "ended_for": reason, "expires_at": now}
    return update(SessionRow).where(SessionRow.ended_at.is_(None)).values(values)


def _live(now: int, idle: int) -> tuple[ColumnElement[bool], ...]:
    return SessionRow.ended_at.is_(None), SessionRow.expires_at > now, SessionRow.last_used_at > now - idle


async def _count(connection: AsyncConnection, step: Any) -> int:
    return cast("CursorResult[Any]", await connection.execute(step)).rowcount
