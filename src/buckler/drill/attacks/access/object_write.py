"""D104: does a stranger change, remove or use what is another account's?

1. The owner makes an object, and a stranger of the same role sends what changes or removes it; where something moves
   from one to another, the stranger is the one who gains.
2. Where the policy gives only their own objects, that it worked is a finding. Elsewhere the owner has to find the
   object changed or gone, or the stranger has to be told what only the owner sent, and the app has to show that the
   object is the owner's alone (`proof.py`): a page of a wiki is changed by everybody. An account is its own.
3. What the owner finds decides, and no answer: one that refuses says nothing of what was done before it.
4. The control is the same by the owner, on an object made for that.
"""

from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.at_the_end import passwords_of_others
from buckler.drill.attacks.access.by_strangers import by_strangers
from buckler.drill.attacks.access.evidence import makes, read_by_anybody, reads, withstood
from buckler.drill.attacks.access.foreign_sessions import foreign_session
from buckler.drill.attacks.access.made_private import private_one_changed
from buckler.drill.attacks.access.owned import own_texts
from buckler.drill.attacks.access.owners_view import View, view_of, view_tells
from buckler.drill.attacks.access.proof import why_owned
from buckler.drill.attacks.access.whose import (
    Group,
    Pair,
    id_slots,
    mixed,
    objects_of,
    only_theirs,
    owned_by,
)
from buckler.drill.attacks.alike import same_outcome
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.harm import account_slots
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.names import RECEIVING
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.control import control_for, prepared
from buckler.drill.preparing.making import make, provide
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D104",
    name="object of another account can be changed",
    family="access",
    severity="critical",
    sends="Changes and removals of objects that one account made, as another account of the same role.",
    proves="An account changes, removes or uses objects that are not its own.",
    cwe=(639,),
    owasp=("API1",),
    asvs=("8.2.2", "8.3.1"),
    fix="Repeat the owner in the statement that changes the object, as `Owned` does: loading it first is not enough.",
)


_UNTOLD: Final = "it was answered as its owner is, and nothing shows its owner whether it was done"
_UNSEEN: Final = "it was refused, and nothing shows its owner whether it was done all the same"


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        if not route.is_safe:
            yield await foreign_session(on, route) or await _judge(on, route)


async def _judge(on: Engagement, route: Route) -> Verdict:
    if not objects_of(on, route) or (reads(route) and not makes(route)):
        return NotApplicable(route.key, "no request names an object")
    return await by_strangers(on, route, _of_groups, private_one_changed)


async def _of_groups(on: Engagement, route: Route, known: tuple[Group, ...]) -> AsyncGenerator[Verdict]:
    for each in known:
        if on.declared(route, each.owner) in ("yes", "no"):
            yield NotApplicable(route.key, "the policy knows no owner here", each.owner.name)
            continue
        group = await owned_by(on, route, each)
        if isinstance(group, Untested):
            yield group
            continue
        slot = objects_of(on, route)[0]
        await make(on, route, slot, group.owner)
        control = await control_for(on, route, group.owner)
        if isinstance(control, Untested):
            yield control
            continue
        for stranger in group.strangers:
            # The control, or the attack before, may have taken the owner's account: then another one came for this.
            renewed = await owned_by(on, route, each)
            if isinstance(renewed, Untested):
                yield renewed
            else:
                yield await _by_stranger(on, route, slot, Pair(renewed.owner, stranger), control)


async def _by_stranger(on: Engagement, route: Route, slot: Slot, pair: Pair, control: Exchange) -> Verdict:
    name = pair.stranger.name
    await make(on, route, slot, pair.owner)
    draft = await prepared(on, route, pair.owner)
    if isinstance(draft, Untested):
        return draft
    draft = _otherwise(on, await _in_favour(on, draft, pair.stranger))
    before = await view_of(on, draft, slot, pair.owner)
    attacked = await on.ask(draft.request(), pair.stranger)
    view = None if before is None else await before.again(on, pair.owner)
    if same_outcome(control.answer, attacked.answer):
        return await _weigh(on, draft, slot, pair, (control, attacked), view)
    if view is not None and view.differs:
        return await _in_spite(on, draft, slot, pair, (control, attacked), view)
    other = await mixed(on, route, draft, pair.stranger)
    if view is None:
        said = await withstood(on, attacked, route, pair.stranger)
        return Untested(route.key, f"{_UNSEEN}: {attacked.answer.outcome}", name) if isinstance(said, Clean) else said
    if other is None or not attacked.answer.refused or on.declared(route, pair.stranger) is not None:
        return await withstood(on, attacked, route, pair.stranger)
    again = await on.ask(other.request(), pair.stranger)
    view = await view.again(on, pair.owner)
    if not same_outcome(control.answer, again.answer) or not view.differs:
        return Clean(route.key, name)
    words = "Another account is refused this where the object stands, and did it by the path of something of its own."
    return Finding(route.key, words, again, (control, attacked, *view.shown), name, str(slot))


async def _in_spite(
    on: Engagement, draft: Draft, slot: Slot, pair: Pair, both: tuple[Exchange, Exchange], view: View
) -> Verdict:
    """The answer is not that of the owner, and the owner finds the object changed."""
    route, (control, attacked) = draft.route, both
    if attacked.answer.worked:
        return await _weigh(on, draft, slot, pair, both, view)
    is_so = view.is_by(draft, own_texts(on, pair.owner, draft, slot))
    if not is_so and not await _changes_again(on, route, slot, pair):
        return await withstood(on, attacked, route, pair.stranger)
    if not attacked.answer.refused:
        return await _weigh(on, draft, slot, pair, both, view)
    words = "Another account was refused this, and its owner finds the object changed or gone all the same."
    return Finding(route.key, words, attacked, (control, *view.shown), pair.stranger.name, str(slot))


