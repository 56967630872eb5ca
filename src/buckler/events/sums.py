"""Events that a stranger can cause at will are summed, so that nobody fills the disk with them.

1. In a second the first of a kind from one source is written in full, at once; what follows is counted.
   A source is the client's network, or the caller where one is known: of a caller 16 are written in full,
   because what an account that was taken over reaches for is worth reading.
2. When the second is over, one line tells how many were counted, and when the first and the last came.
3. Of each event at most 16 sources a second are told apart, callers and strangers by themselves: no stranger's
   noise hides a caller. Of one source at most 4 kinds (the codes of refusals) are: one stranger takes one place.
   What is beyond is counted by kind, under one name. So there is a most to the lines of a second, whoever and
   however many attack.
4. The second is over with the next event that comes after it, by a timer of the event loop, or when the
   app stops. The timer stands only while something is counted. One whose loop has ended is replaced:
   Starlette's `TestClient` runs each request in a loop of its own.

Until then counts are only in memory: a process that is killed takes up to a second of them along (ASVS 16.2.1).
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from buckler.clock import Clock

SECOND: Final = 1.0
MOST_SOURCES: Final = 16
MOST_KINDS: Final = 4
"""Of one source."""
IN_FULL: Final = 1
IN_FULL_OF_A_CALLER: Final = 16
OTHERS: Final = "others"


@dataclass(slots=True)
class Sum:
    """What came from one source within one second, after what was written in full."""

    event: str
    kind: str
    source: str
    known: bool
    """Whether the source is a caller and not a network."""
    left: int
    """How many may still be written in full."""
    count: int = 0
    first: float = 0.0
    last: float = 0.0


class Sums:
    """Says which event is written in full, and hands what was counted to `tell`."""

    def __init__(self, clock: Clock, tell: Callable[[Sum], None]) -> None:
        self._now, self._monotonic = clock.now, clock.monotonic
        self._tell = tell
        # Not only for one loop: `TestClient` and sync endpoints bring threads of their own.
        self._lock = Lock()
        self._table: dict[tuple[str, str, str], Sum] = {}
        self._others: dict[tuple[str, str, bool], Sum] = {}
        self._begun = 0.0
        self._sources: dict[tuple[str, bool], dict[str, int]] = {}
        """How many kinds of each source are told apart."""
        self._loop: asyncio.AbstractEventLoop | None = None

    def admit(self, event: str, kind: str, source: str, *, known: bool) -> bool:
        """Whether to write this event in full; otherwise it has been counted."""
        over: Iterable[Sum] = ()
        now = self._monotonic()
        with self._lock:
            if now - self._begun >= SECOND:
                over = self._turn(now)
            found = self._table.get((event, kind, source)) or self._new(event, kind, source, known)
            admitted = found.left > 0
            if admitted:
                found.left -= 1
            else:
                found.last = self._now()
                found.first = found.first or found.last
                found.count += 1
        for each in over:
            self._tell(each)
        if not admitted and (self._loop is None or self._loop.is_closed()):
            self._arm()
        return admitted

    def flush(self) -> None:
        """Tell what has been counted so far, and begin a new second."""
        with self._lock:
            over = self._turn(self._monotonic())
        for each in over:
            self._tell(each)

    def __len__(self) -> int:
        return len(self._table) + len(self._others)

    def _new(self, event: str, kind: str, source: str, known: bool) -> Sum:
        sources = self._sources.setdefault((event, known), {})
        kinds = sources.get(source, 0)
        if kinds < MOST_KINDS and (kinds or len(sources) < MOST_SOURCES):
            sources[source] = kinds + 1
            made = Sum(event, kind, source, known, IN_FULL_OF_A_CALLER if known else IN_FULL)
            self._table[event, kind, source] = made
            return made
        others = self._others.get((event, kind, known))
        if others is None:
            others = self._others[event, kind, known] = Sum(event, kind, OTHERS, known, left=0)
        return others

    def _turn(self, now: float) -> list[Sum]:
        over = [each for each in (*self._table.values(), *self._others.values()) if each.count]
        self._table.clear()
        self._others.clear()
        self._sources.clear()
        self._begun = now
        return over

    def _arm(self) -> None:
        """See that a loop which still runs will end this second, if no event does."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # a thread without a loop: the next event or the stop tells it
        self._loop.call_later(SECOND, self._ring)

    def _ring(self) -> None:
        self._loop = None
        self.flush()
