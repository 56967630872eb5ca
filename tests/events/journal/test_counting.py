"""Counting events by the hour where they are kept."""

from pathlib import Path
from typing import Final

import pytest

from buckler.events.journal import counting
from buckler.events.journal.counting import Counted, count_by_hour
from tests.events.journal.ledger import Ledger, opened

HOUR: Final = 500_000
"""The first one of the clock of tests."""
NAMES: Final = ("authn_login_success", "authn_login_fail")


async def counted(log: Ledger, since: int = HOUR - 5, until: int = HOUR + 5) -> Counted:
    async with log.database.reading() as connection:
        return await count_by_hour(connection, NAMES, since=since, until=until)


async def test_each_hour_has_its_own_number(tmp_path: Path) -> None:
    """From the first to before the last; other events are not counted, and a row may stand for many."""
    async with opened(tmp_path / "log") as log:
        await log.write(3, "authn_login_success")
        await log.write(2, "user_created")
        log.clock.advance(3599)
        async with log.database.writing() as connection:
            log.journal.note(connection, "authn_login_fail", None, count=40)
        log.clock.advance(1)
        await log.write(2, "authn_login_fail")
        found = await counted(log)
        assert found == Counted({(HOUR, NAMES[0]): 3, (HOUR, NAMES[1]): 40, (HOUR + 1, NAMES[1]): 2}, None)
        assert (await counted(log, HOUR + 1)).numbers == {(HOUR + 1, NAMES[1]): 2}
        assert (await counted(log, until=HOUR + 1)).numbers.keys() == {(HOUR, NAMES[0]), (HOUR, NAMES[1])}


async def test_of_too_many_the_newest_whole_hours_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """And it is said where they begin."""
    monkeypatch.setattr(counting, "MOST_ROWS", 5)
    async with opened(tmp_path / "log") as log:
        for _ in range(3):
            await log.write(3, "authn_login_success")
            log.clock.advance(3600)
        assert await counted(log) == Counted({(HOUR + 2, NAMES[0]): 3}, HOUR + 2)


@pytest.mark.parametrize(
    "edit",
    [
        "body = 'no json'", "body = x'ff00'", "body = '{\"count\":\"many\"}'", "body = '{\"count\":-5}'", "body = '[]'",
        "body = '{\"count\":9223372036854775807}'", "at = 'late'", "at = x'00'", "at = 1.8e12", "name = x'ff'",
        "body = ''", "body = '{\"count\":1e300}'",
    ],
)  # fmt: skip
async def test_whatever_stands_in_the_database_stops_no_page(tmp_path: Path, edit: str) -> None:
    """SQLite keeps values of any kind in any column, and stops at JSON that is none, or at a sum that is too large."""
    async with opened(tmp_path / "log") as log:
        await log.write(3, "authn_login_success")
        log.attack(f"UPDATE event SET {edit} WHERE position < 3")  # noqa: S608 - written here
        numbers = (await counted(log)).numbers
        assert 1 <= numbers[HOUR, NAMES[0]] <= 2_000_001


async def test_it_asks_the_index_on_time(tmp_path: Path) -> None:
    """A day of a log of years is found without reading the years."""
    async with opened(tmp_path / "log") as log:
        await log.write(1, "authn_login_success")
        plan = log.rows(
            "EXPLAIN QUERY PLAN SELECT at, name, body FROM event WHERE at >= 1 AND at < 9 ORDER BY at DESC LIMIT 5"
        )
    assert "ix_event_at" in str(plan)
