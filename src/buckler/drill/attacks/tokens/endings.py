"""Routes that switch an account off, remove it or sign it out: its owner's, and an administrator's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from buckler.drill.arriving.registering import id_in
from buckler.drill.attack import Untested
from buckler.drill.attacks.tokens.credentials import credential_of
from buckler.drill.drafting.draft import ABSENT
from buckler.drill.engagement import Engagement
from buckler.drill.people.handed import handed
from buckler.drill.people.harm import account_slots
from buckler.drill.people.identity import Account, Identity
from buckler.drill.plan.names import ACCOUNT_WORDS, of_collection
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import drafted_control, prepared
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.secrets import label

_OFF: Final = re.compile(r"disable|deactivat|suspend|/ban\b|/block\b|/lock\b|freeze", re.IGNORECASE)
_GONE: Final = re.compile(r"erase|(delete|remove|close)[-_]?(me|account|user|profile)?$", re.IGNORECASE)
_OWN: Final = re.compile(r"/(me|self|account|profile|users?/me)(/(delete|close|erase|remove))?/?$", re.IGNORECASE)
_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class Ending:
    """One of them."""

    route: Route
    by: Identity | None
    """The administrator who asks for it; None where the owner does."""
    signs_out: bool = False
    """Whether it ends the sessions of the account, and not the account."""

    async def ask(self, on: Engagement, victim: Identity) -> Exchange | Untested:
        """End the account of `victim`."""
        sender = self.by or victim
        draft = await prepared(on, self.route, sender)
        if isinstance(draft, Untested):
            return draft
        for slot in account_slots(self.route, on.slots(self.route)) if self.by is not None else ():
            value = on.pool.best(self.route, slot, victim)
            if value is not None and (draft.get(slot) is not ABSENT or slot.place == "path"):
                draft = draft.put(slot, value)
        for slot in on.slots(self.route):
            if self.by is None and re.search("passw", slot.name, re.IGNORECASE) and victim.account is not None:
                draft = draft.put(slot, victim.account.password)
        return await on.ask(draft.request(), sender)


async def hired(on: Engagement) -> Identity | None:
    """Somebody whom the administrator makes, where nobody registers, with the key that the answer gives; else None."""
    administrator = on.cast.administrator
    shown = credential_of(administrator) if administrator is not None else None
    if administrator is None or shown is None:
        return None
    making = [each for each in on.routes if each.method == "POST" and of_collection(each) in ACCOUNT_WORDS]
    for route in [each for each in making if not each.path.endswith("}")][:_MOST]:
        found = await drafted_control(on, route, administrator)
        answer = found[1].answer if not isinstance(found, Untested) else None
        token = handed(answer).token if answer is not None else ""
        if answer is not None and token:
            name = _free_name(on)
            on.secrets.keep(token, f"KEY_OF_{label(name)}")
            account = Account(name, "", id=id_in(answer.json()))
            return replace(shown.with_token(token, on.fresh_address()), name=name, account=account)
    return None


def _free_name(on: Engagement) -> str:
    """What nobody is called yet in this drill: what is known of people is kept by their names."""
    return next(name for each in count(1) if f"KEY_OF_{label(name := f'somebody new {each}')}" not in on.secrets.names)


def endings(on: Engagement) -> tuple[Ending, ...]:
    """Every such route that somebody can use, a few at most."""
    return tuple(_found(on))[:_MOST]


def _found(on: Engagement) -> Iterator[Ending]:
    administrator = on.cast.administrator
    for route in on.routes:
        if not on.may_send(route.method) or route.is_safe:
            continue
        gone = route.method == "DELETE" or bool(_GONE.search(route.path))
        if gone and not route.params and _OWN.search(route.path):
            yield Ending(route, None)
        elif administrator is not None and (_OFF.search(route.path) or gone) and _ends_account(on, route):
            yield Ending(route, administrator)
        elif administrator is not None and _signs_out(on, route):
            yield Ending(route, administrator, signs_out=True)


def _ends_account(on: Engagement, route: Route) -> bool:
    """Whether an account is what the route ends, and not something that belongs to one."""
    if not account_slots(route, on.slots(route)):
        return False
    if route.method != "DELETE":
        return True
    return bool(route.segments) and route.segments[-1].startswith("{") and of_collection(route) in ACCOUNT_WORDS


def _signs_out(on: Engagement, route: Route) -> bool:
    """Whether an administrator ends all sessions of an account there."""
    is_all = route.method == "DELETE" and route.segments[-1:] in (("sessions",), ("tokens",))
    return is_all and len(route.params) == 1 and bool(account_slots(route, on.slots(route)))
