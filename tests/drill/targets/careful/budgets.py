"""Budgets: how often something may be tried, by whom, and for how long it is remembered. They live in memory."""

import time
from collections import deque

from fastapi import HTTPException, Request

MOST_KEYS = 20_000


class Budget:
    """At most `limit` tries of a key within `seconds`."""

    def __init__(self, limit: int, seconds: float = 900) -> None:
        self.limit = limit
        self.seconds = seconds
        self._tries: dict[str, deque[float]] = {}

    def is_spent(self, key: str) -> bool:
        """Whether no try is left."""
        return len(self._recent(key)) >= self.limit

    def spend(self, key: str) -> None:
        """Count a try."""
        self._recent(key).append(time.monotonic())

    def take(self, key: str) -> None:
        """Count a try, or refuse it with 429."""
        if self.is_spent(key):
            raise too_many()
        self.spend(key)

    def renew(self, key: str) -> None:
        """Forget what was tried."""
        self._tries.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        if len(self._tries) > MOST_KEYS:
            self._tries.pop(next(iter(self._tries)))
        tries = self._tries.setdefault(key, deque())
        while tries and tries[0] < time.monotonic() - self.seconds:
            tries.popleft()
        return tries


class GuessingBudget:
    """Tries of a secret of one account: few from one address, more from all that never knew it.

    An address that once gave the right secret is not kept out by what strangers try elsewhere.
    """

    def __init__(self, pair: int = 8, address: int = 40, account: int = 60) -> None:
        self._pair = Budget(pair)
        self._address = Budget(address)
        self._account = Budget(account)
        self._known: set[tuple[str, str]] = set()

    def check(self, account: str, address: str) -> None:
        """Refuse with 429 before anything is compared."""
        strange = (account, address) not in self._known
        if (
            self._pair.is_spent(f"{account} {address}")
            or self._address.is_spent(address)
            or (strange and self._account.is_spent(account))
        ):
            raise too_many()

    def fail(self, account: str, address: str) -> None:
        """A wrong guess."""
        self._pair.spend(f"{account} {address}")
        self._address.spend(address)
        self._account.spend(account)

    def succeed(self, account: str, address: str) -> None:
        """The right one."""
        self._pair.renew(f"{account} {address}")
        self._known.add((account, address))


def address_of(request: Request) -> str:
    """Who is connected. What a header says of it is not believed."""
    return request.client.host if request.client else "nowhere"


def too_many() -> HTTPException:
    """The refusal: it tells nothing of the account."""
    return HTTPException(429, "Too many tries. Come back later.", headers={"Retry-After": "900"})
