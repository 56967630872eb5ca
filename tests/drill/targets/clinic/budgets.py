"""How often somebody may try: so many times within so many seconds, for each key."""

import time
from collections.abc import Callable, Hashable

MOST_KEYS = 20_000


class Budget:
    """Counts tries in windows; a window begins with the first try."""

    def __init__(self, most: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._windows: dict[Hashable, tuple[float, int]] = {}

    def spend(self, key: Hashable) -> bool:
        """Whether one more try is allowed; it is counted if so."""
        began, count = self._window(key)
        if count >= self._most:
            return False
        self._windows[key] = (began, count + 1)
        return True

    def give_back(self, key: Hashable) -> None:
        """The try was no guess."""
        began, count = self._window(key)
        self._windows[key] = (began, max(0, count - 1))

    def _window(self, key: Hashable) -> tuple[float, int]:
        now = self._now()
        if len(self._windows) > MOST_KEYS:
            self._windows = {each: it for each, it in self._windows.items() if now - it[0] < self._seconds}
        began, count = self._windows.get(key, (now, 0))
        return (began, count) if now - began < self._seconds else (now, 0)
