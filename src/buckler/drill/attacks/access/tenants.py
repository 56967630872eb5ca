"""D107: does naming another tenant open its door?

1. Requests that name a tenant (header, query or path: tenant, organisation, workspace, department, clinic) are asked by
   an account of one tenant with the name of another's. Which tenant is whose the options say, or the app itself, or
   each founds one; where both are of one tenant, somebody is registered for another.
2. The owner puts something there first. It counts where the owner's own data came back: the same answer as the owner's,
   or a text that only the owner sent, and not what the stranger gets of the own tenant.
3. Others may be meant to look in. It is a finding where the tenants were told apart by the options, where a header
   names the tenant, or where the app refuses the stranger something else there.
4. The controls are the owner's request, and the stranger's own.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from typing import Final, cast

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.doors import is_way_in
from buckler.drill.attacks.access.evidence import read_by_anybody, withstood
from buckler.drill.attacks.access.newcomer import Registry
from buckler.drill.attacks.access.owned import texts_of
from buckler.drill.attacks.access.whose import Pair, groups, worst
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.people.invented import Person
from buckler.drill.plan.route import Route, Slot, in_order
from buckler.drill.preparing.control import prepared
from buckler.drill.preparing.making import provide
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D107",
    name="tenants are not kept apart",
    family="access",
    severity="critical",
    sends="Requests that name the tenant of another account.",
    proves="An account of one tenant gets what is another's.",
    cwe=(639, 284),
    owasp=("API1",),
    asvs=("8.4.1",),
    fix="Take the tenant from the caller and never from the request: `Owned(..., tenant=Model.tenant)`.",
)
_TENANT: Final = re.compile(
    r"tenant|(^|_|-)org(anisation|anization)?(_|-|$)|workspace|company|clinic|realm|site_?id|department|branch|division"
    r"|school|practice|franchise",
    re.IGNORECASE,
)
_MOST_FILLED: Final = 2
_OF_ANOTHER: Final = Topic[Identity | None]("somebody of another tenant")


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        slot = next((each for each in _slots(on, route) if _is_tenant(on, route, each)), None)
        if route.method == "GET" and slot is not None and not is_way_in(on, route):
            yield await worst(_of_pairs(on, route, slot), route, "this role may not")


def _slots(on: Engagement, route: Route) -> tuple[Slot, ...]:
    return (*in_order(route), *(each for each in on.slots(route) if each.place in ("body", "form")))


def _is_tenant(on: Engagement, route: Route, slot: Slot) -> bool:
    return bool(_TENANT.search(slot.name) or _TENANT.search(on.pool.refers(route, slot) or ""))


async def _of_pairs(on: Engagement, route: Route, slot: Slot) -> AsyncGenerator[Verdict]:
    pairs = [pair for group in groups(on) for pair in group.pairs] or _of_two_roles(on)
    pairs = [each for each in pairs if each.owner.tenant != each.stranger.tenant or not each.owner.tenant]
    if not pairs:
        yield Untested(route.key, "there are not two accounts of different tenants")
    for pair in pairs:
        if on.declared(route, pair.stranger) == "no":
            yield NotApplicable(route.key, "this role may not", pair.stranger.name)
        else:
            yield await _judge(on, route, slot, pair)


def _of_two_roles(on: Engagement) -> list[Pair]:
    """Where no role has two: any two whose tenants were told."""
    known = [each for each in on.cast.ordinary if each.tenant]
    return [Pair(one, other) for one in known for other in known if one.tenant != other.tenant][:1]


async def _judge(on: Engagement, route: Route, slot: Slot, pair: Pair) -> Verdict:
    name = pair.stranger.name
    for who in (pair.owner, pair.stranger):
        await provide(on, route, who)
    theirs, own = _named(on, route, slot, pair.owner), _named(on, route, slot, pair.stranger)
    if theirs is not None and str(theirs) == str(own):
        other = await _of_another_tenant(on, str(theirs))
        pair = pair if other is None else Pair(other, pair.stranger)
        theirs = theirs if other is None else _named(on, route, slot, other)
    if theirs is None or own is None or str(theirs) == str(own):
        return Untested(route.key, f"the tenants of two accounts are not known, for {slot}", name)
    filled = [each async for each in _filled(on, route, slot, pair, theirs)]
    draft = await prepared(on, route, pair.owner)
    if isinstance(draft, Untested):
        return draft
    control = await on.ask(draft.put(slot, theirs).request(), pair.owner)
    if not control.answer.worked:
        return Untested(route.key, f"its owner is refused: {control.answer.outcome}", name)
    home = await on.ask(draft_for(on, route, pair.stranger).put(slot, own).request(), pair.stranger)
    attacked = await on.ask(control.request, pair.stranger)
    if not attacked.answer.worked:
        return await withstood(on, attacked, route, pair.stranger)
    return await _weigh(on, route, slot, pair, (control, home, attacked), filled)


async def _weigh(
    on: Engagement,
    route: Route,
    slot: Slot,
    pair: Pair,
    seen: tuple[Exchange, Exchange, Exchange],
    filled: list[Exchange],
) -> Verdict:
    control, home, attacked = seen
    name = pair.stranger.name
    texts = [text for each in on.pool.made_by(pair.owner)[:8] for text in texts_of(on, each)]
    told = any(attacked.answer.tells(text) and not home.answer.tells(text) for text in texts)
    same = attacked.answer.body == control.answer.body != home.answer.body
    if not told and not same:
        alike = control.answer.body == home.answer.body
        return Untested(route.key, "both tenants show the same", name) if alike else Clean(route.key, name)
    anybody = await on.ask(control.request, ANONYMOUS)
    if not anybody.answer.refused:
        return read_by_anybody(anybody, route.key, name)
    shown: tuple[Exchange, ...] = (control, home)
    if not (pair.owner.tenant and pair.stranger.tenant) and slot.place != "header":
        refusal = await _refused_there(on, pair, filled)
        if refusal is None:
            return NotApplicable(route.key, "nothing says that others may not look in", name)
        shown = (control, home, refusal)
    words = f"An account of another tenant was given what {slot} names."
    return Finding(route.key, words, attacked, shown, name, str(slot))


async def _filled(on: Engagement, route: Route, slot: Slot, pair: Pair, theirs: object) -> AsyncGenerator[Exchange]:
    """What the owner put into the tenant, so that there is something to see."""
    collection = on.pool.refers(route, slot)
    done = 0
    for each in on.routes:
        inside = [one for one in in_order(each) if one.name == slot.name or on.pool.refers(each, one) == collection]
        if each.method != "POST" or not inside or done >= _MOST_FILLED or on.ends_a_caller(each):
            continue
        draft = await prepared(on, each, pair.owner)
        if not isinstance(draft, Untested):
            exchange = await on.ask(draft.put(inside[0], theirs).request(), pair.owner)
            done += exchange.answer.worked
            if exchange.answer.worked:
                yield exchange


async def _refused_there(on: Engagement, pair: Pair, filled: list[Exchange]) -> Exchange | None:
    """What the owner may do in the tenant, and the stranger was refused."""
    for each in filled:
        exchange = await on.ask(each.request, pair.stranger)
        if exchange.answer.refused:
            return exchange
    return None


def _named(on: Engagement, route: Route, slot: Slot, who: Identity) -> object:
    """The name of a caller's tenant, as this place takes it: as the app told it the caller, or the options did."""
    return next(_names(on, route, slot, who), None)


