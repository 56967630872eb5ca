"""How long a worker that ended is waited with, before another is started in its place."""

from typing import Final

FIRST: Final = 0.5
"""Seconds. A worker that ends once is back before anybody notices."""
LONGEST: Final = 30.0
"""Seconds. One that cannot start costs a start twice a minute, and no more."""
FORGOTTEN: Final = 60.0
"""Seconds of life after which what came before no longer counts."""


class Backoff:
    """The waits of one place among the workers: each twice the one before, up to the longest."""

    def __init__(self) -> None:
        self._next = FIRST

    def after(self, lived: float) -> float:
        """Seconds to wait after a worker that lived for `lived` seconds."""
        if lived >= FORGOTTEN:
            self._next = FIRST
        wait, self._next = self._next, min(2 * self._next, LONGEST)
        return wait
