"""D102: does an account do what only others may?

1. Where the policy says no to a role, an account of that role asks what works for one that may.
2. Where no policy is, an administrator's request is asked by an ordinary account. That it worked counts where the route
   itself says whom it is for (its words name administrators, or its path begins with a role that the account does not
   have), or where it refuses nobody of those that the routes beside it refuse.
3. Where no administrator is known, what only one may is not known either, and untested.
4. The control is the same request by somebody who may. Where nobody's worked, it is one that failed for what it asked
   and not for who asked: a role that the policy keeps out meets a refusal before that.
"""

from dataclasses import replace
from typing import Final

from buckler.drill.attack import About, Attack, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.controls import as_shown, first_control, let_in, passed_the_door, repeated, who_may
from buckler.drill.attacks.access.doors import SOUNDS_PUBLIC, is_door, is_way_in, sounds_public
from buckler.drill.attacks.access.evidence import is_for_administrators, place_of, withstood
from buckler.drill.attacks.alike import same_outcome
from buckler.drill.engagement import Engagement
from buckler.drill.people.harm import account_slots
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.names import of_collection
from buckler.drill.plan.route import Route
from buckler.drill.preparing.oneself import is_oneself
from buckler.drill.preparing.spare import stand_in
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D102",
    name="missing function-level authorization",
    family="access",
    severity="high",
    sends="Requests that work for a more powerful account, as one that may not.",
    proves="An account uses a function that its role does not have.",
    cwe=(285, 862),
    owasp=("API5",),
    asvs=("8.2.1", "8.3.1"),
    fix='Ask for the permission on the route: `Requires("...")`, or the check of the role that the routes beside use.',
)

_NO_POWER: Final = "no more powerful account is known"


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        for who in _lesser(on):
            yield await _judge(on, route, who)


def _lesser(on: Engagement) -> tuple[Identity, ...]:
    """One account of each role but the most powerful one: two of one role meet the same rule."""
    seen: dict[str | None, Identity] = {}
    for each in on.cast.ordinary:
        seen.setdefault(each.role, each)
    return tuple(seen.values())


async def _judge(on: Engagement, route: Route, who: Identity) -> Verdict:
    declared = on.declared(route, who)
    if declared not in (None, "no"):
        return NotApplicable(route.key, "this role may", who.name)
    unneeded = _unneeded(on, route, who) if declared is None else None
    if unneeded is not None:
        return unneeded
    allowed = who_may(on, route) if declared == "no" else tuple(filter(None, (on.cast.administrator,)))
    control = await first_control(on, route, allowed)
    if isinstance(control, Untested):
        return await _without_control(on, route, who, control, allowed) if declared == "no" else control
    exchange, owner = control
    again = await repeated(on, route, exchange, owner)
    if isinstance(again, Untested):
        return again
    asking = await as_shown(on, who, owner)
    if not isinstance(asking, Untested) and not account_slots(route, on.slots(route)):
        # What names accounts harms the one that it names, and what names none whoever sends it.
        asking = await stand_in(on, route, asking)
    if isinstance(asking, Untested):
        return replace(asking, route=route.key)
    attacked = await on.ask(again, asking)
    if not same_outcome(exchange.answer, attacked.answer):
        return await withstood(on, attacked, route, asking, who.name)
    words = await _words(on, route, asking, declared == "no")
    if words is None:
        return NotApplicable(route.key, "nothing says that it is for others", who.name)
    if declared is None and sounds_public(route) and not (await on.ask(again, ANONYMOUS)).answer.refused:
        return Untested(route.key, SOUNDS_PUBLIC, who.name)
    return Finding(route.key, words, attacked, (exchange,), who.name)


def _unneeded(on: Engagement, route: Route, who: Identity) -> NotApplicable | Untested | None:
    """Why nothing is asked where no policy says who may; None where it is."""
    if is_way_in(on, route) or is_oneself(route):
        return NotApplicable(route.key, "everybody does this", who.name)
    if on.cast.administrator is None:
        if route.secured is False or sounds_public(route):
            return NotApplicable(route.key, "it asks for nobody in particular", who.name)
        missing = on.cast.missing.get("administrator", _NO_POWER)
        return Untested(route.key, f"what only administrators may is not known: {missing}", who.name)
    if is_door(route) and not route.is_safe and not is_for_administrators(route.words):
        return Untested(route.key, SOUNDS_PUBLIC, who.name)
    return None


async def _without_control(
    on: Engagement, route: Route, who: Identity, why: Untested, allowed: tuple[Identity, ...]
) -> Verdict:
    """Nobody's request worked. Who is refused shows all the same, beside somebody whose request failed by itself."""
    if not on.may_send(route.method):
        return why
    passed = await let_in(on, route, allowed)
    if passed is None:
        return why
    exchange, owner = passed
    asking = await as_shown(on, who, owner)
    if isinstance(asking, Untested):
        return replace(asking, route=route.key)
    attacked = await on.ask(exchange.request, asking)
    if attacked.answer.meant in (401, 403):
        return await withstood(on, attacked, route, asking, who.name)
    if not passed_the_door(attacked.answer) or attacked.answer.meant != exchange.answer.meant:
        return why
    anybody = await on.ask(exchange.request)
    if passed_the_door(anybody.answer):
        return why
    words = f"The policy gives this to other roles, and {who.role or 'an ordinary account'} got past the same check."
    return Finding(route.key, words, attacked, (exchange, anybody), who.name)


async def _words(on: Engagement, route: Route, who: Identity, declared: bool) -> str | None:
    role = who.role or "ordinary account"
    if declared:
        return f"The policy gives this to other roles, and {role} was let in."
    anybody = await on.ask(draft_for(on, route, ANONYMOUS).request(), ANONYMOUS) if route.is_safe else None
    if anybody is not None and not anybody.answer.refused:
        return None
    if is_for_administrators(route.words):
        return f"Its own words say that it is for administrators, and {role} was let in."
    first = next(iter(place_of(route)), "").lower()
    if first in _other_roles(on, who):
        return f"Its path begins with the role {first}, and {role} was let in."
    refusal = None if route.is_safe else await _may_not_add(on, route, who)
    if refusal is not None:
        return f"{role} was let in, though {refusal.request.method} {refusal.request.path} refuses that account."
    return None


def _other_roles(on: Engagement, who: Identity) -> frozenset[str]:
    """The roles that others have and this one has not."""
    return frozenset(each.role.lower() for each in on.cast.people if each.role) - {(who.role or "").lower()}


async def _may_not_add(on: Engagement, route: Route, who: Identity) -> Exchange | None:
    """The refusal of this account to add to what the route changes: a rule of roles, as nobody's object is named."""
    for each in on.routes:
        same = each.key != route.key and of_collection(each) == of_collection(route)
        if same and each.method in ("POST", "PUT") and not each.params:
            exchange = await on.ask(draft_for(on, each, who).request(), who)
            if exchange.answer.meant == 403:
                return exchange
    return None


ATTACK: Final = Attack(ABOUT, _verdicts)
