"""The limits of a route, ready to be counted.

- One `Limit` object is one budget, however many routes it reaches and however often they are judged.
- Limits of one name are one budget as well. A route that is reached by two of them counts once, at
  the higher cost.
- Policies have a name each, by which callers tell them apart: the limit's own, else its rate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from buckler.access.declarations.budget import Per
from buckler.access.declarations.declaration import Duty, Limitation
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.edge.counting import MOST_KEYS, Counter, counter_of
from buckler.edge.quota_fields import Quota
from buckler.events import EventLog


@dataclass(frozen=True, slots=True)
class Tally:
    """One limit at one route: where it is counted, under which key, at what cost."""

    counter: Counter
    key: Callable[[Exchange], str]
    cost: int
    quota: Quota
    told: bool
    """Whether callers are told of it."""
    by_cookie: bool
    """Whether it counts callers by cookie alone."""


class Ledger:
    """Every counter of an app's limits per request, or per message."""

    def __init__(self, clock: Clock, events: EventLog, per: Per, *, most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._events = events
        self._per = per
        self._most_keys = most_keys
        self._counters: dict[str | Limitation, Counter] = {}

    def tallies(self, duty: Duty) -> tuple[Tally, ...]:
        """The limits of a duty, each budget once."""
        chosen: dict[str | Limitation, Limitation] = {}
        for limit in duty.limits:
            if limit.budget.per == self._per:
                known = chosen.setdefault(_identity(limit), limit)
                if limit.cost > known.cost:
                    chosen[_identity(limit)] = limit
        limits = list(chosen.values())
        return tuple(map(self._tally, limits, policy_names(limits)))

    def _tally(self, limit: Limitation, name: str) -> Tally:
        budget = limit.budget
        quota = Quota(name, budget.rate)
        return Tally(self._counter(limit), budget.key(), limit.cost, quota, limit.told, limit.by_cookie)

    def _counter(self, limit: Limitation) -> Counter:
        identity = _identity(limit)
        if identity not in self._counters:
            rate = limit.budget.rate

            def tell() -> None:
                self._events.emit("sys_counter_full", limit=str(limit))

            self._counters[identity] = counter_of(rate, self._clock, tell, most_keys=self._most_keys)
        return self._counters[identity]


def policy_names(limits: Sequence[Limitation]) -> list[str]:
    """A name for each of the limits of one route, none of them twice."""
    names: list[str] = []
    for limit in limits:
        name = limit.budget.name or str(limit.budget.rate)
        same = sum(each == name or each.startswith(f"{name} no. ") for each in names)
        names.append(f"{name} no. {same + 1}" if same else name)
    return names


def _identity(limit: Limitation) -> str | Limitation:
    return limit.budget.name or limit
