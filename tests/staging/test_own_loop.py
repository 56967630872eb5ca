"""An event loop that ends, whatever is left in it."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from threading import Event, current_thread

import pytest

from buckler.clock import SystemClock
from buckler.staging.own_loop import own_loop
from tests.waiting import take_time


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


def _exit() -> None:
    raise SystemExit(0)


def _begin(error: BaseException) -> None:
    # Asked for what it raised, or it would be told when it is collected.
    asyncio.ensure_future(_raises(error)).add_done_callback(asyncio.Future.exception)


async def _raises(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    "end",
    [
        lambda: asyncio.get_running_loop().stop(),
        lambda: asyncio.get_running_loop().call_soon(_exit),
        lambda: _begin(SystemExit(0)),
        lambda: _begin(KeyboardInterrupt()),
    ],
    ids=["stop", "callback", "exit", "interrupt"],
)
def test_what_is_done_to_the_loop_ends_nothing_of_ours(end: Callable[[], object]) -> None:
    """An app has the loop that it is drilled in."""

    async def goes_on() -> str:
        for _ in range(3):
            end()
            await take_time(0.001)
        return "done"

    with own_loop() as runner:
        assert runner.run(goes_on()) == "done"


def test_whoever_stops_it_stops_it() -> None:
    """As `asyncio.run` does at a signal; what heeds it brings its result."""

    async def stopped() -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()

    async def heeds() -> str:
        with suppress(asyncio.CancelledError):
            await stopped()
        return "what is known"

    with own_loop() as runner:
        with pytest.raises(KeyboardInterrupt):
            runner.run(stopped())
        assert runner.run(heeds()) == "what is known"


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
