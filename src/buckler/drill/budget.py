"""How much may be asked, and for how long. What is spent stops an attack, and the report says what was left."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from buckler.clock import SystemClock

_TIMES: Final = 4
"""As many times its even part of the requests one attack may use, and of the time unless told otherwise."""


class BudgetSpent(Exception):
    """Nothing more may be asked. The text says which bound was reached."""


@dataclass(slots=True)
class Budget:
    """Bounds of one drill, or of one attack within it."""

    seconds: float
    requests: int
    clock: Callable[[], float] = SystemClock.monotonic
    _began: float | None = None
    spent: int = 0

    def begin(self) -> None:
        """Start the clock, where it does not run yet."""
        if self._began is None:
            self._began = self.clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return 0.0 if self._began is None else self.clock() - self._began

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self.seconds - self.elapsed)

    def take(self) -> None:
        """Count one request. Raises `BudgetSpent`."""
        if self.spent >= self.requests:
            raise BudgetSpent(f"its share of {self.requests} requests was spent: more --requests give it more")
        if self.left <= 0:
            raise BudgetSpent(f"its share of the time was over, {self.seconds:.1f} s: a longer --budget gives it more")
        self.spent += 1

    def share(self, parts: int, of: int | None = None, at_least: float = 0.5, *, times: int = _TIMES) -> "Budget":
        """What one of `parts` that are left may use: so many `times` its even part, since most need less.

        Half of the time is spread evenly over all `of` parts beforehand: what comes late is not starved by the rest.
        """
        kept = (parts - 1) * self.seconds / (2 * max(of or parts, 1))
        most = min(times * self.left / max(parts, 1), max(self.left - kept, self.left / max(parts, 1)))
        left = self.requests - self.spent
        requests = min(left, max(-(-_TIMES * left // max(parts, 1)), 1))
        return Budget(min(self.left, max(at_least, most)), requests, self.clock)
