"""Part of D104: does somebody end a session of another account?

A session is made by signing in and by no other request, and whoever ends the own one is gone. So somebody new signs in
several times: one session is ended by its owner, which is the control, and another by a stranger.
"""

import re
from typing import Final

from buckler.drill.attack import Finding, Untested, Verdict
from buckler.drill.attacks.access.evidence import withstood
from buckler.drill.attacks.alike import same_outcome
from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.objects.reading import Scalar, objects, scalars
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import of_collection
from buckler.drill.plan.route import Route, in_order
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

_SESSION: Final = re.compile(r"session|login|device", re.IGNORECASE)
_SESSIONS: Final = ("session", "login", "device")
_OWN: Final = ("current", "is_current", "this")
"""Fields that mark the session of whoever asks."""


async def foreign_session(on: Engagement, route: Route) -> Verdict | None:
    """The verdict on a route that ends a session; None for any other, and where nobody can have two sessions."""
    above = next((each for each in on.routes if each.method == "GET" and each.segments == route.segments[:-1]), None)
    if above is None or not _ends_session(route):
        return None
    owner, stranger = await on.cast.newcomers.arrive(), await on.cast.newcomers.arrive()
    if owner is None or stranger is None or not await _twice(on, owner):
        return None
    before = await on.ask(Request("GET", above.path), owner)
    known = _ids(before)
    if len(known) < 3:
        return Untested(route.key, "three sessions of one account were not shown", stranger.name)
    control = await on.ask(_ending(route, known[0]), owner)
    between = await on.ask(Request("GET", above.path), owner)
    left = _ids(between)
    if not control.answer.worked or known[0] in left or len(left) < 2:
        return Untested(route.key, "its owner could not end one of several sessions", stranger.name)
    attacked = await on.ask(_ending(route, left[0]), stranger)
    after = await on.ask(Request("GET", above.path), owner)
    if not same_outcome(control.answer, attacked.answer) or (after.answer.worked and left[0] in _ids(after)):
        return await withstood(on, attacked, route, stranger)
    words = "A stranger ended a session of another account, and its owner finds it gone."
    return Finding(
        route.key, words, attacked, (before, control, between, after), stranger.name, str(in_order(route)[0])
    )


def _ends_session(route: Route) -> bool:
    named = route.params and bool(_SESSION.search(route.params[-1])) and route.segments[-1].startswith("{")
    return bool(named) and len(route.params) == 1 and route.method == "DELETE" and of_collection(route) in _SESSIONS


async def _twice(on: Engagement, owner: Identity) -> bool:
    """Whether the owner has two sessions more."""
    return all([await on.cast.newcomers.sign_in(owner) is not None for _ in range(2)])


def _ids(listed: Exchange) -> list[Scalar]:
    """The ids of the sessions that a list shows, that of whoever asks last."""
    found = sorted(objects(listed.answer.json()), key=lambda each: any(each.get(name) is True for name in _OWN))
    told = (dict(scalars(each)) for each in found)
    return [each.get("id", each.get("session_id", "")) for each in told if {"id", "session_id"} & set(each)]


def _ending(route: Route, id_: Scalar) -> Request:
    return Draft(route).put(in_order(route)[0], id_).request()
