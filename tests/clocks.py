"""A clock that tests turn by hand."""


class FakeClock:
    """Stands still until told to move; both its times move together."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._elapsed = 1000.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        self._now += seconds
        self._elapsed += seconds
