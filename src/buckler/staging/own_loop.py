"""An event loop that ends, whatever an app leaves in it: `asyncio.run` waits for tasks and threads that never do."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Final, ParamSpec, TypeVar

_END: Final = 1.0
"""Seconds that what is left has for its end."""
P = ParamSpec("P")
T = TypeVar("T")


class Threads(ThreadPoolExecutor):
    """One thread for each call, which no exit of the process waits for: those that hang hold nobody up."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin it now."""
        future: Future[T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - as every executor: it belongs to whoever waits for it
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=call, name="asyncio", daemon=True).start()
        return future


@contextmanager
def own_loop() -> "Generator[asyncio.Runner]":
    """A runner for the block, with SIGINT as `asyncio.run` has it. What does not end is left."""
    runner = asyncio.Runner()
    loop = runner.get_loop()
    loop.set_default_executor(Threads())
    try:
        yield runner
    finally:
        _end(loop)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=_END))
    with suppress(TimeoutError):
        loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), _END))
    asyncio.set_event_loop(None)
    loop.close()
