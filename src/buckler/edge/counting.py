"""Counting events by key in this process (ASVS 2.4.1).

Decisions:
- Up to 16 in a window, without a burst, the window is exact: the times themselves are kept. Else
  GCRA keeps one number a key: with a burst of b, at most b+n-1 of n pass in any window; without
  one, at most 2n-1.
- A step is atomic: nothing is awaited between reading and writing.
- Nothing sweeps. Keys live in two generations a shard; a generation is dropped when it is a
  whole window old, so a key that still limits somebody is never forgotten.
- 256 shards, so that growing one dictionary never stalls the loop; and what has ended is freed a
  part at a time, by the hits that follow, since giving a hundred megabytes back at once would.
- Memory is bounded. When as many keys are held as may be, those that come new share one budget a
  shard until old ones have gone: nobody is let in uncounted, and nobody's count is thrown away to
  make room.

Keys are often chosen by strangers. Python's hash of a text is keyed with a secret of the process,
so nobody can aim many keys at one shard or at one place in a dictionary.

Caveat: counts are per process.
"""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from buckler.clock import Clock
from buckler.edge.rates import Rate

_SHARDS: Final = 256
_MASK: Final = _SHARDS - 1
MOST_KEYS: Final = 4096 * _SHARDS
"""How many keys a counter holds apart: a million, in some 130 MB; in five times that where exact windows are full."""
_SHARED: Final = ""
"""The key of those that came when a shard was full. No other key is empty."""
_TOLD_EVERY: Final = 60
"""Seconds between two reports that a counter is full."""
_BURIED_AT_ONCE: Final = 256
"""Keys. A million are freed within some 4000 hits, none of which takes a tenth of a millisecond for it."""
_NONE: Final[tuple[float, ...]] = ()
_ROUNDING: Final = 1e-9
"""Seconds. Sums of floats may miss by this much; a second that is over must not be found missing."""

Taken = tuple[float, int, float]
"""Seconds until the event may pass, zero when it passes; how much is left; seconds until more is."""

State = TypeVar("State")


class Counter(ABC):
    """Counts the events of one rate, by key. Keys are texts that are not empty.

    `cost` is how much of the quota an event takes, at most what may come at once.
    """

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self.rate = rate
        self._now = clock.monotonic
        self._window = float(rate.window)
        self._interval = rate.window / rate.quota

    @abstractmethod
    def hit(self, key: str, cost: int = 1) -> float:
        """Count one event. Zero when it may pass, else the seconds until it may.

        An event that may not pass is not counted.
        """

    @abstractmethod
    def take(self, key: str, cost: int = 1) -> Taken:
        """Count one event, and say also what is left."""

    @abstractmethod
    def look(self, key: str, cost: int = 1) -> Taken:
        """What `take` would answer before it counts. Counts nothing."""

    @abstractmethod
    def wait(self, key: str) -> float:
        """Seconds until an event may pass, as `look` tells it; quick where the key has taken nothing."""

    @abstractmethod
    def __len__(self) -> int:
        """How many keys are held."""


def counter_of(
    rate: Rate, clock: Clock, on_full: Callable[[], None] = lambda: None, *, most_keys: int = MOST_KEYS
) -> Counter:
    """A counter of `rate`. `on_full` is called, once a minute at most, while new keys have to share."""
    if rate.exact:
        return WindowCounter(rate, clock, on_full, most_keys)
    return BucketCounter(rate, clock, on_full, most_keys)


class WindowCounter(Counter):
    """Exact: keeps when each unit of the quota was taken."""

    def __init__(self, rate: Rate, clock: Clock, on_full: Callable[[], None], most_keys: int) -> None:
        super().__init__(rate, clock)
        self._quota = rate.quota
        self._shards: _Shards[tuple[float, ...]] = _Shards(rate, clock, on_full, most_keys)

    def hit(self, key: str, cost: int = 1) -> float:
        return self.take(key, cost)[0]

    def take(self, key: str, cost: int = 1) -> Taken:
        return self._take(key, cost, True)

    def look(self, key: str, cost: int = 1) -> Taken:
        return self._take(key, cost, False)

    def wait(self, key: str) -> float:
        return 0.0 if self._shards[hash(key) & _MASK].never_saw(key) else self._take(key, 1, False)[0]

    def __len__(self) -> int:
        return sum(map(len, self._shards.values()))

    def _take(self, key: str, cost: int, counts: bool) -> Taken:
        now = self._now()
        shard = self._shards[hash(key) & _MASK]
        if now >= shard.ends:
            shard.turn(now)
        if shard.ended:
            shard.bury()
        times = shard.young.get(key)
        if times is None:
            key, times = shard.find(key)
        begin = now - self._window
        inside = times or _NONE
        if inside and inside[0] <= begin:
            inside = inside[bisect_right(inside, begin) :]
        left = self._quota - len(inside)
        if cost > left:
            return inside[cost - left - 1] - begin, left, min(inside) - begin
        if not counts:
            return 0.0, left, inside[0] - begin if inside else 0.0
        inside = shard.young[key] = (*inside, now) if cost == 1 else inside + (now,) * cost
        return 0.0, left - cost, inside[0] - begin


