"""Who somebody is, as the app says: asked once, so that its own account can be named where one is asked for."""

import re
from typing import Final

from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route
from buckler.drill.preparing.tries import tries_of
from buckler.drill.transport.request import Request

_ME: Final = re.compile(r"/(me|whoami|self|user-?info|(my-?)?profile|current-?user|account)/?$", re.IGNORECASE)


def who_am_i(on: Engagement) -> Route | None:
    """The route that says who is calling: the one that was found, or the shortest that is called so."""
    if on.cast.entry is not None and on.cast.entry.me is not None:
        return on.cast.entry.me
    like = [each for each in on.routes if each.method == "GET" and not each.params and _ME.search(each.path)]
    return min(like, key=lambda each: (not each.path.endswith(("me", "whoami")), len(each.path)), default=None)


def is_oneself(route: Route) -> bool:
    """Whether a route is about whoever calls, by its path."""
    return bool(_ME.search(route.path)) or "/me/" in route.path


async def introduce(on: Engagement, who: Identity) -> None:
    """Let `who` ask once who it is. The pool keeps the answer."""
    if who.is_anybody or who.name in tries_of(on).introduced:
        return
    me = who_am_i(on)
    on.pool.heed_me(me)
    told = me is None or bool(on.pool.told_of_oneself(who))
    if me is not None and not told:
        told = not (await on.ask(Request("GET", me.path), who)).answer.says_nothing
    if told:
        tries_of(on).introduced.add(who.name)
