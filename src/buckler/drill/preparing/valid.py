"""A valid request to a route: values that the app knows where they are known, and samples elsewhere."""

import re
from typing import Final

from buckler.drill.drafting.draft import ABSENT, Draft, Value
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import names_one
from buckler.drill.plan.route import JSON, Route, Slot, in_order

_OF_A_LIST: Final = re.compile(r"^(role|plan|tier|level|rank|group)$", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(^|_)(ur[il]|webhook|callback)$|(?<=[a-z])Ur[il]$", re.IGNORECASE)
_OWN_PASSWORD: Final = re.compile(
    r"^(current|old|existing|your|confirm)?_?(password|passwd|pwd?)$|^(current|old)$", re.IGNORECASE
)


def draft_for(on: Engagement, route: Route, who: Identity) -> Draft:
    """A valid request to a route, with ids of what `who` owns where any is known."""
    values: dict[Value, object] = {}
    given: dict[str, object] = {}
    for slot in in_order(route):
        known = on.pool.best(route, slot, who, given)
        if known is not None:
            values[slot.place, slot.name] = known
        elif slot.required:
            values[slot.place, slot.name] = on.samples.value(slot.schema, slot.name)
        if slot.place == "path":
            given[slot.name] = values[slot.place, slot.name]
    if route.body is None:
        return Draft(route, values)
    draft = Draft(route, values, on.samples.value(route.body.schema), route.body.media or JSON)
    for slot in on.slots(route):
        told: object = _own_password(slot, who) or (
            on.pool.best(route, slot, who) or _as_told(on, slot, who) if slot.place in ("body", "form") else None
        )
        if told is not None and draft.get(slot) is not ABSENT:
            draft = draft.put(slot, told)
        elif told is None and _may_be_left_out(on, route, slot):
            draft = draft.put(slot, ABSENT)
    return draft


def _as_told(on: Engagement, slot: Slot, who: Identity) -> object:
    """A word of a closed list that the document does not tell, as the app says it of the caller."""
    if "enum" in slot.schema or not _OF_A_LIST.search(slot.name):
        return None
    return on.pool.told_of_oneself(who).get(slot.name)


def _may_be_left_out(on: Engagement, route: Route, slot: Slot) -> bool:
    """Whether it need not be there and names one of something, or an address: a made-up one leads to nothing."""
    names = names_one(slot.name) or bool(_ADDRESS.search(slot.name))
    if route.body is None or slot.place not in ("body", "form") or len(slot.way) != 1 or not names:
        return False
    return slot.name not in (on.setting.document.schemas.choices(route.body.schema)[0].get("required") or ())


def _own_password(slot: Slot, who: Identity) -> str | None:
    """Somebody's own password, where one who is signed in is asked for it once more."""
    asked = slot.place in ("body", "form") and not who.is_anybody and _OWN_PASSWORD.search(slot.name)
    return who.account.password or None if asked and who.account is not None else None
