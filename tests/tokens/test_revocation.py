"""Revocations: remembered as long as it matters, forgotten without a pause."""

import time

import pytest

from buckler.tokens.revocation import Ended, Kind, Revocations
from tests.clocks import FakeClock

NOW = 1_800_000_000


def token(name: str, expires_at: float = NOW + 600) -> Ended:
    return Ended("token", name, expires_at)


def account(name: str, version: int, expires_at: float = NOW + 600) -> Ended:
    return Ended("account", name, expires_at, version)


def knows(revocations: Revocations, token_id: str) -> bool:
    """Whether a token of this id is dead, though its session and its account are not."""
    return revocations.is_ended(token_id, "its session", "its account", 0)


def test_an_ended_token_is_known_and_no_other() -> None:
    """By its id, exactly."""
    revocations = Revocations(FakeClock())
    revocations.end(token("a"))
    assert knows(revocations, "a")
    assert not knows(revocations, "A")
    assert not knows(revocations, "")
    assert not knows(revocations, "a ")


def test_an_ended_session_ends_every_token_of_it() -> None:
    """And none of another session of the same account."""
    revocations = Revocations(FakeClock())
    revocations.end(Ended("session", "s", NOW + 600))
    assert revocations.is_ended("a", "s", "ada", 9)
    assert revocations.is_ended("b", "s", "ada", 9)
    assert not revocations.is_ended("a", "t", "ada", 9)
    assert not revocations.is_ended("a", "", "s", 9)


def test_an_outdated_account_keeps_only_tokens_of_its_new_version() -> None:
    """Lower ones are dead, also those that say none; other accounts are as they were."""
    revocations = Revocations(FakeClock())
    revocations.end(account("ada", 3))
    assert [revocations.is_ended("t", "s", "ada", version) for version in range(5)] == [True, True, True, False, False]
    assert not revocations.is_ended("t", "s", "bob", 0)
    assert not revocations.is_ended("ada", "ada", "bob", 0)


def test_a_version_never_goes_back() -> None:
    """Whatever order the ends come in."""
    revocations = Revocations(FakeClock())
    for version in (2, 5, 4, 1):
        revocations.end(account("ada", version))
    assert revocations.is_ended("t", "s", "ada", 4)
    assert not revocations.is_ended("t", "s", "ada", 5)
    assert len(revocations) == 1


def test_a_change_of_keys_ends_no_token_by_its_marks() -> None:
    """The ring knows which keys are good; a token is not named like one."""
    revocations = Revocations(FakeClock())
    revocations.end(Ended("keys", "ring", NOW + 600, 1))
    assert not revocations.is_ended("ring", "ring", "ring", 0)
    assert (len(revocations), revocations.generation) == (0, 0)


@pytest.mark.parametrize(
    "again", [token("a"), Ended("session", "a", NOW + 600), account("a", 1)], ids=lambda it: it.kind
)
def test_ending_twice_is_ending_once(again: Ended) -> None:
    """Nothing grows, neither now nor when it is forgotten."""
    clock = FakeClock(NOW)
    revocations = Revocations(clock)
    for _ in range(10):
        revocations.end(again)
    assert (len(revocations), revocations.generation) == (1, 1)
    clock.advance(660)
    revocations.end(token("other", NOW + 1200))
    assert len(revocations) == 1


def test_whoever_remembers_a_judgement_sees_that_something_ended() -> None:
    """The generation grows with each end that is news, and with nothing else."""
    revocations = Revocations(FakeClock(NOW))
    seen = [revocations.generation]
    for ended in (token("a"), token("b"), account("ada", 1), account("ada", 2), Ended("session", "s", NOW + 600)):
        revocations.end(ended)
        seen.append(revocations.generation)
    assert seen == [0, 1, 2, 3, 4, 5]
    for old in (token("a"), account("ada", 1), token("over", NOW - 60)):
        revocations.end(old)
    assert revocations.generation == 5


def test_losing_sight_is_told_once_each_way() -> None:
    """So that open connections are judged again when nobody can tell, and when somebody can."""
    revocations = Revocations(FakeClock())
    assert not revocations.is_lost
    seen = []
    for is_lost in (False, True, True, False, False):
        revocations.lose(is_lost)
        seen.append((revocations.is_lost, revocations.generation))
    assert seen == [(False, 0), (True, 1), (True, 1), (False, 2), (False, 2)]


