"""Letting a few pass at a time, whatever event loop they come from.

The primitives of `asyncio` belong to the loop that first waited on them. A database and a start
are shared by more loops than one: Starlette's `TestClient` runs each request in a fresh loop.
So the queue here is held by a thread lock, taken for an instant, and each waiter is woken
through its own loop. First come, first served.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from threading import Lock


class NoTurn(TimeoutError):
    """No slot came free in the time that there was."""


class Turnstile:
    """At most `slots` holders of a turn at once. The lock is held for no longer than a step."""

    def __init__(self, slots: int = 1) -> None:
        self._lock = Lock()
        self._free = slots
        self._waiting: deque[Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, within: float | None = None) -> AsyncGenerator[None]:
        """Wait for a slot and hold it for the body. Raises `NoTurn` where none came in so many seconds."""
        await self._enter(within)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, within: float | None) -> None:
        waiter: Future[None] = Future()
        with self._lock:
            if self._free:
                self._free -= 1
                return
            self._waiting.append(waiter)
        try:
            async with asyncio.timeout(within):
                await asyncio.wrap_future(waiter)
        except (asyncio.CancelledError, TimeoutError) as ended:
            if not waiter.cancel():  # the slot had been handed over already: pass it on
                self._leave()
            if isinstance(ended, TimeoutError):
                raise NoTurn(f"No turn came in {within} s.") from ended
            raise

    def _leave(self) -> None:
        with self._lock:
            heir = self._next()
            if heir is None:
                self._free += 1
        if heir is not None:
            heir.set_result(None)

    def _next(self) -> Future[None] | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if waiter.set_running_or_notify_cancel():
                return waiter
        return None
