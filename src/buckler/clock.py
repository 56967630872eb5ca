"""The one door through which time comes in, so that tests hold it and never sleep."""

import time
from typing import Protocol


class Clock(Protocol):
    """What tells the time: an object with these two methods, for `Buckler(app, clock=...)`. Both are in seconds.

    Tests bring one that they turn by hand; nothing has to derive from this.
    """

    def now(self) -> float:
        """Wall-clock time: seconds since 1970-01-01 UTC, for what is written down."""
        ...

    def monotonic(self) -> float:
        """Time that never jumps back, for windows and waits."""
        ...


class SystemClock:
    """The machine's own clock."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
