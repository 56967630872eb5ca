"""What this process counted lately, kept in memory: refusals of a day by the hour, passwords that waited by the minute.

A `Sink` for whoever looks at the app itself and collects nothing. It is told of refusals and of hashed passwords alone,
never of a request that passes; its size has an end, since a `Tally` hands on at most 256 codes.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from buckler.clock import Clock
from buckler.metrics.instruments import HASH_WAIT, HASHES_WAITING, REFUSALS, Instrument
from buckler.metrics.tally import Take

HOURS: Final = 24
MINUTES: Final = 60


@dataclass(slots=True)
class Waiting:
    """One minute of the hashing queue."""

    minute: int
    """Since 1970-01-01 UTC."""
    most: float = 0
    """Passwords that waited at once."""
    longest: float = 0
    """Seconds that one of them waited."""
    hashed: int = 0


class Recent:
    """Keeps the last day of refusals and the last hour of the hashing queue, of this process."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now
        # Hashes are counted by the threads that make them.
        self._lock = Lock()
        self._level = 0.0
        self._hours: deque[tuple[int, Counter[str]]] = deque(maxlen=HOURS)
        self._minutes: deque[Waiting] = deque(maxlen=MINUTES)
        self.since = clock.now()
        """When it began to count: seconds since 1970-01-01 UTC."""

    def take(self, instrument: Instrument) -> Take:
        """Of three instruments; the values of others are dropped."""
        takes = {REFUSALS.name: self._refused, HASHES_WAITING.name: self._waits, HASH_WAIT.name: self._waited}
        return takes.get(instrument.name, _drop)

    def refusals(self) -> Counter[str]:
        """How many requests were refused in the last day, by the code."""
        oldest = int(self._now() // 3600) - HOURS
        found: Counter[str] = Counter()
        with self._lock:
            for hour, codes in self._hours:
                if hour > oldest:
                    found.update(codes)
        return found

    def waiting(self) -> dict[int, Waiting]:
        """The minutes of the last hour in which something waited or was hashed."""
        with self._lock:
            return {each.minute: replace(each) for each in self._minutes}

    def _refused(self, amount: float, values: Sequence[str]) -> None:
        hour = int(self._now() // 3600)
        with self._lock:
            if not self._hours or self._hours[-1][0] != hour:
                self._hours.append((hour, Counter()))
            self._hours[-1][1][values[0]] += int(amount)

    def _waits(self, amount: float, _: Sequence[str]) -> None:
        with self._lock:
            self._level = max(0.0, self._level + amount)
            minute = self._this_minute()
            minute.most = max(minute.most, self._level)

    def _waited(self, amount: float, _: Sequence[str]) -> None:
        with self._lock:
            minute = self._this_minute()
            minute.hashed += 1
            minute.longest = max(minute.longest, amount)

    def _this_minute(self) -> Waiting:
        now = int(self._now() // 60)
        if not self._minutes or self._minutes[-1].minute != now:
            self._minutes.append(Waiting(now))
        return self._minutes[-1]


def _drop(_: float, __: Sequence[str]) -> None:
    """Nobody looks at it here."""
