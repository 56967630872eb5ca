"""Requests that worked, for whoever may: the other half of every finding about access."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from buckler.drill.attack import Untested
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import control_for, prepared
from buckler.drill.preparing.spare import stand_in
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

_STATUS: Final = re.compile(r"status (\d{3})")
_FAR: Final[Mapping[str, int]] = {"401": 0, "303": 0, "302": 0, "403": 1, "404": 2}


async def repeated(on: Engagement, route: Route, control: Exchange, owner: Identity) -> Request | Untested:
    """The request of a control for another to send. What it changed can be changed once: then it has its own object."""
    if route.is_safe:
        return control.request
    draft = await prepared(on, route, owner)
    return draft if isinstance(draft, Untested) else draft.request()


def who_may(on: Engagement, route: Route) -> tuple[Identity, ...]:
    """The callers that may be able to use a route, those with the least power first."""
    live = on.cast.people
    declared = tuple(each for each in live if on.declared(route, each) not in (None, "no"))
    return declared if on.setting.truth is not None and route.key in on.setting.truth.routes else live


async def as_shown(on: Engagement, who: Identity, owner: Identity) -> Identity | Untested:
    """Somebody of the role of `who` who shows what `owner` shows: where a cookie is asked for, any token is refused."""
    if who.by_cookie == owner.by_cookie:
        return who
    known = (each for each in on.cast.people if each.role == who.role and each.by_cookie == owner.by_cookie)
    found = next(known, None)
    if found is None:
        topic = Topic[Identity | None](f"somebody who is {who.role}, by_cookie={owner.by_cookie}")
        found = await on.memory.once(topic, lambda: on.cast.newcomers.arrive(who.role, in_browser=owner.by_cookie))
    if found is not None and found.by_cookie == owner.by_cookie:
        return found
    return Untested("", "nobody of this role shows what those show who may", who.name)


async def first_control(
    on: Engagement, route: Route, among: tuple[Identity, ...]
) -> tuple[Exchange, Identity] | Untested:
    """A request that worked for one of these, and for whom; the reason of whoever came nearest where none did."""
    why: list[Untested] = []
    for who in among:
        control = await control_for(on, route, who)
        if not isinstance(control, Untested):
            return control, who
        why.append(control)
    return nearest(why) or Untested(route.key, "nobody is there who may")


def nearest(why: Iterable[Untested]) -> Untested | None:
    """Of several reasons the one of whoever came nearest: who was not let in at all knows least."""
    return max(why, key=_nearness, default=None)


def _nearness(why: Untested) -> int:
    told = _STATUS.search(why.reason)
    return _FAR.get(told[1], len(_FAR)) if told is not None else 0


def passed_the_door(answer: Answer) -> bool:
    """Whether the caller was let in, though what it asked for may have failed: nothing refuses, or hides a refusal."""
    return answer.meant not in (401, 403, 404, 405, 429) and not answer.broke and not answer.asks_to_sign_in


async def let_in(on: Engagement, route: Route, among: tuple[Identity, ...]) -> tuple[Exchange, Identity] | None:
    """A request that was not refused for who asks, whatever came of it, and who asked; None where there is none."""
    for who in among:
        sender = await stand_in(on, route, who)
        draft = sender if isinstance(sender, Untested) else await prepared(on, route, sender)
        if isinstance(sender, Untested) or isinstance(draft, Untested):
            continue
        exchange = await on.ask(draft.request(), sender)
        if passed_the_door(exchange.answer):
            return exchange, sender
    return None
