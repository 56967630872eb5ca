"""Work on something that may never answer, as a file on a machine that went away, beside the event loop.

It has a thread of its own that no end of the process waits for. One errand at a time: while one hangs, the next is
refused, so they do not pile up.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread


class Errand:
    """Runs one step at a time."""

    def __init__(self) -> None:
        self._under_way: Future[None] | None = None

    async def run(self, step: Callable[[], object], seconds: float) -> None:
        """Do it. Raises what it raises, and `TimeoutError` where it takes longer or the one before still does."""
        if self._under_way is not None and not self._under_way.done():
            raise TimeoutError
        done = self._under_way = Future[None]()
        Thread(target=_do, args=(step, done), name="buckler-errand", daemon=True).start()
        await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(done)), seconds)


def _do(step: Callable[[], object], done: "Future[None]") -> None:
    try:
        step()
    except BaseException as error:  # noqa: BLE001 - whoever waits gets it
        done.set_exception(error)
    else:
        done.set_result(None)
