"""Objects that are their owner's alone since they were made so: by a flag of their own, as `is_private`.

1. Where nothing else says that objects have owners, the owner makes one with each such flag that the body offers.
2. It counts where another account is given it, or does something to it that its owner sees.
3. The control is the same by the owner.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import Finding, Untested
from buckler.drill.attacks.access.owned import texts_of
from buckler.drill.attacks.access.owners_view import View
from buckler.drill.attacks.access.whose import Group, Pair, objects_of
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route, Slot, in_order
from buckler.drill.preparing.control import prepared
from buckler.drill.preparing.made import find_made
from buckler.drill.preparing.making import sources
from buckler.drill.preparing.spare import stand_in
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Exchange

_PRIVATE: Final = re.compile(r"^(is_?)?(private|secret|personal|confidential)$", re.IGNORECASE)
_PUBLIC: Final = re.compile(r"^(is_?)?(public|shared)$", re.IGNORECASE)
_WHO_SEES: Final = re.compile(r"^(visibility|privacy)$", re.IGNORECASE)
_MINE: Final = ("private", "PRIVATE", "Private", "only_me", "me", "personal")


@dataclass(frozen=True, slots=True)
class Kept:
    """A request about a private object of somebody: what it is called, and how it was made so."""

    draft: Draft
    slot: Slot
    made: Exchange
    flag: str
    texts: tuple[str, ...]


async def private_one_read(on: Engagement, route: Route, known: tuple[Group, ...]) -> Finding | None:
    """The finding, where another account is given what somebody made private."""
    async for pair, kept in _each(on, route, known):
        control = await on.ask(kept.draft.request(), pair.owner)
        if not control.answer.worked or not any(map(control.answer.tells, kept.texts)):
            continue
        attacked = await on.ask(kept.draft.request(), pair.stranger)
        if attacked.answer.worked and any(map(attacked.answer.tells, kept.texts)):
            words = f"Another account was given what its owner made private by {kept.flag}."
            return Finding(route.key, words, attacked, (kept.made, control), pair.stranger.name, str(kept.slot))
    return None


async def private_one_changed(on: Engagement, route: Route, known: tuple[Group, ...]) -> Finding | None:
    """The finding, where the owner sees that another account changed or removed what was made private."""
    async for pair, kept in _each(on, route, known):
        before = await _view(on, kept, pair.owner)
        # What sounds as if it ended an account is asked by somebody who came for that.
        asking = await stand_in(on, route, pair.stranger)
        if before is None or isinstance(asking, Untested):
            continue
        attacked = await on.ask(kept.draft.request(), asking)
        view = await before.again(on, pair.owner)
        if view.differs and not attacked.answer.refused:
            words = (
                f"Another account did this to what its owner made private by {kept.flag}, and the owner finds it so."
            )
            control = (kept.made, *view.shown)
            return Finding(route.key, words, attacked, control, pair.stranger.name, str(kept.slot))
    return None


async def _view(on: Engagement, kept: Kept, owner: Identity) -> View | None:
    """What its owner sees of it, twice: where such things are read by their ids, whatever stands before the id."""
    collection = on.pool.refers(kept.draft.route, kept.slot)
    for each in on.routes:
        last = next((slot for slot in reversed(in_order(each)) if slot.place == "path"), None)
        if each.method != "GET" or last is None or on.pool.refers(each, last) != collection:
            continue
        request = draft_for(on, each, owner).put(last, kept.draft.get(kept.slot)).request()
        first = await on.ask(request, owner)
        if first.answer.worked and any(map(first.answer.tells, kept.texts)):
            return View(first, await on.ask(request, owner))
    return None


async def _each(on: Engagement, route: Route, known: tuple[Group, ...]) -> AsyncGenerator[tuple[Pair, Kept]]:
    slot = next((each for each in objects_of(on, route) if each.place == "path"), None)
    for group in known if slot is not None else ():
        if slot is None or on.declared(route, group.owner) is not None:
            continue
        for pair in group.pairs:
            kept = await _made(on, route, slot, pair.owner)
            if kept is not None:
                yield pair, kept


async def _made(on: Engagement, route: Route, slot: Slot, owner: Identity) -> Kept | None:
    """A new private object of the owner, named by a request to this route."""
    for maker in sources(on, route, slot):
        flags = dict(_flags(on, maker)) if maker.method == "POST" and on.may_send("POST") else {}
        draft = await prepared(on, maker, owner) if flags else None
        if draft is None or isinstance(draft, Untested):
            continue
        for each, value in flags.items():
            draft = draft.put(each, value)
        exchange = await on.ask(draft.request(), owner)
        await find_made(on, exchange, owner)
        made = next(iter(on.pool.made_by(owner)), None)
        about = await prepared(on, route, owner)
        known = exchange.answer.worked and made is not None and made.route == maker.key
        if known and made is not None and made.id is not None and not isinstance(about, Untested):
            flag = ", ".join(each.name for each in flags)
            return Kept(about.put(slot, made.id), slot, exchange, flag, texts_of(on, made))
    return None


def _flags(on: Engagement, maker: Route) -> Iterator[tuple[Slot, object]]:
    """The places of a request that say who sees what it makes, with what keeps it for oneself."""
    for slot in on.slots(maker):
        if slot.place not in ("body", "form"):
            continue
        kind = next((each.get("type") for each in on.setting.document.schemas.choices(slot.schema)), None)
        if kind == "boolean" and (_PRIVATE.search(slot.name) or _PUBLIC.search(slot.name)):
            yield slot, bool(_PRIVATE.search(slot.name))
        elif _WHO_SEES.search(slot.name):
            words = next((each.get("enum") for each in on.setting.document.schemas.choices(slot.schema)), None)
            mine = next((each for each in _MINE if isinstance(words, list) and each in words), None)
            if mine is not None:
                yield slot, mine
