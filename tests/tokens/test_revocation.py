"""Revocations: remembered as long as it matters, forgotten without a pause."""

import time

from buckler.tokens.revocation import Revocations
from tests.clocks import FakeClock


def test_a_revoked_token_is_known_and_no_other() -> None:
    """By its id, exactly."""
    revocations = Revocations(FakeClock())
    revocations.revoke("a", 1_800_000_600)
    assert "a" in revocations.ended
    assert "A" not in revocations.ended
    assert "" not in revocations.ended


def test_revoking_twice_is_revoking_once() -> None:
    """Nothing grows."""
    revocations = Revocations(FakeClock())
    for _ in range(10):
        revocations.revoke("a", 1_800_000_600)
    assert len(revocations) == 1


def test_it_stays_known_until_it_would_have_ended() -> None:
    """However many others come and go meanwhile."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    revocations.revoke("long", 600)
    for second in range(599):
        clock.advance(1)
        revocations.revoke(f"short-{second}", second + 2)
        assert "long" in revocations.ended


def test_what_is_over_is_forgotten_as_new_ones_come() -> None:
    """Each new one clears up to two old ones, so a wave melts away with no sweep."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    for number in range(1000):
        revocations.revoke(f"old-{number}", 600)
    clock.advance(660)
    for number in range(500):
        revocations.revoke(f"new-{number}", 1200)
    assert len(revocations) == 500
    assert "old-0" not in revocations.ended
    assert "new-0" in revocations.ended


def test_a_clock_set_back_revives_nothing() -> None:
    """For a minute after its end a revoked id is still known."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    revocations.revoke("a", 600)
    clock.advance(659)
    revocations.revoke("b", 1200)
    clock.advance(-120)
    assert "a" in revocations.ended


def test_what_has_long_ended_is_not_taken_up() -> None:
    """Neither one by one nor when a process begins."""
    revocations = Revocations(FakeClock(1000))
    revocations.revoke("a", 900)
    revocations.load([("b", 900), ("c", 1100), ("c", 1100)])
    assert len(revocations) == 1
    assert "c" in revocations.ended


def test_what_was_loaded_is_forgotten_in_the_order_of_its_end() -> None:
    """Rows may come in any order, before or after others."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    revocations.revoke("z", 300)
    revocations.load([("b", 500), ("a", 100), ("c", 400)])
    clock.advance(200)
    revocations.revoke("d", 900)
    assert [name in revocations.ended for name in "abczd"] == [False, True, True, True, True]


def test_nobody_waits_for_the_forgetting() -> None:
    """A hundred thousand that end at once cost the next one no more than two of them."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    revocations.load((f"old-{number}", 600.0) for number in range(100_000))
    clock.advance(700)
    before = time.process_time()
    revocations.revoke("new", 1300)
    assert time.process_time() - before < 0.01
    assert len(revocations) == 99_999