def _names(on: Engagement, route: Route, slot: Slot, who: Identity) -> Iterator[object]:
    collection = on.pool.refers(route, slot)
    told = on.pool.told_of_oneself(who)
    yield from (told[name] for name in (slot.name, collection or "", f"{collection}_id") if name in told)
    made = (each for each in on.pool.made_by(who, collection) if collection is not None)
    yield from (each.id for each in made if each.id is not None)
    if who.tenant:
        yield who.tenant
    yield from (value for name, value in told.items() if _TENANT.search(name))
    known = on.pool.best(route, slot, who)
    if known is not None:
        yield known


async def _of_another_tenant(on: Engagement, taken: str) -> Identity | None:
    """Somebody who is registered for another tenant than this one, where the form has a choice of them."""
    return await on.memory.once(_OF_ANOTHER, lambda: _registered(on, taken))


async def _registered(on: Engagement, taken: str) -> Identity | None:
    entry = on.cast.entry
    if entry is None or entry.register is None:
        return None
    schemas = on.setting.document.schemas
    for slot in on.slots(entry.register.route):
        choices = cast("list[object]", schemas.choices(slot.schema)[0].get("enum") or [])
        other = [each for each in choices if str(each) != taken]
        if other and _TENANT.search(slot.name) and slot.place in ("body", "form"):
            made = await Registry(on).register(Person.anew({}), {slot.name: other[0]})
            return made.identity if made is not None else None
    return None


ATTACK: Final = Attack(ABOUT, _verdicts)
