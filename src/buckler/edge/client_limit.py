"""No client asks more often than one client plausibly does, whatever it asks for (ASVS 2.4.1).

- Counted before routing: a 404, a refusal and a crash cost the client as much as an answer.
- A client is its network: an IPv4 address, the /64 of an IPv6 one. Those without an address, such
  as a Unix socket's, count as one.
- A WebSocket counts when it is opened.
- It can be set high and never off: a client that may ask without end is the start of most floods.

The fields that tell of a quota come with the refusal alone: on every answer they would cost more
than the limit does, and tell a stranger how much it takes to be noticed.
"""

from functools import lru_cache
from math import ceil
from typing import Final

from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.defence import Arrival
from buckler.edge.counting import MOST_KEYS, counter_of
from buckler.edge.quota_fields import Quota, limit_field, policy_field, retry_after
from buckler.edge.rates import Rate
from buckler.errors import Refusal
from buckler.events import EventLog
from buckler.ip_addresses import network_of

CODE: Final = "client-limited"
DETAIL: Final = "This client asks too often; try again after the time in Retry-After."
NAME: Final = "client"
_WAITS: Final = 256


class ClientLimit(Arrival):
    """Counts every request of a client against `rate`."""

    name = "client-limit"

    def __init__(self, rate: Rate, clock: Clock, events: EventLog, *, most_clients: int = MOST_KEYS) -> None:
        counter = counter_of(
            rate, clock, lambda: events.emit("sys_counter_full", limit=str(rate)), most_keys=most_clients
        )
        self._hit = counter.hit
        self._quota = Quota(NAME, rate)
        self._policy = policy_field(self._quota.policy)
        self._refused = Refusal(
            429, CODE, DETAIL, event="excess_rate_limit_exceeded", extra=(("violated-policies", [NAME]),)
        )
        # Thousands of answers share one: a flood waits the same few numbers of seconds.
        self._refusal = lru_cache(maxsize=_WAITS)(self._refuse)

    def arrive(self, exchange: Exchange) -> Refusal | None:
        wait = self._hit(network_of(exchange.client))
        # In whole seconds, as both fields tell it.
        return self._refusal(ceil(wait)) if wait > 0 else None

    def _refuse(self, wait: int) -> Refusal:
        item = self._quota.refused((wait, 0, wait))
        return self._refused.with_headers(retry_after(wait), self._policy, limit_field(item))
