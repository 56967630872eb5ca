"""Whoever edits the database writes any row, and blinds nobody who reads the log: neither pages nor commands."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from buckler.cli.event_check import Outside, _told, unprovable
from buckler.cli.event_rows import line_shown, members_shown
from buckler.events.journal.reading import Wanted, rows_found
from buckler.events.journal.verification import Verification
from buckler.identity.accounts import DATABASE_FILE
from tests.console.visit import ConsoleHouse, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOG, VERIFY = "/console/log", "/console/log/verify"
NUMBERS = st.sampled_from([0, 1, -1, 3 * 10**15, 2**53 - 1, 2**53, 2**63 - 1, -(2**63), "late", 1.5, b"\xff", "\x00"])
TEXTS = st.text(st.characters(codec=None), max_size=8) | st.sampled_from(["\ud800", "\udfff\ud800", "9" * 32])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(["event", "account", "by", "who", "client", "count", "level", "action", "given"]) | TEXTS
BODIES = st.dictionaries(MEMBERS, VALUES, max_size=4).map(json.dumps)
DEEP = '{"x":' + "[" * 480 + "]" * 480 + "}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(house: ConsoleHouse) -> AsyncIterator[Visitor]:
    """An administrator, and a log with a batch."""
    made = await house.person("admin")
    house.clock.advance(61)
    await house.opened.keeper.tick()
    yield made


async def _edit(house: ConsoleHouse, table: str, column: str, value: object) -> Any:
    """Write a value into the newest row; what stood there. In a thread: the service may be in the middle of a write."""
    return await asyncio.to_thread(_edit_now, house, table, column, value)


def _edit_now(house: ConsoleHouse, table: str, column: str, value: object) -> Any:
    place = {"event": "position", "event_batch": "number"}[table]
    newest = f"{place} = (SELECT max({place}) FROM {table})"  # noqa: S608 - names of ours
    with closing(sqlite3.connect(house.accounts.settings.data / DATABASE_FILE)) as connection, connection:
        before = connection.execute(f"SELECT {column} FROM {table} WHERE {newest}").fetchone()[0]  # noqa: S608
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {newest}", (value,))  # noqa: S608
    return before


async def _told_everywhere(house: ConsoleHouse, ada: Visitor) -> None:
    house.clock.advance(61)
    for query in ("", "?event=user_created", "?text=zzz", "?client=10.0.0.1", f"?account={'9' * 32}"):
        assert (await ada.client.get(LOG + query)).status_code == 200, query
    told = await ada.send(await ada.get(LOG), VERIFY)
    assert "The log is not what was written." in told.words
    log = house.opened.log
    async with log._database.reading() as connection:
        found = [each async for each in rows_found(connection, log._key, Wanted(), newest_first=True)]
        verdict = await Verification(connection, log._key, log._installation).run()
    assert verdict.faults
    lines = [line for each in found for line in (line_shown(each), json.dumps(members_shown(each)))]
    outside = Outside(log._installation, ())
    assert "\n".join([*lines, _told(verdict, outside, unprovable(verdict, outside))]).encode()


async def _tell(house: ConsoleHouse, ada: Visitor, edits: Sequence[tuple[str, str, object]]) -> None:
    before = [(table, column, await _edit(house, table, column, value)) for table, column, value in edits]
    try:
        await _told_everywhere(house, ada)
    finally:
        for table, column, value in before[::-1]:
            await _edit(house, table, column, value)


@settings(max_examples=12)
@given(body=BODIES, at=NUMBERS, emptied=st.none() | NUMBERS)
@example(body='{"by":"\\ud800"}', at=2**53 - 1, emptied=None)
@example(body='{"client":"\\ud800","\\ud800":1}', at=3 * 10**15, emptied=2**53 - 1)
@example(body='{"event":[1],"level":{},"account":"\\udfff"}', at=1, emptied=None)
@example(body=DEEP, at=1, emptied=None)
async def test_any_event_is_shown_or_told(
    house: ConsoleHouse, ada: Visitor, body: str, at: object, emptied: object
) -> None:
    """Moments behind the year 9999, halves of characters, lists in the place of names, and what is no value of ours."""
    await _tell(house, ada, [("event", "body", body), ("event", "at", at), ("event", "emptied_at", emptied)])


@pytest.mark.parametrize("at", [2**53 - 1, 2**63 - 1, "late"])
async def test_any_batch_is_told(house: ConsoleHouse, ada: Visitor, at: object) -> None:
    await _tell(house, ada, [("event_batch", "at", at)])


async def test_a_row_far_above_the_others_hides_none_of_them(house: ConsoleHouse, ada: Visitor) -> None:
    """Where no number follows any more, and where a look would go through all that are free below."""
    await _tell(house, ada, [("event", "position", 2**63 - 1)])
    for position in (2**63 - 1, 2**53 - 1, 10**9):
        before = await _edit(house, "event", "position", position)
        try:
            assert "sys_log_begun" in (await ada.get(LOG)).words, position
            assert "Looked back" not in (await ada.get(f"{LOG}?text=zzz")).words, position
        finally:
            await _edit(house, "event", "position", before)


async def test_sessions_of_any_time_are_listed(house: ConsoleHouse) -> None:
    """And exported: a moment that nobody can tell is told as the last one."""
    bea = await house.person()
    with closing(sqlite3.connect(house.accounts.settings.data / DATABASE_FILE)) as connection, connection:
        connection.execute("UPDATE session SET created_at = ?", (2**62,))
    for path in ("/console", "/console/sessions", "/console/profile", "/console/profile/export"):
        assert (await bea.client.get(path)).status_code == 200, path
