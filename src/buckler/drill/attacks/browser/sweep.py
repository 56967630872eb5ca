"""What the app answers to those who look at it: each page and each read, once for the whole family."""

from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import control_for
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

_NOWHERE: Final = "/drill-there-is-no-such-page"


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer that was a success, and to whom."""

    route: Route
    who: Identity
    exchange: Exchange


_SWEEP: Final = Topic[tuple[Seen, ...]]("what is shown to those who look")


async def sweep(on: Engagement) -> tuple[Seen, ...]:
    """A success of every route that reads, for whoever sees it first: somebody in a browser, another, anybody."""
    return await on.memory.once(_SWEEP, lambda: _swept(on))


async def _swept(on: Engagement) -> tuple[Seen, ...]:
    found = [await _seen(on, route) for route in on.routes if route.method == "GET"]
    return tuple(each for each in found if each is not None)


async def pages(on: Engagement) -> tuple[Seen, ...]:
    """Those that a browser shows as a page. The documents that come with FastAPI are judged by D110."""
    return tuple(each for each in await sweep(on) if each.exchange.answer.is_html and not each.route.is_documentation)


async def nowhere(on: Engagement) -> Exchange:
    """What is answered where nothing is."""
    return await on.ask(Request("GET", _NOWHERE))


def viewers(on: Engagement) -> tuple[Identity, ...]:
    """Those in a browser first, the least powerful of them, and anybody last."""
    in_browser = [each for each in on.cast.people if each.by_cookie]
    others = [*on.cast.ordinary[:1], *([on.cast.administrator] if on.cast.administrator is not None else [])]
    return tuple(dict.fromkeys((*in_browser[:1], *in_browser[-1:], *others, ANONYMOUS)))


async def _seen(on: Engagement, route: Route) -> Seen | None:
    for who in viewers(on):
        if on.declared(route, who) == "no":
            continue
        control = await control_for(on, route, who)
        if not isinstance(control, Untested) and control.answer.meant == 200:
            return Seen(route, who, control)
    return None