async def _changes_again(on: Engagement, route: Route, slot: Slot, pair: Pair) -> bool:
    """Whether another object of the owner rests as long as nobody does anything, and changes by this."""
    draft = await prepared(on, route, pair.owner) if await make(on, route, slot, pair.owner) else None
    if draft is None or isinstance(draft, Untested):
        return False
    draft = _otherwise(on, await _in_favour(on, draft, pair.stranger))
    view = await view_of(on, draft, slot, pair.owner)
    still = None if view is None else await view.again(on, pair.owner)
    if view is None or still is None or still.after is None or still.differs:
        return False
    await on.ask(draft.request(), pair.stranger)
    return (await View(view.second, still.after).again(on, pair.owner)).differs


async def _weigh(
    on: Engagement, draft: Draft, slot: Slot, pair: Pair, both: tuple[Exchange, Exchange], view: View | None
) -> Verdict:
    route, (control, attacked) = draft.route, both
    name, place = pair.stranger.name, str(slot)
    did, views = view is not None and view.differs, () if view is None else view.shown
    texts = own_texts(on, pair.owner, draft, slot)
    told = any(attacked.answer.tells(text) for text in texts)
    if on.declared(route, pair.stranger) is not None:
        if view is not None and not did and not told and await view_tells(on, draft, view, pair.owner):
            return Clean(route.key, name)
        end = ", and its owner finds it changed or gone" if did else ""
        words = f"The policy gives only their own objects, and another account did this to one{end}."
        return Finding(route.key, words, attacked, (control, *views), name, place)
    removed = await _removed(on, route, pair, control)
    if removed is not None:
        words = "Another account removed this one, which signed in before and does no more."
        return Finding(route.key, words, attacked, (control, removed), name, place)
    if view is not None and not did and not told:
        tells = await view_tells(on, draft, view, pair.owner)
        return Clean(route.key, name) if tells else Untested(route.key, _UNTOLD, name)
    if view is not None and did and _is_the_account(on, draft, slot, pair):
        words = "Another account changed this one, and its owner finds it changed."
        return Finding(route.key, words, attacked, (control, *views), name, place)
    anybody = await on.ask(view.second.request, ANONYMOUS) if view is not None else None
    if anybody is not None and not anybody.answer.refused:
        return read_by_anybody(anybody, route.key, name)
    why = await _owned(on, draft, slot, pair, both)
    if why is None:
        return NotApplicable(route.key, "nothing says that objects have owners here", name)
    end = ", its owner finds the object changed or gone" if did else ""
    words = f"Another account did this{end}, and {why[0]}."
    return Finding(route.key, words, attacked, (control, *views, *why[1]), name, place)


def _is_the_account(on: Engagement, draft: Draft, slot: Slot, pair: Pair) -> bool:
    """Whether it is the owner's account itself that is changed: the last of the path names it, and nobody else's."""
    route = draft.route
    last = slot.place == "path" and route.segments[-1] == f"{{{slot.name}}}"
    named = last and slot in account_slots(route, (slot,))
    return named and route.method in ("PUT", "PATCH") and only_theirs(on, draft, slot, pair)


async def _removed(on: Engagement, route: Route, pair: Pair, control: Exchange) -> Exchange | None:
    """The sign-in of an owner who came for this and lost the account: it signed in before, and does no more."""
    entered = pair.owner.entered
    if (
        route.method != "DELETE"
        or entered is None
        or pair.owner in on.cast.people
        or not account_slots(route, on.slots(route))
    ):
        return None
    return entered if control.answer.worked and await on.cast.newcomers.sign_in(pair.owner) is None else None


async def _owned(
    on: Engagement, draft: Draft, slot: Slot, pair: Pair, both: tuple[Exchange, Exchange]
) -> tuple[str, tuple[Exchange, ...]] | None:
    """Why such objects are their owner's alone, asked of a new one: the attacked one may be gone."""
    anew = await prepared(on, draft.route, pair.owner) if await make(on, draft.route, slot, pair.owner) else draft
    anew = draft if isinstance(anew, Untested) else anew
    return await why_owned(on, anew, slot, pair, both, own_texts(on, pair.owner, anew, slot))


async def _in_favour(on: Engagement, draft: Draft, stranger: Identity) -> Draft:
    """The request with whatever gains by it as the stranger's own."""
    for slot in id_slots(on, draft.route):
        if slot.name.lower() in RECEIVING:
            await provide(on, draft.route, stranger)
            own = on.pool.best(draft.route, slot, stranger)
            draft = draft if own is None else draft.put(slot, own)
    return draft


def _otherwise(on: Engagement, draft: Draft) -> Draft:
    """The request with another number than the control had, so that what it changes is seen to change."""
    for slot in on.slots(draft.route):
        value = draft.get(slot)
        plain = isinstance(value, int | float) and not isinstance(value, bool) and "enum" not in slot.schema
        if plain and slot.place in ("body", "form") and on.pool.refers(draft.route, slot) is None:
            most = slot.schema.get("maximum")
            step = slot.schema.get("multipleOf", 1)
            return draft.put(slot, value + step if most is None or value + step <= most else value - step)
    return draft


ATTACK: Final = Attack(ABOUT, _verdicts, last=passwords_of_others)
