"""Where in a request a text may stand: any text, or one of a form that an app may insist on."""

import re
from typing import Final, cast

from buckler.drill.drafting.draft import slots_of
from buckler.drill.drafting.patterns import fits
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route, Slot

SIGNS: Final = "a'\"<{;$ "
"""What the texts of the attacks are made of."""
_SHOWN_BY_CALLERS: Final = re.compile(
    r"^(authorization|cookie|host|content-.*|accept.*|user-agent)$|csrf", re.IGNORECASE
)
_SAYS_WHO: Final = re.compile(r"sess|sid$|token|auth|jwt|login|remember", re.IGNORECASE)
"""Cookies that are what a caller shows: with another value nobody is served."""
_FREE: Final = 24
"""Characters. A text that may not be longer takes no attack but a short one."""


def places(on: Engagement, route: Route) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """The places for any text, and those for what has a form."""
    named = {slot.name for slot in on.slots(route) if slot.place == "path"}
    inside = tuple(Slot("path", (name,), {"type": "string"}) for name in route.params if name not in named)
    known = on.slots(route) or slots_of(route, on.setting.document.schemas)
    slots = tuple(slot for slot in (*inside, *known) if _takes_values(slot))
    free = tuple(slot for slot in slots if _is_free(slot))
    return free, tuple(slot for slot in slots if slot not in free)


def _takes_values(slot: Slot) -> bool:
    schema = slot.schema
    if slot.place in ("header", "cookie") and _SHOWN_BY_CALLERS.search(slot.name):
        return False
    if slot.place == "cookie" and _SAYS_WHO.search(slot.name):
        return False
    chosen = schema.get("type") == "boolean" or "enum" in schema or "const" in schema
    return bool(slot.name) and not chosen and schema.get("format") != "binary" and not schema.get("contentMediaType")


def _is_free(slot: Slot) -> bool:
    schema = slot.schema
    kind = schema.get("type", "string")
    kinds = cast("list[str]", kind) if isinstance(kind, list) else [kind]
    formed = schema.get("format") not in (None, "password") or not _takes_signs(schema.get("pattern"))
    return "string" in kinds and not formed and int(schema.get("maxLength", _FREE)) >= _FREE


def _takes_signs(pattern: object) -> bool:
    """Whether a pattern lets everything that can be seen stand in a text."""
    if not isinstance(pattern, str):
        return True
    return fits(pattern, SIGNS) is True  # Where nobody here can read it, as it is of another language, no.
