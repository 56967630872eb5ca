"""D101: does anybody get what needs a caller?

1. What the policy opens to nobody unsigned, or the document asks a credential for, is asked for without one.
2. Where neither says so, an answer to anybody counts only with evidence of this drill: it carries what is private to
   an account; the app refuses anybody the object that it stands within; every route that reads beside it in the same
   place refuses anybody; or it changes what an account made, and what reads it refuses anybody.
   That some other route asks for a caller says nothing: a profile may be public where its settings are not.
3. The control is the same request by somebody who may.
4. Who is refused without a token shows one that is nonsense: whoever is let in by that is anybody.
5. What would leave nobody in is asked for when all other attacks are through (`at_the_end.py`).
"""

from typing import Final

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.at_the_end import at_the_end
from buckler.drill.attacks.access.controls import first_control, repeated, who_may
from buckler.drill.attacks.access.doors import SOUNDS_PUBLIC, is_door, is_way_in, sounds_public
from buckler.drill.attacks.access.evidence import (
    beside,
    is_for_administrators,
    place_of,
    refusal_of,
    withstood,
)
from buckler.drill.attacks.access.excessive_data import secret_in
from buckler.drill.attacks.access.owned import private_value, texts_of
from buckler.drill.attacks.alike import same_outcome
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.names import of_collection
from buckler.drill.plan.route import Route
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request
from buckler.randomness import identifier

ABOUT: Final = About(
    id="D101",
    name="missing authentication",
    family="access",
    severity="critical",
    sends="Requests that work for somebody who is signed in, without any credential.",
    proves="Anybody reads or changes what needs a caller.",
    cwe=(306,),
    owasp=("API2", "API5"),
    asvs=("8.2.1", "8.3.1"),
    fix="Ask for a caller on the route: `Requires()`, or the dependency that the routes beside it use.",
)

_NONSENSE: Final = "Anybody is let in with a token that nobody gave out: that there is one is all that is looked at."


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        yield await _judge(on, route)


async def _judge(on: Engagement, route: Route) -> Verdict:
    declared = on.declared(route, ANONYMOUS)
    if declared == "yes":
        return NotApplicable(route.key, "anybody may, by the policy")
    if declared is None and is_way_in(on, route):
        return NotApplicable(route.key, "people come in here")
    if declared is None and is_door(route) and not route.is_safe:
        return Untested(route.key, SOUNDS_PUBLIC)
    allowed = who_may(on, route)
    if not allowed:
        return Untested(route.key, on.cast.missing.get("people", "nobody is there who may"))
    control = await first_control(on, route, allowed)
    if isinstance(control, Untested):
        return await _without_control(on, route, control) if declared is not None or route.secured else control
    exchange, owner = control
    again = await repeated(on, route, exchange, owner)
    if isinstance(again, Untested):
        return again
    attacked = await on.ask(again, ANONYMOUS)
    if not same_outcome(exchange.answer, attacked.answer):
        nonsense = await _with_nonsense(on, route, owner, again, (exchange, attacked))
        return nonsense or await withstood(on, attacked, route, ANONYMOUS)
    words = await _words(on, route, owner, attacked, declared is not None)
    if words is None:
        return NotApplicable(route.key, "nothing says that it needs a caller")
    if declared is None and sounds_public(route):
        return Untested(route.key, f"{SOUNDS_PUBLIC}, though: {words}")
    return Finding(route.key, words, attacked, (exchange,))


async def _with_nonsense(
    on: Engagement, route: Route, owner: Identity, request: Request, before: tuple[Exchange, Exchange]
) -> Finding | None:
    """What came of the same with a bearer token that nobody gave out, where the owner shows one and anybody is refused.

    `before` are the control and the refusal.
    """
    control, refusal = before
    names = [name for name, value in owner.headers if value.lower().startswith("bearer ")]
    if not names or refusal.answer.meant not in (401, 403):
        return None
    shown = Identity(ANONYMOUS.name, None, ((names[0], f"Bearer drill-{identifier()}"),))
    attacked = await on.ask(request, shown)
    if not same_outcome(control.answer, attacked.answer):
        return None
    return Finding(route.key, _NONSENSE, attacked, before)


