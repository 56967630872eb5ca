"""A budget of failed token checks for each client, refused before the check (ASVS 2.4.1, 6.3.1; RFC 6585 section 4).

- A check that finds a token not good counts against the client's network.
- Once the budget is spent, a request of that network with a bearer token is refused at the edge, before
  its route is looked for and before anything is verified: 429 with `Retry-After`.
- A token that was verified before and is still good is recalled from memory, and passes. So a stranger
  behind the same address does not sign the others out.
- A check that has not ended yet counts as one that failed: guesses sent side by side are no cheaper.
- A request without a bearer token costs no check, and passes. So does a cookie: a browser goes on sending one that
  has ended, and nobody guesses 256 bits.

Caveat: counts are per process. A good token that this process has not yet seen waits with the others; as does
any bearer token that is sent along to a public route, where nobody would have looked at it.
"""

from functools import lru_cache
from math import ceil
from typing import Final

from buckler.access.callers.authenticator import Authenticator, NotAccepted, check_caller
from buckler.access.callers.credential import bearer_token
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.defence import Arrival, Look, Shape
from buckler.edge.counting import counter_of
from buckler.edge.rates import Rate
from buckler.errors import Refusal
from buckler.ip_addresses import network_of
from buckler.principal import Principal

SPENT: Final = Refusal(
    429,
    "failed-checks",
    "Too many tokens from this network were not good; try again after the time in Retry-After.",
    event="excess_rate_limit_exceeded",
)
_AUTHORIZATION: Final = b"authorization"


class FailedChecks(Arrival):
    """Refuses to check another token of a client whose tokens failed too often."""

    name = "failed-checks"

    def __init__(self, authenticator: Authenticator, rate: Rate, clock: Clock) -> None:
        self._authenticator = authenticator
        self._named = f"authenticator={type(authenticator).__name__}"
        self.cookie: bytes = getattr(authenticator, "cookie", "").encode("ascii")
        """The name of the cookie that is a credential; empty for none."""
        self._known = authenticator.recall
        self.recall = authenticator.recall if _is_sound(authenticator, "recall") else self._recall_checked
        self.recall_cookie = self._recall_cookie_checked
        if self.cookie and _is_sound(authenticator, "recall_cookie"):
            self.recall_cookie = authenticator.recall_cookie
        self._counter = counter_of(rate, clock)
        self._now = clock.monotonic
        self._memory = 2 * rate.window
        self._alert_until = 0.0
        """Until then some client may have a failure that still counts. Zero is what most requests see."""
        self._at_once = rate.at_once
        self._under_way: dict[str, int] = {}
        """How many checks of a network have begun and not ended."""

    def look_for(self, shape: Shape) -> Look | None:
        return self.arrive if _AUTHORIZATION in shape.names else None

    def arrive(self, exchange: Exchange) -> Refusal | None:
        if not self._alert_until or _AUTHORIZATION not in exchange.headers:
            return None  # what nearly every request sees
        wait = self._wait(exchange)
        if wait <= 0:
            return None
        token = bearer_token(exchange)
        return None if token is None or self._known(token) is not None else _spent_for(ceil(wait))

    def _recall_checked(self, token: bytes) -> Principal | None:
        """What an app's own authenticator remembers. Raises `CallerUnfit` where that is no caller."""
        return self._fit(self._known(token))

    def _recall_cookie_checked(self, value: bytes) -> Principal | None:
        """The caller behind a cookie, from memory. Raises `CallerUnfit` where that is no caller."""
        return self._fit(self._authenticator.recall_cookie(value))

    async def check_cookie(self, exchange: Exchange, value: bytes) -> Principal | None:
        """The caller behind a cookie; None where it is not good: whoever asks is nobody. May raise `CallerUnfit`."""
        try:
            return self._fit(await self._authenticator.authenticate_cookie(value))
        except NotAccepted as error:
            exchange.reason, exchange.credential_refusal = error.reason, error.refusal
            return None

    def _fit(self, found: Principal | None) -> Principal | None:
        if found is not None:
            check_caller(found, self._named)
        return found

    async def check(self, exchange: Exchange, token: bytes) -> Principal | None:
        """The caller behind a token; for one that is not good None, and one failure more. May raise `CallerUnfit`."""
        network = network_of(exchange.client)
        begun = self._under_way.get(network, 0) + 1
        if begun > 1 and (begun > self._at_once or self._counter.look(network, begun)[0] > 0):
            exchange.credential_refusal = _spent_for(1)
            return None
        self._under_way[network] = begun
        try:
            principal = await self._authenticator.authenticate(token)
        except NotAccepted as error:
            exchange.reason = error.reason
            if error.refusal is not None:
                exchange.credential_refusal = error.refusal
                return None
            principal = None
        finally:
            self._end(network)
        if principal is None:
            self._counter.hit(network)
            self._alert_until = self._now() + self._memory
        else:
            check_caller(principal, self._named)
        return principal

    def _end(self, network: str) -> None:
        left = self._under_way[network] - 1
        if left:
            self._under_way[network] = left
        else:
            del self._under_way[network]

    async def withdraw(self, exchange: Exchange, token: bytes) -> None:
        """End a token that crossed the network in clear, unless this client may have none checked any more."""
        known = self._known(token) is not None
        if known or (not self._wait(exchange) and await self.check(exchange, token) is not None):
            await self._authenticator.withdraw(token)

    def _wait(self, exchange: Exchange) -> float:
        """Seconds until another token of this client may be checked; zero when it may now."""
        if self._now() >= self._alert_until:
            self._alert_until = 0.0
            return 0.0
        return self._counter.wait(network_of(exchange.client))


def _is_sound(authenticator: Authenticator, method: str) -> bool:
    """Whether what it recalls is a caller for certain: it recalls nothing, or is ours."""
    kind = type(authenticator)
    return getattr(kind, method, None) is getattr(Authenticator, method) or kind.__module__.startswith("buckler.")


@lru_cache(maxsize=128)
def _spent_for(seconds: int) -> Refusal:
    """Waits are few and short; thousands of answers share one."""
    return SPENT.with_headers((b"retry-after", b"%d" % seconds))