class BucketCounter(Counter):
    """GCRA: keeps when all that was taken will have been earned again."""

    def __init__(self, rate: Rate, clock: Clock, on_full: Callable[[], None], most_keys: int) -> None:
        super().__init__(rate, clock)
        self._depth = rate.at_once * self._interval
        self._shards: _Shards[float] = _Shards(rate, clock, on_full, most_keys)

    def hit(self, key: str, cost: int = 1) -> float:
        shard = self._shards[hash(key) & _MASK]
        due, now = shard.young.get(key), self._now()
        if due is not None and cost == 1 and now < shard.ends and not shard.ended:
            # Nearly every hit: somebody who was seen a moment ago, and is far from the limit.
            if due < now:
                due = now
            due += self._interval
            if due <= self._depth + now:
                shard.young[key] = due
                return 0.0
        room = self._spend(key, cost, True)
        return -room if room < 0 else 0.0

    def take(self, key: str, cost: int = 1) -> Taken:
        shard = self._shards[hash(key) & _MASK]
        due, now = shard.young.get(key), self._now()
        if due is not None and cost == 1 and now < shard.ends and not shard.ended:
            # As in `hit`, and for the same reason.
            if due < now:
                due = now
            due += self._interval
            room = self._depth + now - due
            if room >= 0:
                shard.young[key] = due
                left = int(room / self._interval + _ROUNDING)
                return 0.0, left, (left + 1) * self._interval - room
        room = self._spend(key, cost, True)
        return self._taken(room, room if room >= 0 else room + cost * self._interval)

    def look(self, key: str, cost: int = 1) -> Taken:
        room = self._spend(key, cost, False)
        return self._taken(room, room + cost * self._interval)

    def wait(self, key: str) -> float:
        if self._shards[hash(key) & _MASK].never_saw(key):
            return 0.0
        room = self._spend(key, 1, False)
        return -room if room < 0 else 0.0

    def __len__(self) -> int:
        return sum(map(len, self._shards.values()))

    def _spend(self, key: str, cost: int, counts: bool) -> float:
        """How many seconds' worth is left after the event; below zero, how many are missing for it."""
        now = self._now()
        shard = self._shards[hash(key) & _MASK]
        if now >= shard.ends:
            shard.turn(now)
        if shard.ended:
            shard.bury()
        due = shard.young.get(key)
        if due is None:
            key, due = shard.find(key)
        if due is None or due < now:
            due = now
        due += cost * self._interval
        room = self._depth + now - due
        if room < -_ROUNDING:
            return room
        if counts:
            shard.young[key] = due
        return room if room > 0 else 0.0

    def _taken(self, room: float, held: float) -> Taken:
        """The answer where `held` seconds' worth is there."""
        left = int(held / self._interval + _ROUNDING)
        return -room if room < 0 else 0.0, left, (left + 1) * self._interval - held


class Shard(Generic[State]):
    """Some of the keys, in two generations. What was not touched for a whole window goes with the older one."""

    __slots__ = ("_most", "_on_full", "_window", "ended", "ends", "old", "young")

    def __init__(self, now: float, window: int, most: int, on_full: Callable[[], None]) -> None:
        self._window = window
        self._most = most
        self._on_full = on_full
        self.ends = now + window
        self.young: dict[str, State] = {}
        self.old: dict[str, State] = {}
        self.ended: dict[str, State] = {}
        """What limits nobody any more and is not yet freed."""

    def turn(self, now: float) -> None:
        """Begin a new generation. Only when the present one has ended."""
        self._end(self.old)
        self.old, self.young = self.young, {}
        if now - self.ends >= self._window:
            self._end(self.old)
            self.old = {}
        self.ends = now + self._window

    def bury(self) -> None:
        """Free a part of what has ended."""
        ended = self.ended
        for _ in range(min(_BURIED_AT_ONCE, len(ended))):
            ended.popitem()
        if not ended:
            self.ended = {}

    def never_saw(self, key: str) -> bool:
        """Whether nothing is held of a key, and it would be counted by itself. Sure of that, and quick, or False."""
        young = self.young
        return key not in young and not self.old and not self.ended and len(young) < self._most

    def _end(self, generation: dict[str, State]) -> None:
        if self.ended:
            self.ended.update(generation)
        else:
            self.ended = generation

    def find(self, key: str) -> tuple[str, State | None]:
        """What is known of a key that is not among the young, and the key to count it under."""
        state = self.old.pop(key, None)
        if state is None and len(self) >= self._most:
            # Fail closed: counted together with others rather than not at all.
            self._on_full()
            key = _SHARED
            state = self.young.get(key) or self.old.pop(key, None)
        if state is not None:
            self.young[key] = state
        return key, state

    def __len__(self) -> int:
        return len(self.young) + len(self.old) + len(self.ended)


class _Seldom:
    """Calls on, once a minute at most."""

    def __init__(self, call: Callable[[], None], clock: Clock) -> None:
        self._call = call
        self._now = clock.monotonic
        self._next = clock.monotonic()

    def __call__(self) -> None:
        now = self._now()
        if now >= self._next:
            self._next = now + _TOLD_EVERY
            self._call()


class _Shards(dict[int, Shard[State]]):
    """The shards by number, each made when its first key comes: an app has a dozen counters, and most stay empty."""

    def __init__(self, rate: Rate, clock: Clock, on_full: Callable[[], None], most_keys: int) -> None:
        super().__init__()
        self._now, self._window, self._seldom = clock.monotonic, rate.window, _Seldom(on_full, clock)
        self._most = max(1, most_keys // _SHARDS)

    def __missing__(self, number: int) -> Shard[State]:
        # `setdefault`: of two threads that come first, both count in one.
        return self.setdefault(number, Shard(self._now(), self._window, self._most, self._seldom))
