"""Sessions as rows: of many that bring one token one rotates it, and what has ended goes nowhere."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.sessions import session_store as rows
from buckler.identity.sessions.session_store import KEPT, SessionState
from buckler.storage.database import Database
from buckler.storage.database.tables import SessionRow
from tests.clocks import FakeClock
from tests.identity.processes import Process, keep_account
from tests.proof import two_sided_async
from tests.tokens.forge import NOW

IDLE = 1000
LIFE = 10_000
Rotate = Callable[..., Awaitable[bool]]


def digest(name: str) -> bytes:
    return sha256(name.encode()).digest()


def state(session_id: str = "s", account_id: str = "a", **changes: Any) -> SessionState:
    made = SessionState(
        session_id, account_id, NOW, NOW, None, ("pwd",), None, NOW, NOW + LIFE, digest("first"), "", "", "client"
    )
    return replace(made, **changes)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    process = Process(tmp_path / "buckler.db", FakeClock(NOW))
    await process.database.open()
    for account in "ab":
        await keep_account(process, account)
    yield process.database
    await process.database.close()


async def keep(database: Database, *states: SessionState) -> None:
    async with database.writing() as connection:
        for each in states:
            await rows.keep(connection, each)


async def turns(
    database: Database, presented: str, successor: str, now: int = NOW, rotate: Rotate = rows.rotate, which: str = "s"
) -> bool:
    async with database.writing() as connection:
        return await rotate(connection, which, digest(presented), digest(successor), now=now, idle=IDLE)


async def found(database: Database, session_id: str = "s") -> SessionState | None:
    async with database.reading() as connection:
        return await rows.find(connection, session_id)


async def live(database: Database, now: int = NOW) -> list[str]:
    async with database.reading() as connection:
        return [each.id for each in await rows.live(connection, "a", now=now, idle=IDLE)]


async def unconditional(
    connection: AsyncConnection, session_id: str, presented: bytes, successor: bytes, *, now: int, idle: int
) -> bool:
    """The twin that puts the successor there whatever was there before."""
    step = update(SessionRow).where(SessionRow.id == session_id).values(current_digest=successor)
    await connection.execute(step)
    return True


async def test_of_many_that_bring_one_token_one_rotates_it(database: Database) -> None:
    """Twenty at once, each with a successor of its own: one family goes on, not twenty."""

    async def attack(rotate: Rotate) -> bool:
        name = getattr(rotate, "__name__", "")
        await keep(database, state(name))
        at_once = [turns(database, "first", f"next {at}", rotate=rotate, which=name) for at in range(20)]
        return sum(await asyncio.gather(*at_once)) > 1

    await two_sided_async(attack, whole=rows.rotate, twin=unconditional)


async def test_a_rotation_is_written_down(database: Database) -> None:
    """The new digest, the one before it, when, and how often; nothing else moves."""
    await keep(database, state())
    before = await found(database)
    assert before is not None
    assert await turns(database, "first", "second", now=NOW + 5)
    assert await found(database) == replace(
        before, current_digest=digest("second"), previous_digest=digest("first"), rotated_at=NOW + 5,
        last_used_at=NOW + 5, rotations=1,
    )  # fmt: skip


@pytest.mark.parametrize("presented", ["second", "", "first "])
async def test_another_token_rotates_nothing(database: Database, presented: str) -> None:
    """Nor does the right one in another session."""
    await keep(database, state(), state("other", current_digest=digest("elsewhere")))
    assert not await turns(database, presented, "mine")
    assert not await turns(database, "first", "mine", which="other")
    assert not await turns(database, "first", "mine", which="missing")
    assert (await found(database)) is not None
    assert await turns(database, "first", "second")


@pytest.mark.parametrize(
    ("change", "now"),
    [({}, NOW + IDLE), ({"last_used_at": NOW + LIFE}, NOW + LIFE), ({"ended_at": NOW, "ended_for": "x"}, NOW)],
    ids=["idle", "at its end", "ended"],
)
async def test_a_session_that_is_over_rotates_no_more(database: Database, change: dict[str, Any], now: int) -> None:
    """To the second; it is in no list either."""
    await keep(database, state(**change))
    if not change.get("ended_at"):
        assert await live(database, now - 1) == ["s"]
    assert await live(database, now) == []
    assert not await turns(database, "first", "second", now=now)


async def test_a_session_ends_once(database: Database) -> None:
    """The second time nothing changes: the first reason stands."""
    await keep(database, state())
    async with database.writing() as connection:
        told = [await rows.end(connection, "s", reason, NOW + 1) for reason in ("logout", "replay")]
    ended = await found(database)
    assert told == [True, False]
    assert ended is not None
    assert (ended.ended_at, ended.ended_for) == (NOW + 1, "logout")


async def test_the_sessions_of_an_account_end_together(database: Database) -> None:
    """All but the one that is named, and none of anybody else; the number is of those that went on."""
    await keep(database, *(state(name) for name in ("one", "two", "kept")), state("foreign", "b"))
    async with database.writing() as connection:
        assert await rows.end(connection, "one", "logout", NOW)
        assert await rows.end_of_account(connection, "a", "everywhere", NOW, "kept") == 1
    assert await live(database) == ["kept"]
    foreign = await found(database, "foreign")
    assert foreign is not None
    assert foreign.ended_at is None


async def test_the_newest_comes_first(database: Database) -> None:
    """By the moment of the sign-in, whichever was used last."""
    await keep(database, *(state(f"s{at}", created_at=NOW + at) for at in (2, 0, 1)))
    await turns(database, "first", "second", now=NOW + 5, which="s0")
    assert await live(database, NOW + 5) == ["s2", "s1", "s0"]


async def test_what_is_long_over_makes_room(database: Database) -> None:
    """A day after the end, a few at each new session; till then a replay is told from a guess."""
    await keep(database, *(state(f"s{at}") for at in range(6)))
    await keep(database, state("early", created_at=NOW + LIFE + KEPT))
    assert await found(database, "s0") is not None
    await keep(database, state("late", created_at=NOW + LIFE + KEPT + 1, expires_at=NOW + 10 * LIFE + KEPT))
    left = [name for name in (f"s{at}" for at in range(6)) if await found(database, name) is not None]
    assert len(left) == 2


async def test_a_state_shows_no_digest() -> None:
    """What is written of a row in a log cannot be compared with anything."""
    assert "digest" not in repr(state())
