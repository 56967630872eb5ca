"""Places that take a number: who asks for too much writes it there."""

from collections.abc import Awaitable, Callable

from buckler.drill.attack import NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.aiming.aim import Aim, aimed
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route, Slot


async def numbers_judged(
    on: Engagement,
    fits: Callable[[Route, Slot], bool],
    judge: Callable[[Engagement, Aim, Slot], Awaitable[Verdict]],
    without: str,
) -> Verdicts:
    """The verdicts of an attack on each number that fits; `without` says why a route has none."""
    for route in on.routes:
        slots = tuple(slot for slot in on.slots(route) if fits(route, slot) and is_number(on, slot))
        if not slots:
            yield NotApplicable(route.key, without)
            continue
        aim = await aimed(on, route)
        if isinstance(aim, Untested):
            yield aim
            continue
        for slot in slots:
            yield await judge(on, aim, slot)


def is_number(on: Engagement, slot: Slot) -> bool:
    """Whether a place takes a number."""
    return on.setting.document.schemas.choices(slot.schema)[0].get("type") in ("integer", "number")


def maximum_of(on: Engagement, slot: Slot) -> int | None:
    """What the schema allows at most; None where it allows anything."""
    schema = on.setting.document.schemas.choices(slot.schema)[0]
    for name, less in (("maximum", 0), ("exclusiveMaximum", 1)):
        found = schema.get(name)
        if isinstance(found, int | float) and not isinstance(found, bool):
            return int(found) - less
    return None
