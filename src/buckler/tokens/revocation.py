"""What ended before its time: tokens, sessions, and whatever an account had up to a point (RFC 7009; ASVS 7.4.1).

1. An end is remembered until the last token that it concerns would have ended by itself, and a minute more, in
   case the clock is set back.
2. Forgetting is paid for by remembering: each new entry clears at most two old ones. No sweep, no thread,
   and no pause however many there are.
3. Whoever remembers a judgement keeps the `generation` of that moment: it is good while the number is the same.
4. What others ended is known from `fresh_from` to `fresh_until`. After that, and before it where the clock was set
   back, nothing here is believed that was not read again.
"""

import math
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final, Literal

from buckler.clock import Clock
from buckler.defence import Defence

Kind = Literal["token", "session", "account", "keys"]
_MARGIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """One end. For an account: tokens of a lower version than this are dead."""

    kind: Kind
    subject: str
    expires_at: float
    """When every token that it concerns will have ended by itself."""
    version: int = 0


class Revocations(Defence):
    """What is no longer good in this process."""

    name = "revocation"

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now
        self.generation = 0
        """Grows with each end: what was judged under a lower number is judged again."""
        self.fresh_from = -math.inf
        self.fresh_until = math.inf
        """Between these two this process knows what others ended. Without others, for ever."""
        self.is_lost = False
        """Whether nobody could say for a long while what others ended."""
        self._ended: set[str] = set()
        self._least: dict[str, int] = {}
        self._queue: list[tuple[float, str, str, int]] = []

    def __len__(self) -> int:
        return len(self._ended) + len(self._least)

    @property
    def is_stale(self) -> bool:
        """Whether others may have ended something unseen."""
        return not self.fresh_from <= self._now() <= self.fresh_until

    def end(self, ended: Ended) -> None:
        """End it now, whoever said so."""
        self._forget(2)
        if self._take(ended):
            heappush(self._queue, (ended.expires_at, ended.kind, ended.subject, ended.version))

    def is_ended(self, token_id: str, session_id: str, account_id: str, version: int) -> bool:
        """Whether a token with these marks is dead, however good its signature and its time."""
        return token_id in self._ended or session_id in self._ended or version < self._least.get(account_id, 0)

    def know(self, begun: float, seconds: float) -> None:
        """Say that all that was ended before `begun` is known, which is good for so many seconds."""
        self.fresh_from, self.fresh_until = begun, begun + seconds

    def lose(self, is_lost: bool) -> None:
        """Say whether anybody can still tell what others ended."""
        if self.is_lost != is_lost:
            self.is_lost = is_lost
            self.generation += 1

    def _take(self, ended: Ended) -> bool:
        """Whether it was news."""
        if not self._lives(ended.expires_at):
            return False
        if ended.kind == "account":
            if self._least.get(ended.subject, 0) >= ended.version:
                return False
            self._least[ended.subject] = ended.version
        elif ended.subject in self._ended or ended.kind == "keys":
            return False
        else:
            self._ended.add(ended.subject)
        self.generation += 1
        return True

    def _lives(self, expires_at: float) -> bool:
        return expires_at + _MARGIN > self._now()

    def _forget(self, most: int) -> None:
        while most and self._queue and not self._lives(self._queue[0][0]):
            _, kind, subject, version = heappop(self._queue)
            if kind != "account":
                self._ended.discard(subject)
            elif self._least.get(subject) == version:
                del self._least[subject]
            most -= 1
