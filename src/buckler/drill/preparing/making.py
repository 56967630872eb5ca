"""Making what a request needs to exist: the note that is to be read, and the team that the note stands in."""

from collections.abc import Mapping
from typing import Final

from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import names_one, of_collection, singular
from buckler.drill.plan.route import Route, Slot, in_order
from buckler.drill.preparing.fuller import asked, filled_up
from buckler.drill.preparing.made import find_made
from buckler.drill.preparing.oneself import introduce
from buckler.drill.preparing.tries import tries_of
from buckler.drill.preparing.valid import draft_for

_CREATING: Final = ("create", "new", "add")
_DEEPEST: Final = 4
"""Objects within objects."""


async def provide(on: Engagement, route: Route, who: Identity, depth: int = 0) -> None:
    """Make or find, as `who`, what the path, the headers and the required ids of `route` name, as far as it can be."""
    await introduce(on, who)
    given: dict[str, object] = {}
    for slot in _needed(on, route):
        within = given if slot.place == "path" else {}
        if on.pool.fitting(route, slot, who, within) is None and depth < _DEEPEST:
            for source in sources(on, route, slot):
                if await _ask(on, source, who, depth, within) and on.pool.fitting(route, slot, who, within) is not None:
                    break
        if slot.place == "path" and (value := on.pool.best(route, slot, who, given)) is not None:
            given[slot.name] = value


async def make(on: Engagement, route: Route, slot: Slot, who: Identity) -> bool:
    """Make a new object that `slot` of `route` can name, as `who`; whether that worked."""
    for source in sources(on, route, slot):
        if source.method == "POST" and await _ask(on, source, who, 0, _within(on, route, slot, who)):
            return True
    return False


def one_of(route: Route) -> Slot:
    """A place that would name one of what a list lists."""
    return Slot("query", (f"{of_collection(route)}_id",))


def sources(on: Engagement, route: Route, slot: Slot) -> list[Route]:
    """Routes that make or tell what this place names: those that create first, nearest to the route first."""
    found: list[tuple[int, int, Route]] = []
    prefix, wanted = _prefix(route, slot), on.pool.refers(route, slot)
    for each in on.routes:
        if each.key == route.key or (on.cast.entry is not None and each.key in on.cast.entry.routes):
            continue
        if on.ends_a_caller(each):
            continue
        if prefix and each.segments == prefix and each.method in ("POST", "PUT", "GET"):
            found.append(({"POST": 0, "PUT": 1, "GET": 2}[each.method], 0, each))
        elif prefix and each.method == "POST" and _creates(each, prefix):
            found.append((3, 0, each))
        elif wanted and each.method == "POST" and _creates_one_of(each, wanted):
            found.append((4, len(each.path), each))
        elif wanted and of_collection(each) == wanted and not _names(on, each, wanted):
            rank = {"POST": 4, "GET": 5}.get(each.method)
            if rank is not None and not each.segments[-1].startswith("{"):
                found.append((rank, len(each.path), each))
    return [each for _, _, each in sorted(found, key=lambda pair: pair[:2])]


def _needed(on: Engagement, route: Route) -> list[Slot]:
    inside = [slot for slot in in_order(route) if slot.place == "path"]
    beside = [slot for slot in on.slots(route) if slot.place != "path" and on.pool.refers(route, slot) is not None]
    return inside + [slot for slot in beside if slot.required or slot.place == "header" or names_one(slot.name)]


def _names(on: Engagement, route: Route, wanted: str) -> bool:
    """Whether a request to this route has to name one of the collection itself."""
    return any(on.pool.refers(route, slot) == wanted for slot in on.slots(route) if slot.place != "query")


def _within(on: Engagement, route: Route, slot: Slot, who: Identity) -> Mapping[str, object]:
    """What the path before a place names for `who`."""
    given: dict[str, object] = {}
    for each in in_order(route) if slot.place == "path" else ():
        if each.name == slot.name:
            break
        value = on.pool.best(route, each, who, given)
        given |= {each.name: value} if value is not None else {}
    return given


def _prefix(route: Route, slot: Slot) -> tuple[str, ...]:
    """The path of the collection that a place in the path names one of; nothing elsewhere."""
    if slot.place == "path":
        for place, part in enumerate(route.segments):
            if part == f"{{{slot.name}}}":
                return route.segments[:place]
    return ()


def _creates(route: Route, prefix: tuple[str, ...]) -> bool:
    """Whether a route is of the kind /notes/create or /create-note."""
    if not prefix or route.params:
        return False
    return route.segments[:-1] == prefix and route.segments[-1].lower() in _CREATING


def _creates_one_of(route: Route, wanted: str) -> bool:
    """The same for what is read elsewhere: /notes/new makes what /notes/private/{note_id} shows."""
    parts = route.segments
    return not route.params and len(parts) > 1 and parts[-1].lower() in _CREATING and singular(parts[-2]) == wanted


async def _ask(on: Engagement, source: Route, who: Identity, depth: int, given: Mapping[str, object]) -> bool:
    if not on.may_send(source.method) or tries_of(on).are_over(source, who):
        return False
    await provide(on, source, who, depth + 1)
    draft = filled_up(on, draft_for(on, source, who), who)
    for slot in in_order(source):
        if slot.place == "path" and slot.name in given:
            draft = draft.put(slot, given[slot.name])
    _, exchange = await asked(on, draft, who)
    tries_of(on).heed(source, who, exchange)
    await find_made(on, exchange, who)
    return exchange.answer.worked
