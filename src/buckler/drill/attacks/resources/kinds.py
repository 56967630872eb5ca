"""Routes that take bodies, by what is likely to bound them: the media type, and the router that they belong to.

A bound of bodies stands around an app or a router, so one route of each kind speaks for the others.
"""

from collections.abc import AsyncGenerator, Iterable
from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.attacks.aiming.aim import Aim, aimed
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route

_KINDS: Final = 8
_TRIED: Final = 6
"""Routes of one kind."""


def kinds_of_bodies(routes: Iterable[Route]) -> list[list[Route]]:
    """The routes that take a body, those of a kind together."""
    found: dict[tuple[str, str], list[Route]] = {}
    for route in routes:
        if route.body is not None and not route.is_safe:
            found.setdefault((route.body.media, next(iter(route.segments), "")), []).append(route)
    return list(found.values())


async def one_of_each(on: Engagement) -> AsyncGenerator[Aim | Untested]:
    """For each kind a request that was served, at a door one that was refused as doors do; or why there is none."""
    for kind in kinds_of_bodies(on.routes)[:_KINDS]:
        found = [aim for aim in [await aimed(on, route) for route in kind[:_TRIED]] if isinstance(aim, Aim)]
        served = next((aim for aim in found if not aim.refused), next(iter(found), None))
        if served is not None:
            yield served
        else:
            yield Untested(kind[0].key, "no request with a body was served at any route of its kind")
