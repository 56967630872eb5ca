"""Routes that take a short code: by what the document says of it, by its name, or by what sends it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from buckler.drill.attack import Untested
from buckler.drill.engagement import Engagement
from buckler.drill.objects.reading import Scalar
from buckler.drill.people.entry import Step
from buckler.drill.people.fields import parts_of
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route, Slot
from buckler.drill.plan.schema import Schema
from buckler.drill.preparing.control import control_for

_CODES: Final = re.compile(r"(^|_)(otp|pin|totp|passcode|code)$")
_SURELY: Final = re.compile(r"(^|_)(otp|pin|totp|passcode)$")
_DIGITS: Final = re.compile(r"^\^?(?:\[0-9\]|\\d)\{(\d)(?:,(\d))?\}\$?$")
_SENDS: Final = re.compile(r"code|otp|pin|forgot|reset|recover|verif|sms|send|login|sign-?in|magic", re.IGNORECASE)
_LONGEST: Final = 6
_USUAL: Final = 4
"""Digits of a code of which nothing is said but its name."""
_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class CodeRoute:
    """One of them."""

    route: Route
    slot: Slot
    length: int
    """Digits; 0 where only a letter can tell."""
    asking: Step | None
    """What sends the code; None where somebody has it already."""


def code_routes(on: Engagement) -> tuple[CodeRoute, ...]:
    """Every such route, a few at most."""
    return tuple(_found(on))[:_MOST]


async def right_object(on: Engagement, each: CodeRoute, who: Identity) -> Mapping[str, Scalar] | None:
    """An object of `who` whose fields the route takes, the code among them; made where a route makes one."""
    names = {slot.name for slot in on.slots(each.route) if slot.required}
    found = _known(on, names | {each.slot.name}, who)
    if found is None:
        maker = next((route for route in on.routes if _makes(on, route, names | {each.slot.name})), None)
        if maker is None or isinstance(await control_for(on, maker, who), Untested):
            return None
        found = _known(on, names | {each.slot.name}, who)
    return found


def _known(on: Engagement, names: set[str], who: Identity) -> Mapping[str, Scalar] | None:
    several = (each.fields for each in on.pool.made_by(who))
    return next((fields for fields in several if names <= fields.keys()), None)


def _makes(on: Engagement, route: Route, names: set[str]) -> bool:
    leaves = {way[-1] for way, _ in on.setting.document.schemas.leaves(route.answer()) if way}
    sent = {slot.name for slot in on.slots(route)}
    return route.method == "POST" and names <= leaves and not names & sent


def _found(on: Engagement) -> Iterator[CodeRoute]:
    entry = on.cast.entry
    steps = (entry.sign_in, entry.register, entry.change_password) if entry is not None else ()
    doors = {step.route.key for step in steps if step is not None}
    for route in on.routes:
        if route.is_safe or route.key in doors or not on.may_send(route.method):
            continue
        slot = next((each for each in on.slots(route) if _CODES.search(_plain(each.name))), None)
        if slot is None:
            continue
        length, asking = _length(slot), _asking(on, route)
        if asking is not None or length:
            yield CodeRoute(route, slot, length, asking)


def _plain(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("-", "_")


def _length(slot: Slot) -> int:
    """How many digits the document says that the code has; 0 where it does not say that it is short."""
    schema = slot.schema
    said = _DIGITS.match(str(schema.get("pattern", "")))
    if said is not None:
        longest = int(said.group(2) or said.group(1))
        return longest if longest <= _LONGEST else 0
    if schema.get("type") == "integer" and "maximum" in schema:
        digits = len(str(schema["maximum"]))
        return digits if digits <= _LONGEST else 0
    example = _example(schema)
    if re.fullmatch(rf"\d{{4,{_LONGEST}}}", example):
        return len(example)
    longest = schema.get("maxLength", 0)
    if _SURELY.search(_plain(slot.name)):
        return min(int(longest), _LONGEST) if longest else _USUAL
    return 0


def _example(schema: Schema) -> str:
    several: object = schema.get("examples")
    if isinstance(several, list) and several:
        return str(cast("list[object]", several)[0])
    return str(schema.get("example", ""))


def _asking(on: Engagement, route: Route) -> Step | None:
    """The route that sends the code: it names an account and nothing else, and stands above or beside this one."""
    entry = on.cast.entry
    if entry is not None and entry.reset is not None and entry.reset.route.key == route.key:
        return entry.ask_reset
    for each in on.routes:
        if each.method != "POST" or each.params or each.key == route.key or not _SENDS.search(each.path):
            continue
        parts = parts_of(each, on.setting.document.schemas, "ask_reset")
        names_only = bool(parts) and parts.keys() <= {"name", "email"} and len(on.slots(each)) == len(parts)
        if names_only and (route.path.startswith(f"{each.path}/") or each.segments[:-1] == route.segments[:-1] != ()):
            return Step(each, parts)
    return None
