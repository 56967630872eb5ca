"""Holding a caller to the rates that its route declares (ASVS 2.4.1; RFC 6585 section 4).

Where a caller is required, an account is counted by itself wherever it comes from. On a public
route the client's network is counted, whatever token it shows: else a stranger with ten accounts
would have ten budgets for guessing at the sign-in.
"""

from math import ceil
from typing import Final

from buckler.access.declarations import Duty, Limitation
from buckler.access.passage import Passage
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.edge.rates import Counter, network_of
from buckler.errors import Refusal

LIMITED: Final = Refusal(
    429, "limited", "Too many requests; try again after the time in Retry-After.", event="excess_rate_limit_exceeded"
)


class Limits(Passage):
    """Counts each request against every limit of its route."""

    name = "limits"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counters: dict[Limitation, Counter] = {}

    def concerns(self, duty: Duty) -> bool:
        return bool(duty.limits)

    def admit(self, exchange: Exchange, duty: Duty) -> Refusal | None:
        key = _key(exchange)
        wait = self._hit(key, duty.limits)
        if wait <= 0:
            return None
        return LIMITED.with_headers((b"retry-after", b"%d" % ceil(wait)))

    def _hit(self, key: str, limits: tuple[Limitation, ...]) -> float:
        """Count one event against every limit, or against none where one of them is reached."""
        counters = [self._counter(limit) for limit in limits]
        wait = max(each.wait(key) for each in counters) if len(counters) > 1 else 0.0
        return wait if wait > 0 else max([each.hit(key) for each in counters])

    def _counter(self, limit: Limitation) -> Counter:
        counter = self._counters.get(limit)
        if counter is None:
            counter = self._counters[limit] = Counter(limit.rate, self._clock)
        return counter


def _key(exchange: Exchange) -> str:
    if exchange.principal is not None:
        return "account " + exchange.principal.id
    return "client " + network_of(exchange.client)
