"""Whether the caller may (ASVS 7.5.3, 8.2.1, 8.2.4; RFC 6750 section 3.1; RFC 9470 section 3).

In this order, each for every requirement that reaches the route:

1. Unknown caller on a route that is not public: 401.
2. Known caller of another kind, or without the right: 403, which names no right that is missing; the log does.
3. A proof too old or too weak: 401 with what would do, so that a client can ask for it.
4. A condition of the app's own that says no: 403. One that says neither yes nor no, or raises: 503.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from math import isfinite
from typing import Final, get_args

from buckler.access.declarations.conditions import Condition, told_condition
from buckler.access.declarations.declaration import Declaration, Duty, Requirement
from buckler.access.declarations.durations import told_duration
from buckler.access.doors.passage import Passage, Step
from buckler.asgi import Exchange, Scope
from buckler.clock import Clock
from buckler.errors import Refusal
from buckler.grants import EVERYTHING, grants_of
from buckler.principal import Factor, Kind, Principal

SIGN_IN: Final = Refusal(
    401,
    "sign-in-required",
    "Sign in first: this route needs an access token.",
    ((b"www-authenticate", b"Bearer"),),
    event="authn_token_missing",
)
FORBIDDEN: Final = Refusal(
    403,
    "forbidden",
    "This account may not do that.",
    ((b"www-authenticate", b'Bearer error="insufficient_scope"'),),
    event="authz_fail",
)
STEP_UP: Final = Refusal(
    401,
    "step-up-required",
    "Prove again who you are: this route needs a sign-in that is fresh and strong enough.",
    ((b"www-authenticate", b'Bearer error="insufficient_user_authentication"'),),
    event="authz_fail",
)
_LEEWAY: Final = 5
"""Seconds by which the clock of whoever asked for the proof may be ahead of ours."""
_FACTORS: Final = frozenset(get_args(Factor))
Check = Callable[[Exchange, Principal], Refusal | None]
"""What is asked of a known caller, from memory and without waiting."""


class Requirements(Passage):
    """Compares what the route needs with what the caller holds, is, and proved."""

    name = "requirements"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def step_for(self, duty: Duty) -> Step | None:
        if duty.public:
            return None
        rights, further = self._rights_of(duty), self._further_checks(duty)
        if not further:
            return rights
        conditions = [each.condition for each in duty.requirements if each.condition is not None]

        def step(exchange: Exchange) -> Refusal | Awaitable[Refusal | None] | None:
            refusal = rights(exchange)
            principal = exchange.principal
            if refusal is not None or principal is None:
                return refusal
            for check in further:
                refusal = check(exchange, principal)
                if refusal is not None:
                    return refusal
            return _ask(conditions, exchange, principal) if conditions else None

        return step

    def declared_by(self, duty: Duty, exchange: Exchange) -> Declaration | None:
        """The first requirement that the caller does not fulfil by itself; of conditions the one that was asked."""
        if exchange.principal is None:
            return next(iter((*duty.requirements, *duty.owned)), None)
        for each in duty.requirements:
            if self.refusal_by(duty, each, exchange.principal) is not None:
                return each
            if each.condition is not None and exchange.reason == told_condition(each.condition):
                return each
        return None

    def refusal_by(
        self, duty: Duty, each: Requirement, caller: Principal | None, asked: Exchange | None = None
    ) -> Refusal | None:
        """What one requirement says of a caller by itself, but for its condition. `asked` then has the reason."""
        alone = Requirement(each.permissions, each.where, kinds=each.kinds, step_up=each.step_up, factors=each.factors)
        step = self.step_for(replace(duty, declarations=(alone,), needs=alone.permissions))
        outcome = None if step is None else step(asked or asked_by(caller))
        return outcome if isinstance(outcome, Refusal) else None

    def _rights_of(self, duty: Duty) -> Callable[[Exchange], Refusal | None]:
        needs = duty.needs
        covering = {need: grants_of(need) for need in needs}

        def step(exchange: Exchange) -> Refusal | None:
            principal = exchange.principal
            if principal is None:
                return exchange.credential_refusal or SIGN_IN
            held = principal.permissions
            if needs <= held or EVERYTHING in held:
                return None
            missing = [need for need, grants in covering.items() if grants.isdisjoint(held)]
            if not missing:
                return None
            exchange.reason = "lacks " + " ".join(sorted(missing))
            return FORBIDDEN

        return step

    def _further_checks(self, duty: Duty) -> list[Check]:
        """What the requirements ask beside permissions: the strictest of each."""
        requirements = duty.requirements
        kinds = [each.kinds for each in requirements if each.kinds is not None]
        ages = [each.step_up for each in requirements if each.step_up is not None]
        factors = max((each.factors for each in requirements), default=1)
        checks: list[Check] = []
        if kinds:
            checks.append(partial(_check_kind, frozenset[Kind].intersection(*kinds)))
        if factors > 1:
            checks.append(partial(_check_factors, factors))
        if ages:
            checks.append(partial(self._check_age, min(ages), _stale(min(ages))))
        if not checks and any(each.condition is not None for each in requirements):
            checks.append(_pass)
        return checks

    def _check_age(self, longest: float, refusal: Refusal, exchange: Exchange, principal: Principal) -> Refusal | None:
        age = self._clock.now() - principal.authenticated_at
        if principal.authenticated_at > 0 and -_LEEWAY <= age <= longest:
            return None
        # A moment ahead, or in milliseconds, would be fresh for ever.
        is_known = principal.authenticated_at > 0 and isfinite(age) and age >= -_LEEWAY
        known = f"{int(age)} s ago" if is_known else "nobody knows when"
        exchange.reason = f"proved who it is {known}; at most {told_duration(longest)} ago is asked for"
        return refusal


def _check_kind(kinds: frozenset[Kind], exchange: Exchange, principal: Principal) -> Refusal | None:
    if principal.kind in kinds:
        return None
    exchange.reason = f"is a {principal.kind}; {' or '.join(sorted(kinds)) or 'nobody'} is asked for"
    return FORBIDDEN


def _check_factors(factors: int, exchange: Exchange, principal: Principal) -> Refusal | None:
    # Counted are kinds that there are, each once, whatever an authenticator of the app's own wrote.
    proved = len(_FACTORS.intersection(principal.factors))
    if proved >= factors:
        return None
    exchange.reason = f"proved who it is by {proved} kinds of factor; {factors} are asked for"
    return STEP_UP


def _pass(_exchange: Exchange, _principal: Principal) -> Refusal | None:
    """Nothing is asked but conditions."""
    return None


def _stale(longest: float) -> Refusal:
    """The refusal that says how fresh the proof must be (RFC 9470 section 3)."""
    told = b'Bearer error="insufficient_user_authentication", max_age=%d' % int(longest)
    return Refusal(401, STEP_UP.code, STEP_UP.detail, ((b"www-authenticate", told),), STEP_UP.event)


def _ask(
    conditions: Sequence[Condition], exchange: Exchange, principal: Principal
) -> Refusal | Awaitable[Refusal | None] | None:
    """The first no of the app's own conditions; awaitable from the first on that waits."""
    for place, condition in enumerate(conditions):
        answer = condition.ask(principal, exchange.scope)
        if condition.is_awaited:
            return _wait(answer, conditions[place:], exchange, principal)
        if not condition.holds(answer):
            return _refused_by(condition, exchange)
    return None


async def _wait(
    answer: Awaitable[object], conditions: Sequence[Condition], exchange: Exchange, principal: Principal
) -> Refusal | None:
    first, *others = conditions
    if not first.holds(await answer):
        return _refused_by(first, exchange)
    rest = _ask(others, exchange, principal)
    return rest if rest is None or isinstance(rest, Refusal) else await rest


def _refused_by(condition: Condition, exchange: Exchange) -> Refusal:
    exchange.reason = told_condition(condition)
    return FORBIDDEN


def asked_by(caller: Principal | None) -> Exchange:
    """An exchange of nobody's request, for a step that looks at the caller alone."""
    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": None, "scheme": "https"}
    exchange = Exchange(scope, owner=None)
    exchange.principal = caller
    return exchange
