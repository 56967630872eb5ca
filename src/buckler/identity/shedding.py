"""Shedding: a flood of sign-ins is answered "later" before any hashing (ASVS 15.2.2, 15.4.4).

A hash costs 25 ms of a core on purpose. Without a bound a queue grows for as long as somebody
sends, and with it memory and the wait of everybody. So a place is taken before any work and
given back when the work has truly ended, even if whoever asked has gone away.
"""

from threading import Lock
from typing import Final

from buckler.defence import Defence
from buckler.errors import BucklerError

PLACES: Final = 32
"""Hashes under way or waiting: at 25 ms and two cores the last one waits for less than half a second."""


class Busy(BucklerError):
    """There is no place left; try again in `RETRY_AFTER` seconds."""

    RETRY_AFTER: Final = 1


class Shedding(Defence):
    """Counts places. For every thread and event loop."""

    name = "shedding"

    def __init__(self, places: int = PLACES) -> None:
        self._lock = Lock()
        self._left = places

    def enter(self) -> None:
        """Take a place. Raises `Busy` when there is none."""
        with self._lock:
            if self._left <= 0:
                raise Busy("Too many passwords are being checked.")
            self._left -= 1

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self._left += 1
