"""How often: rates, and counting them in this process (ASVS 2.4.1).

Decisions:
- Up to 16 in a window the window is exact: the times themselves are kept. Above it, GCRA
  keeps one number a key and lets at most 2n-1 pass in any window.
- A step is atomic: nothing is awaited between reading and writing.
- Nothing sweeps. Keys live in two generations a shard; a generation is dropped when it is a
  whole window old, so a key that still limits somebody is never forgotten.
- 256 shards, so that growing or dropping one dictionary never stalls the loop.

Caveat: counts are per process.
"""

import re
from dataclasses import dataclass
from typing import Final

from buckler.clock import Clock
from buckler.errors import ConfigurationError

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_RATE: Final = re.compile(r"([1-9][0-9]{0,8})/(second|minute|hour|day)")
_SHARDS: Final = 256
EXACT_UP_TO: Final = 16


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so long: `quota` events in any `window` of seconds."""

    quota: int
    window: int

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Read `"5/minute"` or `"100/hour"`. Raises `ConfigurationError` for anything else."""
        match = _RATE.fullmatch(text) if isinstance(text, str) else None  # pyright: ignore[reportUnnecessaryIsInstance]
        if match is None:
            raise ConfigurationError(
                f"{text!r} is not a rate: write a whole number from 1, a slash, and second, minute, hour or day,"
                " as in '5/minute'."
            )
        return cls(int(match[1]), _SECONDS[match[2]])

    def __str__(self) -> str:
        units = {seconds: unit for unit, seconds in _SECONDS.items()}
        return f"{self.quota}/{units[self.window]}"


class Counter:
    """Counts the events of one rate, by key."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self.rate = rate
        self._now = clock.monotonic
        self._exact = rate.quota <= EXACT_UP_TO
        self._interval = rate.window / rate.quota
        started = clock.monotonic()
        self._shards = [_Shard(started) for _ in range(_SHARDS)]

    def hit(self, key: str) -> float:
        """Count one event. Zero when it may pass, else the seconds until the next one may.

        An event that may not pass is not counted.
        """
        now = self._now()
        shard = self._shards[hash(key) & (_SHARDS - 1)]
        if now - shard.born >= self.rate.window:
            shard.turn(now, self.rate.window)
        return self._exact_hit(shard, key, now) if self._exact else self._gcra_hit(shard, key, now)

    def wait(self, key: str) -> float:
        """Seconds until an event may pass; zero when it may now. Counts nothing."""
        shard = self._shards[hash(key) & (_SHARDS - 1)]
        times = shard.young.get(key) or shard.old.get(key)
        if times is None or (self._exact and len(times) < self.rate.quota):
            return 0.0
        due = times[-self.rate.quota] if self._exact else times[0] + self._interval - 2 * self.rate.window
        return max(0.0, due + self.rate.window - self._now())

    def __len__(self) -> int:
        return sum(len(shard.young) + len(shard.old) for shard in self._shards)

    def _exact_hit(self, shard: "_Shard", key: str, now: float) -> float:
        times = shard.young.get(key)
        if times is None:
            times = shard.young[key] = shard.old.pop(key, ())
        window, quota = self.rate.window, self.rate.quota
        if len(times) >= quota:
            wait = times[-quota] + window - now
            if wait > 0:
                return wait
            times = times[1 - quota :] if quota > 1 else ()
        shard.young[key] = (*times, now)
        return 0.0

    def _gcra_hit(self, shard: "_Shard", key: str, now: float) -> float:
        found = shard.young.get(key) or shard.old.get(key)
        due = max(found[0], now) if found else now
        wait = due - now - (self.rate.window - self._interval)
        if wait > 1e-9:
            return wait
        shard.young[key] = (due + self._interval,)
        return 0.0


class _Shard:
    """Two generations of keys. What was not touched for a whole window goes with the older one."""

    __slots__ = ("born", "old", "young")

    def __init__(self, born: float) -> None:
        self.born = born
        self.young: dict[str, tuple[float, ...]] = {}
        self.old: dict[str, tuple[float, ...]] = {}

    def turn(self, now: float, window: int) -> None:
        self.old = self.young if now - self.born < 2 * window else {}
        self.young = {}
        self.born = now
