"""Who asks for what would end a session or an account: somebody who came for that and is missed by nobody.

1. A request that signs out, changes a password, removes or disables is not sent by those whom later attacks need.
2. An administrator does such things to the account of somebody who came for that, never to itself.
"""

import re
from typing import TYPE_CHECKING, Final

from buckler.drill.attack import Untested
from buckler.drill.drafting.draft import ABSENT, Draft
from buckler.drill.objects.names import ACCOUNTS, acted_on, of_collection, referred, singular, stem
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route, Slot

if TYPE_CHECKING:
    from buckler.drill.engagement import Engagement

_ENDS: Final = re.compile(
    r"log-?_?out|sign-?_?out|erase|password|passwd|disable|deactivat|revoke|suspend|ban\b|block|sessions?|mfa|2fa|totp"
    r"|e-?mail|address|username|close|forget|unregister|/keys?/?$|rotate|regenerate|renew|roles?\b|permission|demote|lock"
    r"|archive|dismiss|terminate|remove|delete",
    re.IGNORECASE,
)
_OWN: Final = re.compile(r"/(me|self|account|profile|user)/?$", re.IGNORECASE)


def ends_a_caller(on: "Engagement", route: Route) -> bool:
    """Whether a request to this route may take something from whoever sends it that it needs to go on."""
    if route.is_safe or (on.cast.entry is not None and route.key == on.cast.entry.sign_in.route.key):
        return False
    gone = route.method in ("DELETE", "PUT", "PATCH") and bool(_OWN.search(route.path))
    return gone or bool(_ENDS.search(route.path)) or _acts_on_an_account(on, route)


def account_slots(on: "Engagement", route: Route) -> tuple[Slot, ...]:
    """The places of a request that name an account."""
    return tuple(slot for slot in on.slots(route) if slot.place != "query" and _is_account(route, slot))


def _acts_on_an_account(on: "Engagement", route: Route) -> bool:
    """Whether it is the account itself that is changed or removed, and not something that belongs to it."""
    slots = account_slots(on, route)
    if not slots:
        return False
    itself = route.segments[-1].startswith("{") or acted_on(route) in ACCOUNTS or of_collection(route) in ACCOUNTS
    return itself or route.method == "DELETE"


def _is_account(route: Route, slot: Slot) -> bool:
    return bool({referred(route, slot) or "", singular(stem(slot.name)) if slot.place == "path" else ""} & ACCOUNTS)


async def stand_in(on: "Engagement", route: Route, who: Identity) -> Identity | Untested:
    """Who sends a request to this route in the place of `who`: itself where that harms nobody."""
    if not ends_a_caller(on, route) or who.is_anybody:
        return who
    slots = account_slots(on, route)
    if who == on.cast.administrator and slots:
        return who
    spare = await _spare(on, who.role or None, f"as {who.role}, by_cookie={who.by_cookie}", in_browser=who.by_cookie)
    if spare is not None:
        return spare
    if slots and await _made(on, route, slots, who):
        return who
    return Untested(route.key, "it may end an account that is needed, and no new one can be made", who.name)


async def _spare(on: "Engagement", role: str | None, purpose: str, *, in_browser: bool = False) -> Identity | None:
    """Somebody for this purpose; the same one until something worked that may have harmed it."""
    if purpose not in on.memory.spares:
        newcomer = await on.cast.newcomers.arrive(role, in_browser=in_browser)
        if newcomer is None:
            return None
        on.memory.spares[purpose] = newcomer
    return on.memory.spares[purpose]


async def with_victim(on: "Engagement", draft: Draft, who: Identity) -> Draft:
    """The request of somebody who has power over accounts, about one that came for that instead of about its own."""
    route = draft.route
    slots = () if route.is_safe else account_slots(on, route)
    powerful = who == on.cast.administrator or (who in on.cast.people and ends_a_caller(on, route))
    if not slots or not powerful:
        return draft
    victim = await _spare(on, None, "victim") if who == on.cast.administrator else None
    if victim is None or victim.account is None:
        return on.draft(route, who) if await _made(on, route, slots, who) else draft
    for slot in slots:
        if draft.get(slot) is not ABSENT or slot.place == "path":
            own = on.pool.best(route, slot, victim)
            draft = draft if own is None else draft.put(slot, own)
    return draft


async def _made(on: "Engagement", route: Route, slots: tuple[Slot, ...], who: Identity) -> bool:
    """Whether `who` makes accounts for others: then there is a new one, which nobody misses."""
    from buckler.drill.objects.making import make

    return await make(on, route, slots[-1], who)
