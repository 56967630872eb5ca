"""What each field of a way in is for, by its name: the one that takes the password, the one that takes the code."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, cast

from buckler.drill.drafting.draft import slots_of
from buckler.drill.people.entry import Part
from buckler.drill.plan.route import Route, Slot
from buckler.drill.plan.schema import Schemas

Purpose = Literal["sign_in", "register", "refresh", "change_password", "ask_reset", "reset", "confirm"]
Way = tuple[str, ...]

_PASSWORD: Final = re.compile(r"pass(word|wd|phrase|code)|^pass$|^pwd|pwd$|^pw(_|$)|_pw$|(^|_)pin$|^pincode$|^secret$")
_NO_PASSWORD: Final = re.compile(r"hash|hint|expir|(?<!pass)code$|token$|otp$|^client")
_AGAIN: Final = re.compile(r"confirm|again|repeat|retype|re_?enter|verif|check|(password|pw)_?2$|matching")
_NEW: Final = re.compile(r"new|next")
_OLD: Final = re.compile(r"old|current|existing|previous|present")
_NAME: Final = re.compile(
    r"^(user|login|account|screen)?_?name$|^user$|^login|^handle$|^nick|^user_?id$|username|^identifier"
)
_EMAIL: Final = re.compile(r"e_?mail|^mail$")
_NUMBER: Final = re.compile(r"phone|mobile|msisdn|^tel$|^(customer|member|account|card)_?(number|no|id)$")
_CODE: Final = re.compile(r"code|token|otp|^pin$|^key$|secret")
_REFRESH: Final = re.compile(r"refresh|^token$")


def parts_of(route: Route, schemas: Schemas, purpose: Purpose) -> Mapping[Part, Way]:
    """The way to each field whose use is known."""
    slots = fillable(route, schemas)
    found: dict[Part, Way] = {}
    if purpose == "refresh":
        _take(found, "refresh", slots, _REFRESH)
        return found
    if purpose in ("reset", "confirm"):
        plain = [slot for slot in slots if not _is_password(slot)]
        _take(found, "code", plain, _CODE)
    found |= _passwords(slots, purpose)
    rest = [slot for slot in slots if slot.way not in found.values() and not _is_password(slot)]
    found |= _names(rest, purpose)
    return found


def only_other(route: Route, schemas: Schemas, known: Mapping[Part, Way]) -> Way | None:
    """The one field that has to be there beside those that are known; None where there are several, or none."""
    others = [slot.way for slot in fillable(route, schemas) if slot.required and slot.way not in known.values()]
    return others[0] if len(others) == 1 else None


def fillable(route: Route, schemas: Schemas) -> tuple[Slot, ...]:
    """The places of a body, a query and a path. A body without fields has those of its example."""
    slots = tuple(slot for slot in slots_of(route, schemas) if slot.place not in ("header", "cookie") and slot.name)
    if route.body is None or any(slot.place in ("body", "form") for slot in slots):
        return slots
    example = _example(route.body.schema)
    return (*slots, *(Slot("body", (name,), {}) for name in example))


def _example(schema: Mapping[str, object]) -> Sequence[str]:
    several = schema.get("examples")
    first = cast("list[object]", several)[0] if isinstance(several, list) and several else schema.get("example")
    return [str(name) for name in cast("Mapping[object, object]", first)] if isinstance(first, Mapping) else ()


def _passwords(slots: Iterable[Slot], purpose: Purpose) -> Mapping[Part, Way]:
    changing = purpose in ("change_password", "reset")
    again = new = old = plain = None
    for slot in slots:
        name = _plain(slot)
        bare = changing and name in ("old", "current", "new", "confirm", "repeat", "again")
        if not bare and not _is_password(slot):
            continue
        if _AGAIN.search(name):
            again = again or slot.way
        elif _OLD.search(name):
            old = old or slot.way
        elif _NEW.search(name):
            new = new or slot.way
        else:
            plain = plain or slot.way
    if not changing:
        return _known(password=plain or new, password_again=again)
    if new is None:
        return _known(password=old, new_password=plain, password_again=again)
    return _known(password=old or plain, new_password=new, password_again=again)


def _names(slots: Sequence[Slot], purpose: Purpose) -> Mapping[Part, Way]:
    name, email, number = (_first(slots, shape) for shape in (_NAME, _EMAIL, _NUMBER))
    if purpose == "register":
        return _known(name=name or number, email=email)
    if purpose == "sign_in":
        return _known(name=name or email or number, email=None if name else email)
    return _known(name=name or number, email=email)


def _known(**parts: Way | None) -> Mapping[Part, Way]:
    return {cast("Part", part): way for part, way in parts.items() if way is not None}


def _first(slots: Iterable[Slot], shape: re.Pattern[str]) -> Way | None:
    return next((slot.way for slot in slots if shape.search(_plain(slot))), None)


def _take(found: dict[Part, Way], part: Part, slots: Iterable[Slot], shape: re.Pattern[str]) -> None:
    way = _first(slots, shape)
    if way is not None:
        found[part] = way


def _is_password(slot: Slot) -> bool:
    name = _plain(slot)
    secret = slot.schema.get("format") == "password" or bool(_PASSWORD.search(name))
    return secret and not _NO_PASSWORD.search(name)


def _plain(slot: Slot) -> str:
    """The name in small letters: `newPassword` and `new-password` are `new_password`."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", slot.name).lower()).strip("_")
