"""Who can be a stranger to an object that a route names, before anything is asked: reading and changing share it."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from buckler.drill.attack import NotApplicable, Untested, Verdict
from buckler.drill.attacks.access.doors import SOUNDS_PUBLIC, is_door, is_way_in
from buckler.drill.attacks.access.whose import Group, groups, worst
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route

Groups = tuple[Group, ...]
Tried = Callable[[Engagement, Route, Groups], AsyncGenerator[Verdict]]
"""What comes of it with the strangers of each group."""
Private = Callable[[Engagement, Route, Groups], Awaitable[Verdict | None]]
"""The same with what an owner made private; None where nothing can be."""


async def by_strangers(on: Engagement, route: Route, tried: Tried, private: Private) -> Verdict:
    """The verdict of a route that names an object: what is private is tried where nothing else has an owner."""
    if is_way_in(on, route):
        return NotApplicable(route.key, "people come in here")
    if is_door(route):
        return Untested(route.key, SOUNDS_PUBLIC)
    known = groups(on)
    if not known:
        return Untested(route.key, on.cast.why_no_pair)
    verdict = await worst(tried(on, route, known), route, "there was nobody to try it with")
    found = await private(on, route, known) if isinstance(verdict, NotApplicable) else None
    return found or verdict
