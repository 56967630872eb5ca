"""An event loop that ends, whatever is left in it."""

import asyncio
from threading import Event, current_thread

import pytest

from buckler.clock import SystemClock
from buckler.staging.own_loop import own_loop


def test_a_thread_that_never_ends_holds_nobody_up() -> None:
    """`asyncio.run` would wait for it."""
    over, began = Event(), SystemClock.monotonic()

    async def leaves() -> str:
        asyncio.get_running_loop().run_in_executor(None, over.wait)
        return "done"

    with own_loop() as runner:
        assert runner.run(leaves()) == "done"
    over.set()
    assert SystemClock.monotonic() - began < 30


def test_what_runs_in_a_thread_gives_its_result_and_its_error() -> None:
    """As with any executor; the thread is one that no exit waits for."""

    async def asks() -> bool:
        return await asyncio.to_thread(lambda: current_thread().daemon)

    async def fails() -> None:
        await asyncio.to_thread(lambda: 1 / 0)

    with own_loop() as runner:
        assert runner.run(asks())
        with pytest.raises(ZeroDivisionError):
            runner.run(fails())
