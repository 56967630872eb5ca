"""The one door through which time comes in, so that tests hold it and never sleep."""

import time
from datetime import UTC, datetime
from typing import Final, Protocol

_LAST: Final = 253_402_300_799
"""The last second of the year 9999, behind which Python has no date."""


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


def date_of(seconds: float) -> datetime:
    """A moment that is kept, in seconds since 1970-01-01 UTC, as a date in UTC; to the second.

    Whoever edits a database can write any number there, and shall not stop whoever shows it: what comes before 1970
    or after 9999 is told as the first or the last second of that time.
    """
    return datetime.fromtimestamp(int(min(max(seconds, 0), _LAST)), UTC)


def processor_seconds() -> float:
    """Seconds that this process has worked so far, on whatever core: what waits, or what others do, is not in it."""
    return time.process_time()


class SystemClock:
    """The machine's own clock."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    processor = staticmethod(time.process_time)
    """Seconds of work that this process has done: what others do on the machine does not count."""