async def _without_control(on: Engagement, route: Route, why: Untested) -> Verdict:
    """Nobody's request worked, yet a refusal of anybody is one: a caller is asked for before anything else."""
    if not on.may_send(route.method):
        return why
    attacked = await on.ask(draft_for(on, route, ANONYMOUS).request(), ANONYMOUS)
    return Clean(route.key) if attacked.answer.meant in (401, 403) else why


async def _words(on: Engagement, route: Route, owner: Identity, attacked: Exchange, declared: bool) -> str | None:
    if declared:
        return "The policy lets nobody in here without a caller, and anybody was let in."
    if route.secured:
        return "The document asks for a credential here, and the app does not."
    what = private_value(attacked.answer, owner)
    if what is not None:
        return f"Anybody is told {what} of another account."
    secret = secret_in(attacked)
    if secret is not None:
        return f"Anybody is told a secret. {secret}"
    refusal = await _told_elsewhere(on, route, owner, attacked)
    if refusal is not None:
        return f"Anybody is told what an account wrote, though {refusal.request.method} {refusal.request.path} refuses."
    refusal = await _contradiction(on, route)
    if refusal is None:
        return None
    return f"Anybody is let in, though {refusal.request.method} {refusal.request.path} beside it asks for a caller."


async def _told_elsewhere(on: Engagement, route: Route, owner: Identity, attacked: Exchange) -> Exchange | None:
    """The refusal of anybody by a route that reads the same things, where the answer has what only `owner` wrote."""
    made = [each for each in on.pool.made_by(owner) if any(map(attacked.answer.tells, texts_of(on, each)))]
    kinds = {each.collection for each in made}
    return await refusal_of(
        on, [each for each in on.routes if each.key != route.key and of_collection(each) in kinds], ANONYMOUS
    )


async def _contradiction(on: Engagement, route: Route) -> Exchange | None:
    """A refusal of anybody that can hardly be meant, where this route lets anybody in; None where there is none."""
    if not route.params:
        return await _for_administrators(on, route)
    above = [each for each in on.routes if each.is_safe and each.params and _is_above(each, route)]
    found = await refusal_of(on, above, ANONYMOUS)
    if found is not None or (route.segments[-1].startswith("{") and route.is_safe):
        return found
    if not route.is_safe:
        return await refusal_of(on, beside(on, route), ANONYMOUS)
    level = [each for each in on.routes if each.key != route.key and each.is_safe and _is_level(each, route)]
    several = [await refusal_of(on, [each], ANONYMOUS) for each in level]
    return several[0] if len(several) > 1 and all(each is not None for each in several) else None


async def _for_administrators(on: Engagement, route: Route) -> Exchange | None:
    """The refusal of a route beside, where both stand below a word for administrators."""
    below = [each for each in beside(on, route) if place_of(each)[:1] == place_of(route)[:1]]
    return await refusal_of(on, below, ANONYMOUS) if is_for_administrators("/".join(place_of(route)[:1])) else None


def _is_above(one: Route, route: Route) -> bool:
    """Whether a route shows the object that the other one stands within, or is about."""
    size = len(one.segments)
    return one.key != route.key and one.segments[-1].startswith("{") and route.segments[:size] == one.segments


def _is_level(one: Route, route: Route) -> bool:
    """Whether two routes stand within the same object."""
    last = max(place for place, part in enumerate(route.segments) if part.startswith("{"))
    return len(one.segments) > last + 1 and one.segments[: last + 1] == route.segments[: last + 1]


ATTACK: Final = Attack(ABOUT, _verdicts, last=at_the_end)
