"""D103: does a stranger read what is another account's?

1. The owner makes an object and reads it, by GET or by a route that reads though it takes POST; a stranger of the same
   role asks the very same, and then with the path before the object as its own.
2. Where the policy gives only their own objects, that the stranger got it is a finding.
3. Where no policy is, the stranger has to be given the object (a text that only its owner sent, or another answer than
   for an id that nothing has), anybody unsigned has to be refused, and the app has to show that the object is the
   owner's alone (`proof.py`), or was made so by its owner (`made_private.py`).
"""

from collections.abc import AsyncGenerator
from typing import Final

from buckler.drill.attack import About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.access.by_strangers import by_strangers
from buckler.drill.attacks.access.evidence import holds_nothing, read_by_anybody, reads, withstood
from buckler.drill.attacks.access.made_private import private_one_read
from buckler.drill.attacks.access.owned import own_texts, secret_shown
from buckler.drill.attacks.access.proof import why_owned
from buckler.drill.attacks.access.whose import Group, Pair, id_decides, mixed, objects_of, only_theirs
from buckler.drill.attacks.alike import same_outcome
from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.control import prepared
from buckler.drill.preparing.fuller import asked
from buckler.drill.preparing.making import make, one_of, sources
from buckler.drill.preparing.tries import tries_of
from buckler.drill.transport.answer import Exchange

ABOUT: Final = About(
    id="D103",
    name="object of another account can be read",
    family="access",
    severity="high",
    sends="Ids of objects that one account made, as another account of the same role.",
    proves="An account reads objects that are not its own.",
    cwe=(639,),
    owasp=("API1",),
    asvs=("8.2.2",),
    fix="Load the object by its id and its owner together: `Owned(Model, owner=Model.owner_id)`, or the same condition"
    " in the query.",
)


async def _verdicts(on: Engagement) -> Verdicts:
    for route in on.routes:
        if reads(route):
            yield await _judge(on, route)


async def _judge(on: Engagement, route: Route) -> Verdict:
    slots = objects_of(on, route)
    if not slots:
        return NotApplicable(route.key, "no request names an object")
    return await by_strangers(on, route, _of_groups, private_one_read)


async def _of_groups(on: Engagement, route: Route, known: tuple[Group, ...]) -> AsyncGenerator[Verdict]:
    for group in known:
        if on.declared(route, group.owner) in ("yes", "no"):
            yield NotApplicable(route.key, "the policy knows no owner here", group.owner.name)
            continue
        draft = await prepared(on, route, group.owner)
        if isinstance(draft, Untested):
            yield draft
            continue
        if all(draft.get(slot) is ABSENT for slot in objects_of(on, route)):
            yield Untested(route.key, f"no id of {group.owner.name} is known that could stand there", group.owner.name)
            continue
        draft, control = await asked(on, draft, group.owner)
        if not control.answer.worked:
            why = f"no object of {group.owner.name} could be read: {control.answer.outcome}{_unmade(on, route, group)}"
            yield Untested(route.key, why, group.owner.name)
            continue
        if holds_nothing(control.answer) and await make(on, route, one_of(route), group.owner):
            control = await on.ask(draft.request(), group.owner)
        for pair in group.pairs:
            yield await _by_stranger(on, draft, control, pair)


def _unmade(on: Engagement, route: Route, group: Group) -> str:
    """That none could be made, and why: then an id that nothing has was asked for."""
    slot = objects_of(on, route)[0]
    if on.pool.best(route, slot, group.owner) is not None:
        return ""
    making = [each for each in sources(on, route, slot) if each.method == "POST"]
    if not making:
        return ", and no request was found that makes one"
    return f", and none could be made: {tries_of(on).why(making, group.owner)}"


async def _by_stranger(on: Engagement, draft: Draft, control: Exchange, pair: Pair) -> Verdict:
    route, slots = draft.route, [slot for slot in objects_of(on, draft.route) if draft.get(slot) is not ABSENT]
    attacked = await on.ask(draft.request(), pair.stranger)
    if same_outcome(control.answer, attacked.answer):
        if holds_nothing(control.answer):
            why = f"what {pair.owner.name} was shown holds nothing that could be another's"
            return Untested(route.key, why, pair.stranger.name)
        for slot in slots:
            verdict = await _weigh(on, draft, slot, pair, (control, attacked))
            if isinstance(verdict, Finding) or slot == slots[-1]:
                return verdict
    other = await mixed(on, route, draft, pair.stranger)
    if other is not None and on.declared(route, pair.stranger) is None:
        again = await on.ask(other.request(), pair.stranger)
        if same_outcome(control.answer, again.answer):
            return await _weigh_mixed(on, other, slots[-1], pair, (control, attacked, again))
    return await withstood(on, attacked, route, pair.stranger)


async def _weigh(on: Engagement, draft: Draft, slot: Slot, pair: Pair, both: tuple[Exchange, Exchange]) -> Verdict:
    route, (control, attacked) = draft.route, both
    name, place = pair.stranger.name, str(slot)
    if on.declared(route, pair.stranger) is not None:
        words = "The policy gives only their own objects, and another account was given this one."
        return Finding(route.key, words, attacked, (control,), name, place)
    texts = own_texts(on, pair.owner, draft, slot)
    secret = secret_shown(attacked.answer, texts)
    anybody = await on.ask(control.request, ANONYMOUS) if route.is_safe and secret is None else None
    if anybody is not None and not anybody.answer.refused:
        return read_by_anybody(anybody, route.key, name)
    bogus = await id_decides(on, draft, slot, pair.stranger, attacked.answer)
    given = any(attacked.answer.tells(text) for text in texts)
    if not given and (bogus is None or attacked.answer.body != control.answer.body):
        # The same request, and an answer of its own for each, or the same for every id: it is not what decides.
        return Clean(route.key, name)
    why = await why_owned(on, draft, slot, pair, both, texts)
    if why is None:
        return NotApplicable(route.key, "nothing says that objects have owners here", name)
    shown = (control, *why[1], *((bogus,) if bogus is not None else ()))
    return Finding(route.key, f"Another account was given the object, and {why[0]}.", attacked, shown, name, place)


async def _weigh_mixed(
    on: Engagement, draft: Draft, slot: Slot, pair: Pair, seen: tuple[Exchange, Exchange, Exchange]
) -> Verdict:
    """The object was refused where it stands, and given by a path that leads elsewhere."""
    control, refusal, attacked = seen
    name = pair.stranger.name
    bogus = await id_decides(on, draft, slot, pair.stranger, attacked.answer)
    texts = own_texts(on, pair.owner, draft, slot)
    same = attacked.answer.body == control.answer.body and only_theirs(on, draft, slot, pair)
    given = same or any(attacked.answer.tells(text) for text in texts)
    if not refusal.answer.refused or bogus is None or not given:
        return Clean(draft.route.key, name)
    words = "Another account is refused the object where it stands, and given it by the path of something of its own."
    return Finding(draft.route.key, words, attacked, (control, refusal, bogus), name, str(slot))


ATTACK: Final = Attack(ABOUT, _verdicts)
