"""Two accounts and one object: requests of its owner, and the same by a stranger."""

import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import Clean, Finding, NotApplicable, Untested, Verdict
from buckler.drill.attacks.access.owned import names_of
from buckler.drill.attacks.alike import same_outcome
from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import ACCOUNT_WORDS, RECEIVING, plausible_fields, singular
from buckler.drill.plan.route import Route, Slot, in_order
from buckler.drill.preparing.making import provide
from buckler.drill.preparing.spare import stand_in
from buckler.drill.transport.answer import Answer, Exchange

_WORTH: Final[tuple[type, ...]] = (Untested, Clean, Finding)
"""Of several verdicts on one route, the last of these is told, and that there is nothing only where none is."""
_LAST: Final = re.compile(r"[0-9a-zA-Z](?=[^0-9a-zA-Z]*$)")


@dataclass(frozen=True, slots=True)
class Pair:
    """The owner of an object, and a stranger of the same role."""

    owner: Identity
    stranger: Identity


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts of one role: an owner, and strangers of its own tenant and of another."""

    owner: Identity
    strangers: tuple[Identity, ...]

    @property
    def pairs(self) -> Iterator[Pair]:
        """The owner with each stranger."""
        return (Pair(self.owner, each) for each in self.strangers)


def groups(on: Engagement) -> tuple[Group, ...]:
    """Every role that two accounts have, the one with the least power first."""
    by_role: dict[str, list[Identity]] = {}
    for each in on.cast.people:
        # Nobody knows the roles of those without one: the administrator is no equal of the others then.
        if each.role or each != on.cast.administrator:
            by_role.setdefault(each.role or "", []).append(each)
    found: list[Group] = []
    for owner, *others in by_role.values():
        near = next((each for each in others if each.tenant == owner.tenant), None)
        far = next((each for each in others if each.tenant != owner.tenant), None)
        strangers = tuple(each for each in (near, far) if each is not None)
        found += [Group(owner, strangers)] if strangers else []
    return tuple(found)


def id_slots(on: Engagement, route: Route) -> tuple[Slot, ...]:
    """Every place of a request that names an object, the one that it is about last."""
    inside = tuple(slot for slot in in_order(route) if slot.place == "path")
    named = tuple(slot for slot in on.slots(route) if slot.place != "path" and on.pool.refers(route, slot) is not None)
    return inside + named


def objects_of(on: Engagement, route: Route) -> tuple[Slot, ...]:
    """The places that name what a request is about: the last of its path, or those of its body, query and headers."""
    slots = id_slots(on, route)
    inside = [slot for slot in slots if slot.place == "path"]
    beside = [slot for slot in slots if slot.place != "path" and slot.name.lower() not in RECEIVING]
    return tuple(inside[-1:] or beside[:2])


async def owned_by(on: Engagement, route: Route, group: Group) -> Group | Untested:
    """The same with an owner who may lose its account by a request to this route."""
    owner = await stand_in(on, route, group.owner)
    return owner if isinstance(owner, Untested) else Group(owner, group.strangers)


async def worst(found: AsyncGenerator[Verdict], route: Route, why: str) -> Verdict:
    """The verdict of a route from those of each group: the first finding, or else what says most."""
    told: Verdict | None = None
    async for verdict in found:
        if isinstance(verdict, Finding):
            await found.aclose()
            return verdict
        told = verdict if told is None else max(told, verdict, key=_worth)
    return told or NotApplicable(route.key, why)


def _worth(verdict: Verdict) -> int:
    """How much it says; of those that say as much, the first stays."""
    return _WORTH.index(type(verdict)) if type(verdict) in _WORTH else -1


async def mixed(on: Engagement, route: Route, draft: Draft, stranger: Identity) -> Draft | None:
    """The request with what stands before the object as the stranger's own, as in /teams/{mine}/notes/{yours}."""
    outer = [slot for slot in in_order(route) if slot.place == "path"][:-1]
    other, given = draft, dict[str, object]()
    if outer:
        await provide(on, route, stranger)
    for slot in outer:
        own = on.pool.best(route, slot, stranger, given)
        if own is None:
            return None
        given[slot.name] = own
        other = other.put(slot, own)
    return other if other.request() != draft.request() else None


def only_theirs(on: Engagement, draft: Draft, slot: Slot, pair: Pair) -> bool:
    """Whether an id is that of the owner, or of what the owner made, and of nothing that the stranger has."""
    value, collection = str(draft.get(slot)), on.pool.refers(draft.route, slot) or ""
    is_account = bool({collection, singular(slot.name)} & ACCOUNT_WORDS)
    fields = plausible_fields(slot.name, collection)
    known: list[frozenset[str]] = []
    for who in (pair.owner, pair.stranger):
        made = (each.fields for each in on.pool.made_by(who, collection))
        ids = frozenset(str(each[name]) for each in made for name in fields if name in each)
        known.append(ids | names_of(on, who) if is_account else ids)
    return value in known[0] and value not in known[1]


async def id_decides(on: Engagement, draft: Draft, slot: Slot, stranger: Identity, attacked: Answer) -> Exchange | None:
    """What the stranger gets for an id that nothing has; None where it got the same: then the id decides nothing."""
    value = draft.get(slot)
    if value is ABSENT:
        return None
    exchange = await on.ask(draft.put(slot, nothing_has(value)).request(), stranger)
    alike = same_outcome(attacked, exchange.answer) and exchange.answer.body == attacked.body
    return None if alike else exchange


def nothing_has(value: object) -> object:
    """A value of the same kind which names nothing."""
    if isinstance(value, int):
        return value + 7_654_321
    text = str(value)
    if text.isdigit():
        return str(int(text) + 7_654_321)
    return _LAST.sub(lambda found: "3" if found[0] == "7" else "7", text, count=1) if text else "7"
