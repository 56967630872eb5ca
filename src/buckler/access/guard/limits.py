"""Holding a caller to the rates that its route declares (ASVS 2.4.1; RFC 6585 section 4).

- Where a caller is required, an account is counted by itself wherever it comes from. On a public
  route the client's network is counted, whatever token it shows: else a stranger with ten accounts
  would have ten budgets for guessing at the sign-in.
- Of several limits all count a request or none does: what one of them refuses takes nothing of
  the others.
- Every answer says what is left (`RateLimit`), a refusal also when to come back (`Retry-After`),
  which policies were exceeded, and the `costs` where one is more than 1. A limit declared with
  `told=False` says only when.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil
from typing import Final

from buckler.access.callers.session_cookie import credential_cookie
from buckler.access.declarations.declaration import Declaration, Duty
from buckler.access.doors.passage import Passage, Step, only_one
from buckler.access.guard.tallies import Ledger, Tally
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.edge.counting import Taken
from buckler.edge.quota_fields import Quota, limit_field, policy_field, retry_after
from buckler.errors import Refusal
from buckler.events import EventLog

LIMITED: Final = Refusal(
    429,
    "route-limited",
    "Too many requests; try again after the time in Retry-After.",
    event="excess_rate_limit_exceeded",
)


class Limits(Passage):
    """Counts each request against every limit of its route."""

    name = "limits"

    def __init__(self, clock: Clock, events: EventLog) -> None:
        self._ledger = Ledger(clock, events, "request")

    def declared_by(self, duty: Duty, exchange: Exchange) -> Declaration | None:
        return only_one([each for each in duty.limits if each.budget.per == "request"])

    def step_for(self, duty: Duty) -> Step | None:
        tallies = self._ledger.tallies(duty)
        if len(tallies) == 1 and tallies[0].told and not tallies[0].by_cookie:
            return _one(tallies[0])
        return _Several(tallies) if tallies else None


def _one(tally: Tally) -> Step:
    """The step of most limited routes. Every request to them pays for it, so nothing is looked up twice."""
    take, key, cost, quota = tally.counter.take, tally.key, tally.cost, tally.quota
    policy = policy_field(quota.policy)
    limited, left_field = _exceeding(((quota.name, cost),)), quota.left_field

    @lru_cache(maxsize=256)
    def refusal(seconds: int) -> Refusal:
        # Waits are told in whole seconds: thousands of answers share one.
        return limited.with_headers(retry_after(seconds))

    def step(exchange: Exchange) -> Refusal | None:
        taken = take(key(exchange), cost)
        if taken[0] > 0:
            exchange.answer_fields = (*exchange.answer_fields, policy, limit_field(quota.refused(taken)))
            return refusal(ceil(taken[0]))
        exchange.answer_fields = (*exchange.answer_fields, policy, left_field(taken))
        return None

    return step


class _Several:
    """The step of a route with several limits, or with one that is not told, or not for everybody."""

    def __init__(self, tallies: Sequence[Tally]) -> None:
        self._tallies = tallies
        self._others = [tally for tally in tallies if not tally.by_cookie]
        self._policy = policy_field(*(tally.quota.policy for tally in tallies if tally.told))
        self._exceeding = lru_cache(maxsize=64)(_exceeding)

    def __call__(self, exchange: Exchange) -> Refusal | None:
        tallies = self._others if credential_cookie(exchange) is None else self._tallies
        if not tallies:
            return None
        counted = [(tally, tally.key(exchange)) for tally in tallies]
        looks = [tally.counter.look(key, tally.cost) for tally, key in counted]
        wait = max(look[0] for look in looks)
        if wait > 0:
            self._tell(exchange, tallies, looks, Quota.refused)
            return self._refusal(tallies, looks).with_headers(retry_after(wait))
        self._tell(exchange, tallies, [tally.counter.take(key, tally.cost) for tally, key in counted], Quota.left)
        return None

    def _tell(
        self, exchange: Exchange, tallies: Sequence[Tally], taken: Sequence[Taken],
        item: Callable[[Quota, Taken], bytes],
    ) -> None:  # fmt: skip
        items = [item(tally.quota, each) for tally, each in zip(tallies, taken, strict=True) if tally.told]
        if items:
            exchange.answer_fields = (*exchange.answer_fields, self._policy, limit_field(*items))

    def _refusal(self, tallies: Sequence[Tally], looks: Sequence[Taken]) -> Refusal:
        pairs = zip(tallies, looks, strict=True)
        return self._exceeding(
            tuple((tally.quota.name, tally.cost) for tally, look in pairs if tally.told and look[0] > 0)
        )


def _exceeding(policies: tuple[tuple[str, int], ...]) -> Refusal:
    """The refusal that names the policies exceeded, as far as they are told; ready to be answered many times."""
    if not policies:
        return LIMITED
    extra: list[tuple[str, object]] = [("violated-policies", [name for name, _ in policies])]
    if any(cost > 1 for _, cost in policies):
        # Else a caller who reads that six are left would not know why it was refused.
        extra.append(("costs", [cost for _, cost in policies]))
    return Refusal(LIMITED.status, LIMITED.code, LIMITED.detail, (), LIMITED.event, tuple(extra))
