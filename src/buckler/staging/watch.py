"""A watch over the event loop of a drill: an app that keeps it to itself holds up the attacker too.

1. In the main thread an alarm raises `HeldLoop` in the code of the app that keeps it: that call ends, and all goes on.
   A sleep, an endless loop and an expression that tries for ever are ended so.
2. Where that cannot be done, or the app swallows it, a thread gives the drill up, and what it has is told.
3. Code that keeps every thread of Python from running, and hears no alarm, ends with the process, by `faulthandler`,
   which writes where it stood. In a test that process is pytest's: it would stand still for as long else, without a
   word. There is one such timer in a process, so the one of pytest's own `faulthandler_timeout` is not in force.

What is long in the drill itself is neither interrupted nor given up.
"""

import asyncio
import faulthandler
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from threading import Event, Thread, current_thread, get_ident, main_thread
from types import FrameType
from typing import Final, TextIO

from buckler.clock import SystemClock
from buckler.drill.transport import calls as calls_of_the_app
from buckler.drill.transport.calls import Calls, HeldLoop
from buckler.staging.leftovers import WATCH
from buckler.staging.stacks import frames

PATIENCE: Final = 10.0
"""Seconds without one round of the event loop, after which a call is ended; after twice as many the drill is."""
_OURS: Final = ("buckler.drill.", "buckler.staging.", "buckler.cli.", "buckler.testing.")
_BEATS: Final = 20
"""In the time of one patience."""
GiveUp = Callable[[str], object]
"""Told why, in a thread of its own."""


class Watch:
    """Over the loop that runs in this thread."""

    def __init__(self, calls: Calls, give_up: GiveUp | None, patience: float) -> None:
        self._calls = calls
        self._give_up = give_up
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._beat = SystemClock.monotonic()
        self._told_of = 0.0
        self._over = Event()
        self._errors = _number_of(sys.__stderr__)
        self._has_alarm = (
            hasattr(signal, "setitimer")
            and current_thread() is main_thread()
            and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        )

    def begin(self) -> None:
        """Watch from now on."""
        if self._has_alarm:
            signal.signal(signal.SIGALRM, self._alarm)
        self._beats()
        if self._give_up is not None:
            Thread(target=self._look, args=(self._give_up,), name=WATCH, daemon=True).start()

    def end(self) -> None:
        """Watch no longer."""
        self._over.set()
        faulthandler.cancel_dump_traceback_later()
        if self._has_alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _beats(self) -> None:
        """The loop goes round: everything begins anew."""
        if self._over.is_set():
            return
        self._beat = SystemClock.monotonic()
        if self._has_alarm:
            signal.setitimer(signal.ITIMER_REAL, self._patience, self._patience / 4)
        if self._errors is not None:
            faulthandler.dump_traceback_later(4 * self._patience, file=self._errors, exit=True)
        self._loop.call_later(self._patience / _BEATS, self._beats)

    def _alarm(self, _signal: int, frame: FrameType | None) -> None:
        if not is_of_the_app(frame):
            return
        if self._told_of != self._beat:
            self._told_of = self._beat
            self._calls.hold(self._named())
        raise HeldLoop(f"the app held the event loop for {self._patience:g} s")

    def _look(self, give_up: GiveUp) -> None:
        while not self._over.wait(self._patience / _BEATS):
            held = SystemClock.monotonic() - self._beat
            if held > 2 * self._patience and is_of_the_app(frames().get(self._thread)):
                self._over.set()
                faulthandler.cancel_dump_traceback_later()
                give_up(f"{self._named()} held the event loop for {held:.0f} s, and did not let go of it")
                return

    def _named(self) -> str:
        return self._calls.named(asyncio.current_task(self._loop))


def _number_of(stream: TextIO | None) -> int | None:
    with suppress(OSError, ValueError):
        return None if stream is None else stream.fileno()
    return None


def is_of_the_app(frame: FrameType | None) -> bool:
    """Whether what the event loop carries out just now is the app's: a call of it, or what that left in the loop."""
    outermost = ""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module == "asyncio.events" and frame.f_code.co_name == "_run":
            return outermost == calls_of_the_app.__name__ or not f"{outermost}.".startswith(_OURS)
        outermost, frame = module, frame.f_back
    return False


@contextmanager
def watched(calls: Calls, give_up: GiveUp | None) -> Generator[None]:
    """Watch for the block. `give_up` is called once at most; without it the last resort comes at once."""
    watch = Watch(calls, give_up, PATIENCE)
    watch.begin()
    try:
        yield
    finally:
        watch.end()
