"""How many sign-ins there were, good and failed, hour by hour: read from the log, and hours that are over but once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from buckler.events.journal.log_reader import LogReader

GOOD: Final = "authn_login_success"
FAILED: Final = "authn_login_fail"
_NAMES: Final = (GOOD, FAILED)
DAYS: Final = 30
"""As far back as it goes."""
_LATE: Final = 2
"""Hours that are read again each time: an event of the last minute may be kept a little later."""


@dataclass(frozen=True, slots=True)
class SignIns:
    """For an hour, or some of them together."""

    good: int = 0
    failed: int = 0

    def __add__(self, other: "SignIns") -> "SignIns":
        return SignIns(self.good + other.good, self.failed + other.failed)


class SignInCounts:
    """Remembers what it read of hours that are over: they change no more, but where a log is emptied."""

    def __init__(self, log: Callable[[], LogReader]) -> None:
        self._log = log
        self._hours: dict[int, SignIns] = {}
        self._read_until = 0
        self.begins: int | None = None
        """The first hour that was counted whole, where there were too many events to count all; else None."""

    async def until(self, hour: int) -> dict[int, SignIns]:
        """The numbers of each hour up to this one, which is told as far as it has come."""
        oldest = hour - DAYS * 24
        if hour + 1 < self._read_until:
            self._read_until = 0  # the clock was set back: what was read is of hours that are still to come
        since = max(oldest, self._read_until)
        counted = await self._log().count_by_hour(_NAMES, since=since, until=hour + 1)
        if counted.begins is not None:
            self.begins = counted.begins
        for each in range(since, hour + 1):
            good, failed = (counted.numbers.get((each, name), 0) for name in _NAMES)
            self._hours[each] = SignIns(good, failed)
        self._read_until = max(self._read_until, hour + 1 - _LATE)
        self._hours = {each: found for each, found in self._hours.items() if oldest <= each <= hour}
        return dict(self._hours)
