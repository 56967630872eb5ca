"""Which workers there are, when one is started again, and when none is. Time and processes are the test's own."""

import pytest

from buckler.cli.serve.crew.backoff import Backoff
from buckler.cli.serve.crew.crew import TIME_TO_END, Crew
from tests.cli.serve.crew.hands import Hands


def crew_of(hands: Hands, size: int = 2, *, is_complete: bool = True) -> Crew:
    """A crew that has begun; all of it serves, if it `is_complete`."""
    crew = Crew(size, hands.hire, hands.clock, hands)
    crew.begin()
    if is_complete:
        hands.all[0].is_ready()
        crew.turn()
        for each in hands.all[1:]:
            each.is_ready()
        crew.turn()
    return crew


def test_the_waits_double_up_to_half_a_minute_and_are_forgotten_after_one_of_life() -> None:
    """0.5, 1, 2 and so on; a worker that lived for a minute is like a first one."""
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert [backoff.after(60), backoff.after(59)] == [0.5, 1]


def test_the_first_worker_starts_alone_and_the_others_once_it_is_ready() -> None:
    """So the database is opened and migrated once; it is announced when all of them serve."""
    hands = Hands()
    crew = crew_of(hands, 3, is_complete=False)
    crew.turn()
    assert [each.number for each in hands.all] == [0]
    hands.all[0].is_ready()
    crew.turn()
    assert [each.number for each in hands.all] == [0, 1, 2]
    assert hands.told == ["first 0"]
    for each in hands.all[1:]:
        each.is_ready()
    crew.turn()
    crew.turn()
    assert hands.told == ["first 0", "complete 0"]


@pytest.mark.parametrize("which", [0, 1])
def test_a_first_start_that_is_refused_ends_everything_and_is_told_once(which: int) -> None:
    """Whichever worker it is."""
    hands = Hands()
    crew = crew_of(hands, 3, is_complete=False)
    if which:
        hands.all[0].is_ready()
        crew.turn()
    for each in hands.all[which:]:
        each.is_refused("no such thing")
    crew.turn()
    for each in hands.all:
        assert each.code == 1 or each.asked == ["stop"]
        each.code = 0
    crew.turn()
    assert (crew.is_over, crew.refusal) == (True, "no such thing")
    assert "lost" not in " ".join(hands.told)


def test_a_first_worker_that_just_ends_is_a_refusal_too() -> None:
    """It had no words of its own."""
    hands = Hands()
    crew = crew_of(hands, is_complete=False)
    hands.all[0].code = -11
    crew.turn()
    assert (crew.is_over, crew.refusal) == (True, "A worker ended (signal 11) before it was ready.")


def test_a_worker_that_ends_later_is_started_again_after_its_wait() -> None:
    """Twice as long each time; the other one is left alone."""
    hands = Hands()
    crew = crew_of(hands)
    for wait in (0.5, 1.0, 2.0):
        hands.all[-1].code = -9
        crew.turn()
        assert crew.due_in() == pytest.approx(wait)
        count = len(hands.all)
        hands.clock.advance(wait - 0.01)
        crew.turn()
        assert len(hands.all) == count
        hands.clock.advance(0.02)
        crew.turn()
        assert (len(hands.all), hands.all[-1].number) == (count + 1, 1)
    assert hands.told[2:] == ["lost 1 -9 - 0.5", "lost 1 -9 - 1", "lost 1 -9 - 2"]
    assert hands.all[0].asked == []


def test_a_worker_that_is_refused_later_is_told_and_tried_again() -> None:
    """The others serve; it may be a disk that is full for a moment."""
    hands = Hands()
    crew = crew_of(hands)
    hands.all[1].is_refused("the disk is full")
    crew.turn()
    assert hands.told[-1] == "lost 1 1 the disk is full 0.5"
    assert not crew.is_over


def test_replaced_workers_go_one_after_another_once_the_next_is_ready() -> None:
    """At no moment are there fewer than before."""
    hands = Hands()
    crew = crew_of(hands)
    old = list(hands.all)
    crew.replace_all()
    crew.replace_all()  # again, meanwhile: nothing more
    assert [each.number for each in hands.all[2:]] == [0]
    assert [each.asked for each in old] == [[], []]
    hands.all[2].is_ready()
    crew.turn()
    assert [each.asked for each in old] == [["retire"], []]
    crew.turn()
    assert len(hands.all) == 3  # the old one is still finishing its answers
    old[0].code = 0
    crew.turn()
    hands.all[3].is_ready()
    crew.turn()
    old[1].code = 0
    crew.turn()
    assert [each.asked for each in old] == [["retire"], ["retire"]]
    assert hands.told[2:] == ["replaced all"]


def test_where_the_new_one_cannot_start_the_old_ones_stay() -> None:
    """A deployment that is broken takes nothing down."""
    hands = Hands()
    crew = crew_of(hands)
    crew.replace_all()
    hands.all[2].is_refused("a broken line")
    crew.turn()
    crew.turn()
    assert hands.told[2:] == ["replaced a broken line"]
    assert [each.asked for each in hands.all[:2]] == [[], []]
    crew.replace_all()
    assert len(hands.all) == 4  # the next time it is tried again


def test_it_ends_when_all_have_and_kills_who_does_not() -> None:
    """After the time for answers under way; asked again, at once."""
    hands = Hands()
    crew = crew_of(hands)
    crew.stop()
    hands.all[0].code = 0
    crew.turn()
    hands.clock.advance(TIME_TO_END - 0.1)
    crew.turn()
    assert (crew.is_over, hands.all[1].asked) == (False, ["stop"])
    hands.clock.advance(0.2)
    crew.turn()
    crew.turn()
    assert (crew.is_over, hands.all[1].asked) == (True, ["stop", "kill"])


def test_a_worker_that_drains_has_its_time_after_that() -> None:
    """It says itself how long it drains."""
    hands = Hands()
    crew = Crew(1, hands.hire, hands.clock, hands)
    crew.begin()
    hands.all[0].is_ready(drain_seconds=60)
    crew.turn()
    crew.stop()
    assert crew.due_in() == pytest.approx(TIME_TO_END + 60)
    hands.clock.advance(TIME_TO_END + 59)
    crew.turn()
    assert hands.all[0].asked == ["stop"]
    hands.clock.advance(1.1)
    crew.turn()
    assert hands.all[0].asked == ["stop", "kill"]


def test_asked_twice_it_ends_at_once() -> None:
    """And nobody is started any more."""
    hands = Hands()
    crew = crew_of(hands)
    crew.stop()
    crew.stop()
    crew.turn()
    assert (crew.is_over, [each.asked for each in hands.all]) == (True, [["stop", "kill"]] * 2)
    crew.replace_all()
    crew.turn()
    assert len(hands.all) == 2
