"""The queue of passwords that wait for a thread, measured."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TypeVar

from buckler.clock import Clock
from buckler.metrics.instruments import HASH_WAIT, HASHES_WAITING
from buckler.metrics.tally import Tally

Result = TypeVar("Result")


class HashingQueue:
    """Hands work to threads, and counts it for as long as it waits."""

    def __init__(self, tally: Tally, clock: Clock) -> None:
        self._tally = tally
        self._now = clock.monotonic

    def submit(self, pool: Executor, work: Callable[[], Result]) -> Future[Result]:
        """Hand it over. Raises what the pool does."""
        asked = self._now()

        def begin() -> Result:
            self._note(-1)
            self._tally.note(HASH_WAIT, max(0.0, self._now() - asked))
            return work()

        self._note(1)
        try:
            future = pool.submit(begin)
        except BaseException:
            self._note(-1)
            raise
        future.add_done_callback(self._drop)
        return future

    def _drop(self, done: Future[Result]) -> None:
        """Whoever asked went away before its turn came."""
        if done.cancelled():
            self._note(-1)

    def _note(self, change: int) -> None:
        self._tally.note(HASHES_WAITING, change)
