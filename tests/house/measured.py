"""A pytest plugin: coverage that follows greenlets at half the price. SQLAlchemy runs our code inside them.

Told of greenlets (`concurrency` in pyproject.toml), coverage.py asks at every call of every function which one is
running, and a call takes three times as long. Here each greenlet has a tracer of its own, as each thread has, and
they change places when greenlets do. What is measured stays the same; a process without this plugin, such as
a server that a test starts, measures as pyproject.toml says.
"""

import sys
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary


class Tracers:
    """The tracers of one process: of every greenlet that waits, and those whose greenlet has ended."""

    def __init__(self, collector: Any) -> None:
        self._new = collector._start_tracer
        self._waiting: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        self._idle: list[Any] = []
        collector.concur_id_func = None
        collector._start_tracer = self.start_thread
        sys.gettrace().concur_id_func = None  # type: ignore[union-attr]  # coverage's own, in C
        self._listen()

    def start_thread(self) -> Any:
        """Measure a thread, and hear of the switches in it."""
        self._listen()
        return self._new()

    def _listen(self) -> None:
        import greenlet

        greenlet.settrace(self._switched)

    def _switched(self, event: str, switch: tuple[Any, Any]) -> None:
        """After a switch, still untraced."""
        origin, target = switch
        left = sys.gettrace()
        if not hasattr(left, "concur_id_func"):
            return  # coverage has ended, or somebody else traces
        if origin.dead:
            self._idle.append(left)
        else:
            self._waiting[origin] = left
        if tracer := self._waiting.pop(target, None) or self._spare():
            tracer.start()
        else:
            self._new()

    def _spare(self) -> Any:
        with suppress(IndexError):
            return self._idle.pop()
        return None


def pytest_configure() -> None:
    """Before the tests are imported. Without coverage, or without greenlets to follow, nothing changes."""
    coverage = sys.modules.get("coverage")
    running = coverage and coverage.Coverage.current()
    collector = running and running._collector
    if collector and collector.concur_id_func and hasattr(sys.gettrace(), "concur_id_func"):
        Tracers(collector)
