"""Requests that may take something from whoever sends them: a session, an account, a name to sign in by."""

import re
from collections.abc import Sequence
from typing import Final

from buckler.drill.people.cast import Cast
from buckler.drill.plan.names import ACCOUNT_WORDS, acted_on, of_collection, referred, singular, stem
from buckler.drill.plan.route import Route, Slot

_ENDS: Final = re.compile(
    r"log-?_?out|sign-?_?out|erase|password|passwd|disable|deactivat|revoke|suspend|ban\b|block|sessions?|mfa|2fa|totp"
    r"|e-?mail|address(?!es)|username|close|forget|unregister|/keys?/?$|rotate|regenerate|renew|roles?\b|permission|demote|lock"
    r"|archive|dismiss|terminate|remove|delete",
    re.IGNORECASE,
)
_OWN: Final = re.compile(r"/(me|self|account|profile|user)/?$", re.IGNORECASE)


def ends_a_caller(cast: Cast, route: Route, slots: Sequence[Slot]) -> bool:
    """Whether a request to this route may take something from whoever sends it that it needs to go on."""
    if route.is_safe or (cast.entry is not None and route.key == cast.entry.sign_in.route.key):
        return False
    return _ends_by_its_path(route) or _acts_on_an_account(route, slots)


def may_end_an_account(route: Route, slot: Slot) -> bool:
    """Whether a request to this route may take from the account that this place of it names what it needs."""
    return not route.is_safe and (_ends_by_its_path(route) or _acts_on_an_account(route, (slot,)))


def account_slots(route: Route, slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """Those of the places of a request that name an account."""
    return tuple(slot for slot in slots if slot.place != "query" and _is_account(route, slot))


def _acts_on_an_account(route: Route, slots: Sequence[Slot]) -> bool:
    """Whether it is the account itself that is changed or removed, and not something that belongs to it."""
    if not account_slots(route, slots):
        return False
    last = route.segments[-1]
    if last.startswith("{"):
        # What stands last is what goes: a card of an account is not the account.
        return _is_account(route, Slot("path", (last.strip("{}"),)))
    return route.method == "DELETE" or acted_on(route) in ACCOUNT_WORDS or of_collection(route) in ACCOUNT_WORDS


def _ends_by_its_path(route: Route) -> bool:
    gone = route.method in ("DELETE", "PUT", "PATCH") and bool(_OWN.search(route.path))
    return gone or bool(_ENDS.search(route.path))


def _is_account(route: Route, slot: Slot) -> bool:
    return bool(
        {referred(route, slot) or "", singular(stem(slot.name)) if slot.place == "path" else ""} & ACCOUNT_WORDS
    )
