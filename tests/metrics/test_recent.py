"""What a process remembers of itself without anybody who collects."""

from buckler.metrics import Tally
from buckler.metrics.instruments import EDGE_TIME, HASH_WAIT, HASHES_WAITING
from buckler.metrics.recent import HOURS, MINUTES, Recent
from tests.clocks import FakeClock


def test_refusals_are_kept_for_a_day_by_their_hour() -> None:
    """By code; what is older is forgotten, and an hour without any has none."""
    clock = FakeClock()
    recent = Recent(clock)
    tally = Tally([recent])
    for code in ("csrf-token", "csrf-token", "not-found"):
        tally.refusal(code, 403, None)
    clock.advance(3600 * 3)
    tally.refusal("not-found", 404, "routes")
    assert recent.refusals() == {"csrf-token": 2, "not-found": 2}
    clock.advance(3600 * 21)
    assert recent.refusals() == {"not-found": 1}
    clock.advance(3600 * HOURS)
    assert not recent.refusals()


def test_the_queue_is_kept_for_an_hour_by_the_minute() -> None:
    """How many waited at once, at most; how long one waited; how many were hashed."""
    clock = FakeClock()
    recent = Recent(clock)
    tally = Tally([recent])
    for _ in range(3):
        tally.note(HASHES_WAITING, 1)
    for wait in (0.1, 0.4):
        tally.note(HASHES_WAITING, -1)
        tally.note(HASH_WAIT, wait)
    clock.advance(60)
    tally.note(HASHES_WAITING, 1)
    first, second = recent.waiting().values()
    assert (first.most, first.longest, first.hashed) == (3, 0.4, 2)
    assert (second.most, second.hashed) == (2, 0)


def test_it_has_an_end() -> None:
    """However long a process runs, and whatever else is measured."""
    clock = FakeClock()
    recent = Recent(clock)
    tally = Tally([recent])
    for number in range(2000):
        clock.advance(60)
        tally.note(HASHES_WAITING, 1)
        tally.refusal(f"code-{number}", 400, None)
        tally.note(EDGE_TIME, 1.0)
    assert len(recent.waiting()) == MINUTES
    assert 0 < recent.refusals().total() <= HOURS * 60
    assert len(recent.refusals()) <= 256
