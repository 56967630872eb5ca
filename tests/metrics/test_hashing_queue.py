"""What waits for a thread is counted until it begins, or until nobody wants it any more."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from buckler.metrics.hashing_queue import HashingQueue
from buckler.metrics.tally import Tally
from tests.clocks import FakeClock
from tests.metrics.test_tally import Notes


def waiting(notes: Notes) -> float:
    return sum(amount for name, amount, _ in notes.taken if name == "buckler.hashing.waiting")


def waited(notes: Notes) -> list[float]:
    return [amount for name, amount, _ in notes.taken if name == "buckler.hashing.wait"]


def test_it_counts_what_waits_and_how_long() -> None:
    """One begins at once, the next after it, and the third is given up."""
    notes, clock, begun, go = Notes(), FakeClock(), Event(), Event()
    queue = HashingQueue(Tally([notes]), clock)

    def work() -> str:
        begun.set()
        assert go.wait(10)
        return "done"

    with ThreadPoolExecutor(1) as pool:
        first: Future[str] = queue.submit(pool, work)
        assert begun.wait(10)
        second, third = queue.submit(pool, lambda: "done"), queue.submit(pool, lambda: "done")
        assert waiting(notes) == 2
        assert third.cancel()
        assert waiting(notes) == 1
        clock.advance(2)
        go.set()
        assert (first.result(10), second.result(10)) == ("done", "done")
    assert (waiting(notes), waited(notes)) == (0, [0, 2])


def test_what_the_pool_does_not_take_does_not_wait() -> None:
    notes = Notes()
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        HashingQueue(Tally([notes]), FakeClock()).submit(pool, lambda: None)
    assert (waiting(notes), waited(notes)) == (0, [])
