"""Calls of an app in this process: each is a task of its own, and is left alone when its time is over.

1. What does not end when it is told to is left behind, and told: a waiting thread, a task that swallows what ends it.
2. What is left keeps nothing from those who come after it: the threads of the app are one more for each.
3. Whatever the app raises is the end of its call and of nothing else, `SystemExit` and `KeyboardInterrupt` too.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeVar

from anyio.to_thread import current_default_thread_limiter

_GRACE: Final = 0.25
"""Seconds in which a call that is told to end may still do so."""
_MOST: Final = 10
"""Notes of one kind."""
T = TypeVar("T")


class HeldLoop(BaseException):
    """Raised in the code of an app that has kept the event loop to itself for too long. The text says how long.

    No `Exception`, since apps catch those.
    """


class EndedProcess(BaseException):
    """Raised in the code of an app that ends this process past everything that waits for it. The text says how.

    No `SystemExit`, which an event loop that meets it in a task of its own does not survive.
    """


class Calls:
    """Those that are under way, and those that never ended."""

    def __init__(self) -> None:
        self._under_way: dict[asyncio.Task[Any], str] = {}
        self._left: Counter[str] = Counter()
        self._held: Counter[str] = Counter()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left running, and what held all others up, for the report."""
        return (
            *_told(self._left, "did not end when its time was over and was left running"),
            *_told(self._held, "kept the event loop to itself, so that nobody else was answered"),
        )

    def named(self, task: "asyncio.Task[object] | None") -> str:
        """What this task asks for; where it asks for nothing, all that is asked for just now."""
        own = next((what for each, what in self._under_way.items() if each is task), None)
        return own or ", ".join(dict.fromkeys(list(self._under_way.values())[:3])) or "the app"

    def hold(self, what: str) -> None:
        """Tell that it kept the event loop to itself."""
        self._held[what] += 1

    def begin(self, what: str, life: Awaitable[None]) -> asyncio.Task[None]:
        """Carry out what is no request, and ends by itself."""
        task = asyncio.ensure_future(_carried_out(life))
        self.call_it(task, what)
        task.add_done_callback(lambda each: self._under_way.pop(each, None))
        return task

    def call_it(self, task: asyncio.Task[None], what: str) -> None:
        """Say what it does from now on."""
        self._under_way[task] = what

    async def take(self, what: str, step: Callable[[], T]) -> T:
        """What a function of the app gives. Raises what it raises."""
        task = asyncio.ensure_future(_taken(step))
        self._under_way[task] = what
        try:
            return await task
        finally:
            del self._under_way[task]

    async def make(self, what: str, call: Awaitable[None], within: float) -> str:
        """Carry it out for so many seconds. Why it brought no answer; empty where it came to its end."""
        task = asyncio.ensure_future(_ended(call))
        self._under_way[task] = what
        try:
            await asyncio.wait((task,), timeout=within)
            if task.done():
                return "the app raised CancelledError" if task.cancelled() else task.result()
            task.cancel()
            await asyncio.wait((task,), timeout=_GRACE)
            if not task.done():
                self._left[what] += 1
                # It may hold one of the places that there are for threads, for ever.
                current_default_thread_limiter().total_tokens += 1
            return f"no answer within {within:g} s"
        finally:
            del self._under_way[task]
            task.cancel()


async def _carried_out(call: Awaitable[None]) -> None:
    """Outermost in its task, by which it is known as the app's."""
    await call


async def _taken(step: Callable[[], T]) -> T:
    return step()


async def _ended(call: Awaitable[None]) -> str:
    """Wait for its end. In words what it raised; empty for nothing."""
    try:
        await call
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever an app raises is what this is here to see
        return said_of(error)
    return ""


def said_of(error: BaseException) -> str:
    """What an app raised, in words."""
    if isinstance(error, (HeldLoop, EndedProcess)):
        return str(error)
    return f"the app raised {type(error).__name__}"


def _told(calls: Counter[str], what: str) -> Iterator[str]:
    for call, number in calls.most_common(_MOST):
        yield f"{call} {what}{f', {number} times' if number > 1 else ''}"
    if len(calls) > _MOST:
        yield f"so did {len(calls) - _MOST} others"
