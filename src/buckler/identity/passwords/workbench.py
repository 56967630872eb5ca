"""Threads for work that costs a core, one a core, so that the event loop stays free.

More threads than cores would only make the loop late, and each holds the memory of one hash.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from threading import Lock
from typing import TypeVar

from buckler.identity.passwords.shedding import Shedding
from buckler.metrics.hashing_queue import HashingQueue

Result = TypeVar("Result")


class Workbench:
    """Runs work in its own threads, whatever event loop asks. `begun` counts what was started."""

    def __init__(self, shedding: Shedding | None, threads: int | None = None) -> None:
        self._shedding = shedding
        self._threads = threads or cores()
        self._pool: ThreadPoolExecutor | None = None
        self.begun = 0
        self._counting = Lock()
        self.queue: HashingQueue | None = None
        """Who measures what waits, while somebody collects it."""

    async def run(self, work: Callable[[], Result], *, known: bool = False) -> Result:
        """The result of `work`. Raises `Busy`, with nothing done, when too much is waiting.

        `known` work, for a known device, may also have the places that are kept for it.
        """
        return await asyncio.wrap_future(self._submit(work, known=known))

    def door(self, *, known: bool = False) -> AbstractContextManager[None]:
        """Where whoever wants work done is looked up first. Raises `Busy` where there would be no place for it."""
        return nullcontext() if self._shedding is None else self._shedding.door(known=known)

    def close(self) -> None:
        """Drop what waits and let the threads end. Later work starts new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, work: Callable[[], Result], *, known: bool) -> Future[Result]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, "buckler-hashing")
        if self._shedding is None:
            return self._hand_over(self._pool, work)
        self._shedding.enter(known=known)
        try:
            future = self._hand_over(self._pool, work)
        except BaseException:
            self._shedding.leave()
            raise
        # At the true end of the work, not when its waiter goes away.
        leave = self._shedding.leave
        future.add_done_callback(lambda _: leave())
        return future

    def _hand_over(self, pool: ThreadPoolExecutor, work: Callable[[], Result]) -> Future[Result]:
        if self.queue is None:
            return pool.submit(self._begin, work)
        return self.queue.submit(pool, partial(self._begin, work))

    def _begin(self, work: Callable[[], Result]) -> Result:
        with self._counting:
            self.begun += 1
        return work()


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
