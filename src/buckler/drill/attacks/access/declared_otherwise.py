"""D112: does the app declare what was committed?

1. The policy file and what the app declares are compared, member by member (`plan/differences.py`). Nothing has to be
   sent for it: the one request to each such route shows what the caller meets who has gained most.
2. Whatever the app opens is a finding of some weight. What it only shuts is one of low weight: the file is out of date,
   or the app is.
3. One finding for each route, and one for what is not about a route. The control is the same request of a caller of
   whom both say the same, or of nobody.
4. Without a policy file there is nothing to compare with.
"""

from itertools import groupby
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Severity, Untested, Verdict, Verdicts
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.declared import Truth
from buckler.drill.plan.differences import SOMEBODY, Difference, differences
from buckler.drill.plan.route import Route
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D112",
    name="declared otherwise than committed",
    family="access",
    severity="high",
    sends="One request to each route of which the app declares something else than the policy file.",
    proves="What was reviewed and committed is not what the app does now.",
    cwe=(284, 1188),
    owasp=("API5", "API9"),
    asvs=("8.1.1",),
    fix="Mend the declaration. If the change is meant, write the policy anew, `buckler policy main:app --write"
    " policy.json`, and have it reviewed.",
)
_MOST_WORDS: Final = 4
"""Differences told of one route; the rest are counted."""


async def _verdicts(on: Engagement) -> Verdicts:
    truth, own = on.setting.truth, on.setting.own_truth
    if truth is None or own is None or truth is own:
        yield Untested(EVERYWHERE, "there is no committed policy file beside the app's own declarations")
        return
    found = {key: tuple(several) for key, several in groupby(differences(truth, own), lambda each: each.route)}
    for key, several in found.items():
        yield await _told(on, key, several, (truth, own))
    for route in on.routes:
        if route.key in truth.routes and route.key not in found:
            yield Clean(route.key)


async def _told(on: Engagement, key: str, several: tuple[Difference, ...], both: tuple[Truth, Truth]) -> Verdict:
    there = {None, *(each.role for each in on.cast.people)}
    first = max(several, key=lambda each: (each.opens, each.gains in there, each.gains != SOMEBODY))
    route = next((each for each in on.routes if each.key == key), None) or _any_route(on)
    if route is None:
        return Untested(key, "; ".join(each.words for each in several[:_MOST_WORDS]))
    gaining = await _somebody(on, route, first.gains)
    other = await _of_whom_both_agree(on, route, both)
    attacked, control = await _asked(on, route, gaining), await _asked(on, route, other)
    more = f"; and {len(several) - _MOST_WORDS} more" if len(several) > _MOST_WORDS else ""
    words = "; ".join(each.words for each in several[:_MOST_WORDS]) + more
    return Finding(key, words, attacked, (control,), gaining.name, severity=_weight(several))


def _weight(several: tuple[Difference, ...]) -> Severity:
    if not any(each.opens for each in several):
        return "low"
    return "high" if any(each.opens and each.gains != SOMEBODY for each in several) else "medium"


def _any_route(on: Engagement) -> Route | None:
    """For what is not about a route that can be asked: the one that says who is calling, or the first that is safe."""
    entry = on.cast.entry
    own = entry.me if entry is not None else None
    return own or next((each for each in on.routes if each.is_safe), None)


async def _somebody(on: Engagement, route: Route, role: str | None) -> Identity:
    """A holder of the role. Somebody new where the request may end what the others hold."""
    if role is None or role == SOMEBODY:
        return ANONYMOUS
    new = None if route.is_safe else await on.cast.newcomers.arrive(role)
    return new or next((each for each in on.cast.people if each.role == role), ANONYMOUS)


async def _of_whom_both_agree(on: Engagement, route: Route, both: tuple[Truth, Truth]) -> Identity:
    """Somebody who may the same by either; nobody at all where there is none, or where the request is not safe."""
    committed, declared = (each.routes.get(route.key) for each in both)
    if committed is None or declared is None or not route.is_safe:
        return ANONYMOUS
    return next((each for each in on.cast.people if committed.may(each.role) == declared.may(each.role)), ANONYMOUS)


async def _asked(on: Engagement, route: Route, who: Identity) -> Exchange:
    return await on.ask(draft_for(on, route, who).request(), who)


ATTACK: Final = Attack(ABOUT, _verdicts)
