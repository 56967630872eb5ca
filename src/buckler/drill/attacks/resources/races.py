"""D506: can what is there once be used several times at the same moment?

1. Routes whose words say redeem, claim, accept, transfer and the like are given a coupon, a code, an invitation or a
   sum that somebody new has. It works once, and the same is refused the second time: that is the control.
2. Somebody else who is new sends it with a thing not used yet, eight times at once; and where a thing is anybody's, two
   people do. It counts where more than one of them worked.
3. Where the second one is not refused there is nothing that can be used only once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.resources.single_use import candidates, look_around, uses_once
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import prepared
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D506",
    name="used several times at once",
    family="resources",
    severity="high",
    sends="Eight equal requests at the same moment, with a thing that can be used once.",
    proves="A coupon, a code or a sum is worth several times what it is worth.",
    cwe=(362, 367),
    owasp=("API6",),
    asvs=("2.3.3", "15.4.2"),
    fix="Use it up in one step: `UPDATE ... SET used = true WHERE id = ... AND NOT used`, and count the rows it met.",
)
_AT_ONCE: Final = 8
_REFUSALS: Final = (400, 402, 403, 404, 409, 410, 412, 422)
_MOST_ROUTES: Final = 12


@dataclass(frozen=True, slots=True)
class _Once:
    """A use that worked, and the same once more, which did not."""

    worked: Exchange
    refused: Exchange


async def _verdicts(on: Engagement) -> Verdicts:
    left = _MOST_ROUTES
    for route in on.routes:
        if not uses_once(on, route):
            yield NotApplicable(route.key, "nothing says that something is used there")
        elif left:
            left -= 1
            yield await _judge(on, route)
        else:
            yield Untested(route.key, f"{_MOST_ROUTES} routes of the kind were tried")


async def _judge(on: Engagement, route: Route) -> Verdict:
    if not on.may_send(route.method):
        return Untested(route.key, f"{route.method} changes something, and --writes was not given")
    known = on.cast.pair
    if known is None:
        return Untested(route.key, on.cast.why_no_pair)
    if not await _drafts(on, route, known[0], known[1]):
        return Untested(route.key, "nothing is known that a request could use there")
    people = [await on.cast.newcomers.arrive(known[0].role) for _ in range(3)]
    new = [each for each in people if each is not None]
    if len(new) < len(people):
        return Untested(route.key, "no new accounts can be made, whose things are not used yet")
    once = await _once(on, route, new[0], known[0])
    if isinstance(once, Untested | NotApplicable):
        return once
    return await _race(on, route, once, (new[1], new[2]), known[0])


async def _drafts(on: Engagement, route: Route, who: Identity, other: Identity) -> list[Draft]:
    """Requests of `who` with things that were not used yet, as far as it is known."""
    await look_around(on, route, other)
    await look_around(on, route, who)
    draft = await prepared(on, route, who)
    return [] if isinstance(draft, Untested) else list(candidates(on, route, draft, who, other))


async def _once(on: Engagement, route: Route, who: Identity, other: Identity) -> _Once | Untested | NotApplicable:
    why = "nothing is known that a request could use there"
    for draft in await _drafts(on, route, who, other):
        worked = await on.ask(draft.request(), who)
        if not worked.answer.worked:
            why = f"nothing could be used there: {worked.answer.outcome}"
            continue
        again = await on.ask(draft.request(), who)
        if again.answer.meant in _REFUSALS:
            return _Once(worked, again)
        return NotApplicable(route.key, "the same may be done twice, one after the other", who.name)
    return Untested(route.key, why, who.name)


async def _race(
    on: Engagement, route: Route, once: _Once, people: tuple[Identity, Identity], other: Identity
) -> Verdict:
    first, second = people
    tried = False
    for callers in ((first,), (second, first)):
        drafts = await _drafts(on, route, callers[0], other)
        for draft in drafts:
            answers = await _at_once(on, draft, callers)
            worked = [each for each in answers if each.answer.worked]
            if len(worked) > 1:
                return _finding(route, once, worked, callers)
            tried = tried or bool(worked)
            if worked:
                break
    if not tried:
        return Untested(route.key, "nothing was left to use at once", first.name)
    return Clean(route.key, first.name)


async def _at_once(on: Engagement, draft: Draft, callers: Sequence[Identity]) -> list[Exchange]:
    request = draft.request()
    return await on.all_at_once((request, callers[number % len(callers)]) for number in range(_AT_ONCE))


def _finding(route: Route, once: _Once, worked: Sequence[Exchange], callers: Sequence[Identity]) -> Finding:
    who = "one account" if len(callers) == 1 else "two accounts"
    words = f"Of {_AT_ONCE} equal requests at once by {who}, {len(worked)} worked; one after the other, one does."
    return Finding(route.key, words, worked[1], (once.worked, once.refused), "a newcomer")


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
