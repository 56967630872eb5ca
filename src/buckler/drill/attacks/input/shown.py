"""Where what was written is shown again: the list of its collection, and the object itself."""

from buckler.drill.attack import Untested
from buckler.drill.attacks.aiming.aim import Aim, served
from buckler.drill.engagement import Engagement
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import prepared
from buckler.drill.transport.answer import Exchange


async def shown_again(on: Engagement, aim: Aim, exchange: Exchange) -> tuple[Exchange, ...]:
    """Reads of what a request that was served has written; nothing for one that only reads."""
    if aim.route.is_safe or not served(exchange.answer):
        return ()
    found: list[Exchange] = []
    for route in reads_of(on, aim.route):
        draft = await prepared(on, route, aim.who)
        if isinstance(draft, Untested):
            continue
        seen = await on.ask(draft.request(), aim.who)
        if served(seen.answer):
            found.append(seen)
    return tuple(found)


def reads_of(on: Engagement, route: Route) -> tuple[Route, ...]:
    """The routes that show what this one writes: the same path, the list above, one of them."""
    own = route.segments
    above = own[:-1] if own and own[-1].startswith("{") else own
    return tuple(
        each
        for each in on.routes
        if each.method == "GET"
        and (
            each.segments in (own, above)
            or (each.segments[:-1] == above and each.segments[-1].startswith("{") and route.method == "POST")
        )
    )[:3]
