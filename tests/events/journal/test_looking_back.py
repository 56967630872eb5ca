"""Looking back through a log: bounded work, and nothing that fits is left out."""

import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from buckler.events.journal import looking_back
from buckler.events.journal.log_key import LogKey
from buckler.events.journal.looking_back import Look, look_back
from buckler.events.journal.reading import Found, Wanted, read
from tests.events.journal.ledger import KEY, Ledger, opened

_DAY = 86_400


@pytest.fixture
async def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ledger]:
    """Thirty rows of three days, in pieces of ten; a look passes twenty at most."""
    for name, value in (("PIECE", 10), ("MOST_POSITIONS", 20), ("_ROWS", 4)):
        monkeypatch.setattr(looking_back, name, value)
    async with opened(tmp_path / "log") as made:
        for day in range(3):
            await made.write(10, name="user_created", said=f"day {day}")
            made.clock.advance(_DAY)
        yield made


async def look(log: Ledger, wanted: Wanted = Wanted(), before: int | None = None, size: int = 5) -> Look:  # noqa: B008
    return await look_back(log.database, KEY, wanted, before=before, size=size)


def numbers(found: Look) -> list[int]:
    return [each.position for each in found.found]


async def test_pages_go_back_to_the_first_row_and_miss_none(log: Ledger) -> None:
    """Each begins where the one before ended, across the edges of pieces."""
    found, before = list[int](), None
    for _ in range(6):
        page = await look(log, before=before)
        found += numbers(page)
        assert not page.is_cut
        before = page.goes_on
    assert found == list(range(30, 0, -1))
    assert before is None


async def test_a_look_that_finds_nothing_ends_and_says_how_far_it_came(log: Ledger) -> None:
    """After so many rows; the next goes on from there, and the last says that nothing is left."""
    first = await look(log, Wanted(text="day 0"))
    assert (numbers(first), first.goes_on, first.is_cut) == ([], 11, True)
    assert first.back_to == 1_800_000_000_000 + _DAY * 1000
    second = await look(log, Wanted(text="day 0"), before=first.goes_on)
    assert (numbers(second), second.goes_on) == ([10, 9, 8, 7, 6], 6)
    last = await look(log, Wanted(text="day 0"), before=6, size=50)
    assert (numbers(last), last.goes_on, last.is_cut) == ([5, 4, 3, 2, 1], None, False)


async def test_few_rows_are_judged_for_one_page(log: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the database cannot leave out is read and judged, so of that too there is a most."""
    monkeypatch.setattr(looking_back, "MOST_JUDGED", 6)
    page = await look(log, Wanted(text="nobody said this"))
    assert (numbers(page), page.goes_on, page.is_cut) == ([], 23, True)


async def test_it_ends_behind_a_piece_that_is_all_too_old(log: Ledger) -> None:
    """So that a look at the last hour of a long log does not ask to go on for ever."""
    page = await look(log, Wanted(since=int((1_800_000_000 + 3 * _DAY) * 1000)), size=50)
    assert (numbers(page), page.goes_on, page.is_cut) == ([], None, False)


async def test_by_the_edit_of_a_column_nothing_is_hidden(log: Ledger) -> None:
    """One row that says to be old ends no look, and is found by its own words."""
    log.attack("UPDATE event SET at = 1 WHERE position IN (28, 29, 30)")
    page = await look(log, Wanted(since=int((1_800_000_000 + 2 * _DAY) * 1000)), size=50)
    assert numbers(page) == list(range(30, 20, -1))
    assert [each.position for each in page.found if each.fault] == [30, 29, 28]


async def test_words_find_what_is_written_in_other_letters(log: Ledger) -> None:
    """The database leaves out what cannot fit, and never what `rows_found` would find."""
    for said in ("GRÜN", "\u212aelvin", "a word"):
        await log.write(1, said=said)
    for text, position in (("grün", 31), ("KELVIN", 32), ("A WORD", 33), ("wOr", 33)):
        assert numbers(await look(log, Wanted(text=text))) == [position], text


@pytest.mark.parametrize("before", [0, 1, -5, 10**15])
async def test_any_place_is_a_place(log: Ledger, before: int) -> None:
    """Below the first row there is nothing, above the last there is the last."""
    assert numbers(await look(log, before=before, size=2)) == ([30, 29] if before > 1 else [])


async def test_an_empty_log_has_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path / "log") as log:
        assert await look(log) == Look((), None, False, None)


async def test_nobody_waits_for_a_look(log: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it judges it holds no connection, and not the loop."""
    judged, free = list[tuple[bool, int]](), log.database._readers._free

    def judging(row: Any, key: LogKey) -> Found:
        judged.append((threading.current_thread() is threading.main_thread(), log.database._readers._free))
        return read(row, key)

    monkeypatch.setattr(looking_back, "read", judging)
    await look(log)
    assert judged == [(False, free)] * 5


async def test_free_positions_are_stepped_over(log: Ledger) -> None:
    """A row that was put in far above the others costs a look no more than any row."""
    log.attack("UPDATE event SET position = 4000000000 WHERE position = 30")
    first = await look(log, Wanted(text="day 0"))
    assert (first.goes_on, first.is_cut) == (20, True)
    assert numbers(await look(log, before=first.goes_on)) == [19, 18, 17, 16, 15]
