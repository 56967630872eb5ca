"""An event loop that an app does not end, and that ends whatever it leaves.

1. What an app does to the loop ends no drill: it may stop it, or raise `SystemExit` or `KeyboardInterrupt` in a task of
   its own, which leaves the loop at once. It goes on, unless a person stops it.
2. `asyncio.run` waits for tasks and threads that never end. Here they are left.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, Final, ParamSpec, TypeVar

_END: Final = 1.0
"""Seconds that what is left has for its end."""
_MOST: Final = 10_000
"""How often one goes on: it is no loop any more that never gets anywhere."""
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


class OwnLoop:
    """Runs what is given to its end, with SIGINT as `asyncio.run` has it."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner

    def run(self, steps: Coroutine[Any, Any, T]) -> T:
        """Its result. Raises what it raises, and `KeyboardInterrupt` once it was told to end."""
        begun: list[asyncio.Task[T]] = []

        async def to_its_end() -> T:
            # Begun by whoever waits for it, so that a signal finds it waited for.
            if not begun:
                begun.append(asyncio.ensure_future(steps))
            return await begun[0]

        for _ in range(_MOST):
            try:
                return self._runner.run(to_its_end())
            except BaseException:  # whatever ended the loop, which may be an app of its own
                if not begun or _is_over(begun[0]):
                    raise
        raise RuntimeError(f"The event loop was stopped {_MOST} times.")


def _is_over(task: asyncio.Task[T]) -> bool:
    """Whether it was told to end, or failed."""
    return task.cancelling() > 0 or (task.done() and (task.cancelled() or task.exception() is not None))


@contextmanager
def own_loop() -> "Generator[OwnLoop]":
    """A loop for the block. What does not end is left."""
    runner = asyncio.Runner()
    loop = runner.get_loop()
    loop.set_default_executor(Threads())
    try:
        yield OwnLoop(runner)
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
