"""Every route that looks like one that signs in, with a good request: pages and programs have one each."""

from buckler.drill.drafting.draft import Draft
from buckler.drill.engagement import Engagement
from buckler.drill.people.doors import sign_ins
from buckler.drill.people.entry import Part, Step
from buckler.drill.people.fields import parts_of
from buckler.drill.people.filling import filled
from buckler.drill.people.identity import Account
from buckler.drill.plan.route import Route


def ways_in(on: Engagement) -> tuple[Route, ...]:
    """The routes, the one by which people came in first."""
    entry = on.cast.entry
    known = (entry.sign_in.route,) if entry is not None else ()
    keys = {route.key for route in known}
    return known + tuple(route for route in sign_ins(on.setting.document) if route.key not in keys)


def good_sign_in(on: Engagement, route: Route, account: Account) -> Draft:
    """What somebody with this account sends there."""
    entry = on.cast.entry
    own = entry is not None and entry.sign_in.route.key == route.key
    step = entry.sign_in if entry is not None and own else Step(route, _fields(on, route))
    values: dict[Part, str] = {"name": account.name, "email": account.name, "password": account.password}
    return filled(step, values, on.setting.document, on.samples)


def _fields(on: Engagement, route: Route) -> dict[Part, tuple[str, ...]]:
    return dict(parts_of(route, on.setting.document.schemas, "sign_in"))
