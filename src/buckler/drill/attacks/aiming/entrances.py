"""The routes that let people in, out or back: what they take, and that a secret stands for the credential there."""

import re
from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Step
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import prepared

_DOORS: Final = re.compile(
    r"log-?_?in|sign-?_?in|token|auth|forgot|reset|verif|confirm|recover|code|session|magic|enter", re.IGNORECASE
)
_SECRET: Final = re.compile(r"pass|code|token|pin$|otp", re.IGNORECASE)


def entered(on: Engagement, route: Route) -> Route:
    """The route as it is known to those who come in by it: what it takes may have been told, or guessed."""
    return next((step.route for step in _steps(on) if step.route.key == route.key), route)


async def drafted(on: Engagement, route: Route, who: Identity) -> Draft | Untested:
    """A valid request, with the fields that have one value always."""
    draft = await prepared(on, route, who)
    if not isinstance(draft, Untested):
        slots = {slot.name: slot for slot in on.slots(route)}
        for step in _steps(on):
            for name, value in step.fixed.items() if step.route.key == route.key else ():
                draft = draft.put(slots[name], value) if name in slots else draft
    return draft


def _steps(on: Engagement) -> tuple[Step, ...]:
    entry = on.cast.entry
    several = () if entry is None else (entry.sign_in, entry.register, entry.ask_reset, entry.reset)
    return tuple(step for step in several if step is not None)


def lets_people_in(on: Engagement, route: Route) -> bool:
    """Whether people come in here, who show a secret instead of a credential."""
    if any(step.route.key == route.key for step in _steps(on)):
        return True
    takes_secret = any(_SECRET.search(slot.name) for slot in on.slots(route))
    return route.method == "POST" and takes_secret and bool(_DOORS.search(route.path)) and route.secured is not True
