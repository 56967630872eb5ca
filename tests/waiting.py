"""Waiting for a condition, with a deadline. The one place in the tests where time passes."""

import asyncio
import time
from collections.abc import Callable

_STEP = 0.01


def wait_until(condition: Callable[[], bool], within: float = 10.0) -> None:
    """Return as soon as `condition` holds; fail when it does not hold in `within` seconds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"the condition did not hold within {within} s"
        time.sleep(_STEP)


async def wait_until_async(condition: Callable[[], bool], within: float = 10.0) -> None:
    """The same, letting other tasks run meanwhile."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"the condition did not hold within {within} s"
        await asyncio.sleep(_STEP)


async def take_time(seconds: float) -> None:
    """What a slow client does."""
    await asyncio.sleep(seconds)
