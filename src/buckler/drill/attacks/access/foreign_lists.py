"""D111: does a list tell of what is another account's?

1. The owner makes an object with a text of its own, and a stranger of the same role asks for the list.
2. Where the list shows it to the stranger, it tells too much if the policy or the app keeps such objects apart: the
   stranger is refused the object by its id; or anybody unsigned is refused the list, such things sound like one
   person's (a message, not an article), and a field beside the text names the owner.
3. The control is the object as its owner reads it, or the list as its owner has it.
"""

from collections.abc import AsyncGenerator, Mapping
from typing import Final, cast

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.doors import is_way_in
from buckler.drill.attacks.access.owned import owner_shown, sounds_private, texts_of
from buckler.drill.attacks.access.whose import Group, Pair, groups, worst
from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.engagement import Engagement
from buckler.drill.objects.choosing import Known
from buckler.drill.objects.reading import objects
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.names import of_collection
from buckler.drill.plan.route import Route, in_order
from buckler.drill.preparing.making import make, one_of, sources
from buckler.drill.preparing.tries import tries_of
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D111",
    name="list shows objects of other accounts",
    family="access",
    severity="high",
    sends="Lists, as an account that was refused one of the objects in it.",
    proves="A list tells what the check of a single object hides.",
    cwe=(639, 200),
    owasp=("API1", "API3"),
    asvs=("8.2.2",),
    fix="Put the rule of the object into the query of the list as well: `visible_to(who)`.",
)


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        if route.method == "GET" and not route.params and sources(on, route, one_of(route)):
            yield await _judge(on, route)


async def _judge(on: Engagement, route: Route) -> Verdict:
    if is_way_in(on, route):
        return NotApplicable(route.key, "people come in here")
    known = groups(on)
    if not known:
        return Untested(route.key, on.cast.why_no_pair)
    return await worst(_of_groups(on, route, known), route, "this role may not")


async def _of_groups(on: Engagement, route: Route, known: tuple[Group, ...]) -> AsyncGenerator[Verdict]:
    for group in known:
        if on.declared(route, group.owner) == "no":
            yield NotApplicable(route.key, "this role may not", group.owner.name)
            continue
        if not await make(on, route, one_of(route), group.owner):
            yield _nothing_made(on, route, group.owner)
            continue
        made = on.pool.made_by(group.owner, of_collection(route))
        for pair in group.pairs:
            yield await _by_stranger(on, route, pair, made[0]) if made else Untested(route.key, "nothing was made")


def _nothing_made(on: Engagement, route: Route, who: Identity) -> Verdict:
    """Whether nobody may put anything into the list, or it could not be done here."""
    making = [each for each in sources(on, route, one_of(route)) if each.method == "POST"]
    if all(on.declared(each, who) == "no" for each in making):
        return NotApplicable(route.key, f"no request of {who.name} puts anything into it", who.name)
    if not on.may_send("POST"):
        return Untested(route.key, "putting something into it changes something, and --writes was not given", who.name)
    return Untested(route.key, f"{who.name} could put nothing into it: {tries_of(on).why(making, who)}", who.name)


async def _by_stranger(on: Engagement, route: Route, pair: Pair, made: Known) -> Verdict:
    name = pair.stranger.name
    draft = draft_for(on, route, pair.stranger)
    for slot in in_order(route):
        draft = draft if slot.required else draft.put(slot, ABSENT)
    mine = await on.ask(draft.request(), pair.owner)
    listed = await on.ask(draft.request(), pair.stranger)
    if not listed.answer.worked:
        return Untested(route.key, f"the list was not given: {listed.answer.outcome}", name)
    text = next((each for each in texts_of(on, made) if listed.answer.tells(each)), None)
    if text is None:
        shown = mine.answer.worked and any(mine.answer.tells(each) for each in texts_of(on, made))
        return Clean(route.key, name) if shown else NotApplicable(route.key, "it does not show what was made", name)
    apart = await _kept_apart(on, route, pair, made)
    if apart is not None:
        words = "The list shows an object that this account is refused by its id."
        return Finding(route.key, words, listed, apart, name)
    anybody = await on.ask(draft.request(), ANONYMOUS)
    field = _owner_beside(on, listed, text, pair)
    if field is None or not anybody.answer.refused or not sounds_private((of_collection(route), *route.segments)):
        return NotApplicable(route.key, "objects are not kept apart here", name)
    words = f"The list shows what another account made to this one, and {field} names the other."
    return Finding(route.key, words, listed, (mine, anybody), name)


async def _kept_apart(on: Engagement, route: Route, pair: Pair, made: Known) -> tuple[Exchange, Exchange] | None:
    """The object by its id, as its owner reads it and as the stranger is refused it."""
    wanted = of_collection(route)
    single = [each for each in on.routes if each.method == "GET" and len(each.params) == 1]
    for one in single if made.id is not None else ():
        if one.segments[-1].startswith("{") and of_collection(one) == wanted:
            request = Draft(one).put(in_order(one)[0], made.id).request()
            own, other = await on.ask(request, pair.owner), await on.ask(request, pair.stranger)
            if own.answer.worked and other.answer.refused:
                return own, other
    return None


def _owner_beside(on: Engagement, listed: Exchange, text: str, pair: Pair) -> str | None:
    """The field that names the owner, in the item of the list which holds the text."""
    for item in objects(listed.answer.json()):
        plain: Mapping[str, object] = {name: each for name, each in item.items() if not isinstance(each, list)}
        if text in map(str, plain.values()):
            return owner_shown(on, cast("object", plain), pair.owner)
    return None


ATTACK: Final = Attack(ABOUT, _verdicts)
