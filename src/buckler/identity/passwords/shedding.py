"""Shedding: a flood of sign-ins is answered "later" before any hashing (ASVS 15.2.2, 15.4.4).

A hash costs 25 ms of a core on purpose. Without a bound a queue grows for as long as somebody
sends, and with it memory and the wait of everybody. So a place is taken before any work and
given back when the work has truly ended, even if whoever asked has gone away.

A name is looked up before its password is hashed, and the database lets one write at a time. Whoever is at
that door holds the place that the hash will take: so a flood does not wait there either, and what is refused
costs no look at the database.

A quarter of the places is kept for known devices (`known_devices.py`): a flood of strangers fills the rest,
and whoever signed in from the same device before still comes in.
"""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from buckler.defence import Defence
from buckler.errors import BucklerError

PLACES: Final = 32
"""Hashes under way or waiting: at 25 ms and two cores the last one waits for less than half a second."""
_KEPT: Final = 4
"""One place in so many is kept for known devices."""


class Busy(BucklerError):
    """There is no place left; try again in `RETRY_AFTER` seconds."""

    RETRY_AFTER: Final = 1


class Shedding(Defence):
    """Counts places. For every thread and event loop."""

    name = "shedding"

    def __init__(self, places: int = PLACES) -> None:
        self._lock = Lock()
        self._left = places
        self._kept = places // _KEPT
        self._at_door = 0

    def enter(self, *, known: bool = False) -> None:
        """Take a place. Raises `Busy` when there is none, or none but those that are kept for `known` devices."""
        with self._lock:
            self._demand(self._left, known=known)
            self._left -= 1

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self._left += 1

    @contextmanager
    def door(self, *, known: bool = False) -> Generator[None]:
        """Be looked up before a hash. Raises `Busy` where all places are taken, or will be by those who are here."""
        with self._lock:
            self._demand(self._left - self._at_door, known=known)
            self._at_door += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_door -= 1

    def _demand(self, left: int, *, known: bool) -> None:
        if left <= (0 if known else self._kept):
            raise Busy("Too many passwords are being checked.")