def test_without_others_it_is_never_stale() -> None:
    """Whatever the clock does."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    for seconds in (0.0, 1e9, -2e9):
        clock.advance(seconds)
        assert not revocations.is_stale


def test_what_others_ended_is_known_for_so_long_and_no_longer() -> None:
    """To the moment; then it must be read again."""
    clock = FakeClock(NOW)
    revocations = Revocations(clock)
    revocations.know(clock.now(), 1.0)
    assert not revocations.is_stale
    clock.advance(1.0)
    assert not revocations.is_stale
    clock.advance(0.001)
    assert revocations.is_stale
    revocations.know(clock.now(), 1.0)
    assert not revocations.is_stale


def test_a_clock_set_back_makes_nothing_fresh() -> None:
    """Else a process that lost its database would believe for an hour what it knew before."""
    clock = FakeClock(NOW)
    revocations = Revocations(clock)
    revocations.know(clock.now(), 1.0)
    clock.advance(-3600)
    assert revocations.is_stale


def test_it_stays_known_until_it_would_have_ended() -> None:
    """However many others come and go meanwhile."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    revocations.end(token("long", 600))
    for second in range(599):
        clock.advance(1)
        revocations.end(token(f"short-{second}", second + 2))
        assert knows(revocations, "long")


@pytest.mark.parametrize("kind", ["token", "session", "account"])
def test_what_is_over_is_forgotten_as_new_ones_come(kind: Kind) -> None:
    """Each new one clears up to two old ones, so a wave melts away with no sweep."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    for number in range(1000):
        revocations.end(Ended(kind, f"old-{number}", 600, 1))
    clock.advance(660)
    for number in range(500):
        revocations.end(Ended(kind, f"new-{number}", 1200, 1))
    assert len(revocations) == 500
    assert not revocations.is_ended("old-0", "old-0", "old-0", 0)
    assert revocations.is_ended("new-0", "new-0", "new-0", 0)


def test_an_account_outdated_again_is_known_until_the_later_end() -> None:
    """Forgetting the first leaves the second in force, for every version below it."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    revocations.end(account("ada", 1, 600))
    clock.advance(500)
    revocations.end(account("ada", 2, 1100))
    clock.advance(160)
    revocations.end(token("other", 2000))
    assert revocations.is_ended("t", "s", "ada", 0)
    assert revocations.is_ended("t", "s", "ada", 1)
    clock.advance(500)
    revocations.end(token("another", 2000))
    assert not revocations.is_ended("t", "s", "ada", 0)


@pytest.mark.parametrize("kind", ["token", "session", "account"])
def test_a_clock_set_back_revives_nothing(kind: Kind) -> None:
    """For a minute after its end an ended thing is still known."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    revocations.end(Ended(kind, "a", 600, 1))
    clock.advance(659)
    revocations.end(token("b", 1200))
    clock.advance(-120)
    assert revocations.is_ended("a", "a", "a", 0)


def test_what_has_long_ended_is_not_taken_up() -> None:
    """A minute after its end; until then it is."""
    revocations = Revocations(FakeClock(1000))
    for ended in (token("a", 900), token("b", 940), token("c", 941), account("ada", 1, 940)):
        revocations.end(ended)
    assert len(revocations) == 1
    assert knows(revocations, "c")


def test_what_ended_is_forgotten_in_the_order_of_its_end() -> None:
    """Ends may come in any order."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    for name, expires_at in (("z", 300), ("b", 500), ("a", 100), ("c", 400)):
        revocations.end(token(name, expires_at))
    clock.advance(200)
    revocations.end(token("d", 900))
    assert [knows(revocations, name) for name in "abczd"] == [False, True, True, True, True]


def test_nobody_waits_for_the_forgetting() -> None:
    """A hundred thousand that end at once cost the next one no more than two of them."""
    clock = FakeClock(0)
    revocations = Revocations(clock)
    for number in range(100_000):
        revocations.end(token(f"old-{number}", 600))
    clock.advance(700)
    before = time.process_time()
    revocations.end(token("new", 1300))
    assert time.process_time() - before < 0.01
    assert len(revocations) == 99_999
