"""Tokens that ended before their time (RFC 7009; ASVS 7.4.1).

1. An id is remembered until its token would have ended by itself, and a minute more, in case the clock is
   set back.
2. Forgetting is paid for by remembering: each new entry clears at most two old ones. No sweep, no thread,
   and no pause however many there are.
"""

from collections.abc import Container, Iterable
from heapq import heapify, heappop, heappush
from typing import Final

from buckler.clock import Clock
from buckler.defence import Defence

_MARGIN: Final = 60.0


class Revocations(Defence):
    """The ids that are no longer good in this process."""

    name = "revocation"

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now
        self._ended: set[str] = set()
        self.ended: Container[str] = self._ended
        """The same ids, live: for who asks on every request, about tokens that have not expired."""
        self._queue: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._ended)

    def revoke(self, token_id: str, expires_at: float) -> None:
        """End a token now. `expires_at` is when it would have ended by itself."""
        self._forget(2)
        if token_id not in self._ended and self._lives(expires_at):
            self._ended.add(token_id)
            heappush(self._queue, (expires_at, token_id))

    def load(self, rows: Iterable[tuple[str, float]]) -> None:
        """Learn what was revoked before this process began: (token id, when it expires)."""
        for token_id, expires_at in rows:
            if token_id not in self._ended and self._lives(expires_at):
                self._ended.add(token_id)
                self._queue.append((expires_at, token_id))
        heapify(self._queue)

    def _lives(self, expires_at: float) -> bool:
        return expires_at + _MARGIN > self._now()

    def _forget(self, most: int) -> None:
        while most and self._queue and not self._lives(self._queue[0][0]):
            self._ended.discard(heappop(self._queue)[1])
            most -= 1
