"""What an app leaves running when its drill is over: threads, and processes of `multiprocessing`."""

import sys
from collections.abc import Collection, Iterable
from concurrent.futures import thread as executors
from threading import Thread, current_thread
from threading import enumerate as threads_running
from typing import Any, Final

from buckler.clock import SystemClock
from buckler.staging.stacks import frames

_END: Final = 1.0
"""Seconds that threads have which are about to end."""
_WAITING: Final = ("threading", "queue")
WATCH: Final = "watch of the drill"
"""A thread of ours."""


def threads() -> frozenset[Thread]:
    """Those that run now."""
    return frozenset(threads_running())


def left_since(before: Iterable[Thread]) -> tuple[Thread, ...]:
    """The threads at work still that were not there before. Those that are about to end have a second for it."""
    known = {*before, current_thread()}
    until = SystemClock.monotonic() + _END
    left = [each for each in threads() if each not in known and each.name != WATCH and not _is_idle(each)]
    for each in left:
        each.join(max(0.0, until - SystemClock.monotonic()))
    return tuple(each for each in left if each.is_alive() and not _is_idle(each))


def let_go(left: Iterable[Thread]) -> None:
    """No exit of the process waits for these threads any more, where they belong to an executor."""
    awaited: Any = getattr(executors, "_threads_queues", {})
    for each in left:
        awaited.pop(each, None)


def told_of(left: Collection[Thread]) -> tuple[str, ...]:
    """These threads, and the processes that run, in words for the report."""
    names = sorted({each.name for each in left})
    return (
        *((f"left running: {len(left)} threads of the app ({', '.join(names[:3])})",) if left else ()),
        *(f"left running: the process {each.name} of the app" for each in processes()),
    )


def _is_idle(thread: Thread) -> bool:
    """Whether it waits for work that nobody will give it any more."""
    frame = frames().get(thread.ident or 0)
    within = module = ""
    while frame is not None and (module := str(frame.f_globals.get("__name__"))) in _WAITING:
        within, frame = module, frame.f_back
    if frame is None:
        return False
    if module.startswith("anyio."):
        return within == "queue"
    return not within and (module, frame.f_code.co_name) == ("concurrent.futures.thread", "_worker")


def processes() -> list[Any]:
    """The workers of `multiprocessing` that run."""
    module: Any = sys.modules.get("multiprocessing")
    return list(module.active_children()) if module is not None else []


def end_processes() -> None:
    """End them: whoever waits for work from here would wait for ever."""
    for each in processes():
        each.kill()
