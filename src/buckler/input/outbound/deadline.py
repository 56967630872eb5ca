"""One time for the whole exchange: look-up, connection, request, and the last byte of the answer.

A limit on each step alone is none: an answer of one byte a second keeps every step short.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from buckler.clock import Clock
from buckler.input.outbound.errors import OutboundFailed

Result = TypeVar("Result")


class Deadline:
    """Begins to run when it is made."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    async def run(self, step: Callable[[], Awaitable[Result]]) -> Result:
        """What `step` gives. Raises `OutboundFailed` once the time is over, before, within or after the step."""
        try:
            async with asyncio.timeout(self._left()):
                result = await step()
        except TimeoutError as error:
            raise OutboundFailed("too-slow") from error
        self._left()
        return result

    def _left(self) -> float:
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise OutboundFailed("too-slow")
        return left
