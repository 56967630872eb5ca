"""Sign-ins by the hour, of which those that are over are read once."""

from typing import cast

from buckler.console.administration.sign_ins import DAYS, FAILED, GOOD, SignInCounts, SignIns
from buckler.events.journal.counting import Counted
from buckler.events.journal.log_reader import LogReader

NOW = 500_000


class Counting:
    """A log that remembers what it was asked."""

    def __init__(self, begins: int | None = None) -> None:
        self.asked: list[tuple[int, int]] = []
        self.numbers = {(NOW - 1, GOOD): 4, (NOW, GOOD): 1, (NOW, FAILED): 2}
        self.begins = begins

    async def count_by_hour(self, names: tuple[str, ...], *, since: int, until: int) -> Counted:
        self.asked.append((since, until))
        found = {key: number for key, number in self.numbers.items() if since <= key[0] < until}
        return Counted(found, self.begins)


def counts(log: Counting) -> SignInCounts:
    return SignInCounts(lambda: cast("LogReader", log))


async def test_what_is_over_is_read_once() -> None:
    """All of a month the first time, then the hour that runs and the one before, into which an event may come late."""
    log = Counting()
    read = counts(log)
    first = await read.until(NOW)
    assert (first[NOW - 1], first[NOW], first[NOW - 2]) == (SignIns(4), SignIns(1, 2), SignIns())
    log.numbers[NOW, GOOD], log.numbers[NOW - 1, GOOD] = 9, 5
    log.numbers[NOW - 9, GOOD] = 100
    second = await read.until(NOW)
    assert (second[NOW - 1], second[NOW], second[NOW - 9]) == (SignIns(5), SignIns(9, 2), SignIns())
    assert log.asked == [(NOW - DAYS * 24, NOW + 1), (NOW - 1, NOW + 1)]


async def test_hours_that_nobody_looked_at_are_read_when_somebody_does() -> None:
    """And what is older than a month is forgotten."""
    log = Counting()
    read = counts(log)
    await read.until(NOW)
    later = await read.until(NOW + 5)
    assert log.asked[1] == (NOW - 1, NOW + 6)
    assert later[NOW] == SignIns(1, 2)
    assert len(later) == DAYS * 24 + 1
    assert len(await read.until(NOW + 10_000)) == DAYS * 24 + 1


async def test_a_clock_that_was_set_back_leaves_no_gap() -> None:
    log = Counting()
    read = counts(log)
    await read.until(NOW + 50)
    log.numbers[NOW + 1, GOOD] = 7
    assert (await read.until(NOW + 1))[NOW + 1] == SignIns(7)


async def test_it_says_where_it_could_not_count_all() -> None:
    """So that an empty month is not taken for a quiet one."""
    read = counts(Counting(begins=NOW - 3))
    await read.until(NOW)
    assert read.begins == NOW - 3


def test_hours_add_up() -> None:
    assert sum([SignIns(1, 2), SignIns(3)], SignIns()) == SignIns(4, 2)
