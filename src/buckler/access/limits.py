"""Holding a caller to the rates that its route declares (ASVS 2.4.1; RFC 6585 section 4).

Where a caller is required, an account is counted by itself wherever it comes from. On a public
route the client's network is counted, whatever token it shows: else a stranger with ten accounts
would have ten budgets for guessing at the sign-in.
"""

from collections.abc import Sequence
from functools import partial
from math import ceil
from typing import Final

from buckler.access.declarations import Duty, Limitation
from buckler.access.passage import Passage, Step
from buckler.asgi import Exchange
from buckler.client_address import network_of
from buckler.clock import Clock
from buckler.edge.rates import Counter
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

    def step_for(self, duty: Duty) -> Step | None:
        if not duty.limits:
            return None
        counters = [self._counter(limit) for limit in duty.limits]
        hit = counters[0].hit if len(counters) == 1 else partial(_hit_all, counters)

        def step(exchange: Exchange) -> Refusal | None:
            wait = hit(_key(exchange))
            return LIMITED.with_headers((b"retry-after", b"%d" % ceil(wait))) if wait > 0 else None

        return step

    def _counter(self, limit: Limitation) -> Counter:
        """The counter of a declaration: one, however many routes it reaches and however often they are judged."""
        counter = self._counters.get(limit)
        if counter is None:
            counter = self._counters[limit] = Counter(limit.rate, self._clock)
        return counter


def _hit_all(counters: Sequence[Counter], key: str) -> float:
    """Count one event against every limit, or against none where one of them is reached."""
    wait = max(each.wait(key) for each in counters)
    return wait if wait > 0 else max(each.hit(key) for each in counters)


def _key(exchange: Exchange) -> str:
    if exchange.principal is not None:
        return "account " + exchange.principal.id
    return "client " + network_of(exchange.client)
