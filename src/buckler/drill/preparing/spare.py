"""Who asks for what would end a session or an account: somebody who came for that and is missed by nobody.

1. A request that signs out, changes a password, removes or disables is not sent by those whom later attacks need.
2. An administrator does such things to the account of somebody who came for that, never to itself.
"""

from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.harm import account_slots
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route, Slot
from buckler.drill.preparing.making import make
from buckler.drill.preparing.valid import draft_for

NOBODY_AGAIN: Final = "nobody new can come, and nobody who is there can sign in once more"


async def stand_in(on: Engagement, route: Route, who: Identity) -> Identity | Untested:
    """Who sends a request to this route in the place of `who`: itself where that harms nobody."""
    if not on.ends_a_caller(route) or who.is_anybody:
        return who
    slots = account_slots(route, on.slots(route))
    if who == on.cast.administrator and slots:
        return who
    spare = await _spare(on, who.role or None, f"as {who.role}, by_cookie={who.by_cookie}", in_browser=who.by_cookie)
    if spare is not None:
        return spare
    if slots and await _made(on, route, slots, who):
        return who
    return Untested(route.key, "it may end an account that is needed, and no new one can be made", who.name)


async def with_session(on: Engagement, *, in_browser: bool = False) -> Identity | None:
    """Somebody with a session of its own that may be ended: somebody new, or one who was named, signed in once more.

    The account may be needed all the same: nothing that harms more than the session is for this one.
    """
    found = await on.cast.newcomers.arrive(in_browser=in_browser)
    for who in reversed(on.cast.ordinary):
        found = found or await on.cast.newcomers.sign_in(who, on.fresh_address())
    return found


async def _spare(on: Engagement, role: str | None, purpose: str, *, in_browser: bool = False) -> Identity | None:
    """Somebody for this purpose; the same one until something worked that may have harmed it."""
    if purpose not in on.memory.spares:
        newcomer = await on.cast.newcomers.arrive(role, in_browser=in_browser)
        if newcomer is None:
            return None
        on.memory.spares[purpose] = newcomer
    return on.memory.spares[purpose]


async def with_victim(on: Engagement, draft: Draft, who: Identity) -> Draft:
    """The request of somebody who has power over accounts, about one that came for that instead of about its own."""
    route = draft.route
    slots = () if route.is_safe else account_slots(route, on.slots(route))
    powerful = who == on.cast.administrator or (who in on.cast.people and on.ends_a_caller(route))
    if not slots or not powerful:
        return draft
    victim = await _spare(on, None, "victim") if who == on.cast.administrator else None
    if victim is None or victim.account is None:
        return draft_for(on, route, who) if await _made(on, route, slots, who) else draft
    for slot in slots:
        if draft.get(slot) is not ABSENT or slot.place == "path":
            own = on.pool.best(route, slot, victim)
            draft = draft if own is None else draft.put(slot, own)
    return draft


async def _made(on: Engagement, route: Route, slots: tuple[Slot, ...], who: Identity) -> bool:
    """Whether `who` makes accounts for others: then there is a new one, which nobody misses."""
    return await make(on, route, slots[-1], who)
