"""What was learnt of an app's objects from its answers: which fields they have, and who made or saw them.

1. A request that worked is matched with its route. Its answer, and the values in its path and body, become facts.
2. A fact belongs to a collection, the last fixed part of the path before an id: `notes` for `/notes/{note}`.
3. Where the answer is a page, what it leads to is what was made or seen.
4. What was deleted is forgotten. What another made is no one's own, whoever acts upon it.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import unquote

from buckler.drill.objects.choosing import NO_GIVEN, Known, PathValues, Sought, chosen, fitting, tells
from buckler.drill.objects.reading import Scalar, linked, located, made, objects, scalars, sent
from buckler.drill.people.harm import may_end_an_account
from buckler.drill.people.identity import Identity
from buckler.drill.plan.names import of_collection, plausible_fields, referred, singular, stem
from buckler.drill.plan.route import PARAMETER, Route, Slot, as_sent
from buckler.drill.transport.answer import Exchange

__all__ = ["Known", "Pool", "Scalar"]

_MOST: Final = 4000
"""Objects that are remembered."""
_UNSURE: Final = frozenset(("page", "order", "sort", "version", "status", "tag", "type", "filter", "search", "session"))
"""Parameters that are seldom ids, whatever the app keeps."""
_MAKES_NOTHING: Final = frozenset(
    (
        *("lookup", "search", "find", "query", "export", "bulk", "batch", "list", "preview", "report"),
        *("describe", "quote", "estimate", "validate", "check", "calculate", "test", "try"),
    )
)
"""Last words of routes that take POST and make nothing."""
_UUID: Final = re.compile(r"(urn:uuid:)?\{?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?", re.IGNORECASE)


@dataclass(slots=True)
class Pool:
    """Everything that is known of objects. `watch` tells it the routes first."""

    objects: list[Known] = field(default_factory=list[Known])
    _me: str = ""
    """The key of the route that says who is calling."""
    _shapes: list[tuple[Route, re.Pattern[str]]] = field(default_factory=list[tuple[Route, re.Pattern[str]]])
    _collections: set[str] = field(default_factory=set[str])
    _new: list[Known] | None = None
    """What was learnt since a moment that is to be forgotten again; None where nothing is."""

    def watch(self, routes: Iterable[Route]) -> None:
        """Match requests with these routes from now on, those with fewer parameters first, as routers are written."""
        found = sorted(routes, key=lambda route: len(route.params))
        self._shapes = [(route, _shape(route)) for route in found]
        self._collections = {of_collection(each) for each in found if each.method == "POST" or each.params}

    def route_of(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """The route that such a request goes to, with the values in its path."""
        for route, shape in self._shapes:
            if route.method == method and (match := shape.fullmatch(path)) is not None:
                return route, dict(zip(route.params, map(unquote, match.groups()), strict=True))
        return None

    def refers(self, route: Route, slot: Slot) -> str | None:
        """The collection that a value in this place names one of, by its name, or since the app keeps such things."""
        found = referred(route, slot)
        if found is not None or slot.place in ("path", "body", "form"):
            return found
        word = singular(stem(slot.name))
        return word if word in self._collections and word not in _UNSURE else None

    def learn(self, exchange: Exchange, who: Identity) -> None:
        """Take in what a request that worked has told."""
        if not exchange.answer.worked:
            return
        found = self.route_of(exchange.request.method, exchange.request.path)
        if found is None:
            return
        route, inside = found
        if route.method == "DELETE":
            self._forget(route, inside)
        elif route.method == "POST" and route.segments[-1:] and route.segments[-1].lower() not in _MAKES_NOTHING:
            self._learn_made(exchange, who, route, inside)
        else:
            answered = exchange.answer.json() if exchange.answer.media.endswith("json") else None
            for item in objects(answered):
                fields = {**inside, **dict(scalars(item))}
                self._add(Known(who.name, of_collection(route), fields, False, route.key))
            for path in linked(exchange.answer):
                self._see(path, who)

    def learn_account(self, who: Identity, fields: Mapping[str, Scalar]) -> None:
        """Take in what is known of the account of somebody."""
        self._add(Known(who.name, "user", fields, made=False))

    def heed_me(self, route: Route | None) -> None:
        """This route says who is calling, if any does."""
        self._me = route.key if route is not None else ""

    def name(self, made: Known, id_: Scalar) -> None:
        """Know what something that was made is called, which its maker was not told."""
        self.objects[self.objects.index(made)] = replace(made, fields={**made.fields, "id": id_})

    @contextmanager
    def without_new(self) -> Generator[None]:
        """Forget after the block what was learnt within: what was made with odd values names nothing of use."""
        outer, self._new = self._new, []
        try:
            yield
        finally:
            if self._new:
                new = set(map(id, self._new))
                self.objects = [each for each in self.objects if id(each) not in new]
            self._new = outer

    def hand_over(self, to: Identity) -> None:
        """Forget what was of the name that somebody new goes by from now on, but what tells of the new account."""
        names = {to.account.name} if to.account is not None else set[Scalar]()
        self.objects = [
            each
            for each in self.objects
            if each.by != to.name or (not each.made and not names.isdisjoint(each.fields.values()))
        ]

    def best(self, route: Route, slot: Slot, who: Identity, given: PathValues = NO_GIVEN) -> Scalar | None:
        """A value for this place that names something of `who`; None where nothing fits."""
        return next(self.values(route, slot, who, given), None)

    def fitting(self, route: Route, slot: Slot, who: Identity, given: PathValues) -> Scalar | None:
        """As `best`, of what is known to stand within what was `given` for the path before."""
        collection = self.refers(route, slot)
        if collection is None or not tells(given):
            return self.best(route, slot, who, given)
        wanted = Sought(slot, collection, _maker(route, slot), may_end_an_account(route, slot))
        return next(_of_kind(slot, fitting(wanted, who, self.objects, self._me, given)), None)

    def values(self, route: Route, slot: Slot, who: Identity, given: PathValues = NO_GIVEN) -> Iterator[Scalar]:
        """Every such value: what `who` made, newest first, then what `who` saw."""
        collection = self.refers(route, slot)
        if collection is not None:
            wanted = Sought(slot, collection, _maker(route, slot), may_end_an_account(route, slot))
            yield from _of_kind(slot, chosen(wanted, who, self.objects, self._me, given))

    def made_by(self, who: Identity, collection: str | None = None) -> tuple[Known, ...]:
        """What this caller made, newest first."""
        return tuple(
            each
            for each in reversed(self.objects)
            if each.made and each.by == who.name and collection in (None, each.collection)
        )

    def told_of_oneself(self, who: Identity) -> Mapping[str, Scalar]:
        """What the app said to `who` of itself; empty where it was not asked."""
        told: dict[str, Scalar] = {}
        for each in self.objects if self._me else ():
            if each.by == who.name and each.route == self._me:
                told |= {name: value for name, value in each.fields.items() if name not in told}
        return told

    def _learn_made(self, exchange: Exchange, who: Identity, route: Route, inside: Mapping[str, str]) -> None:
        collection = of_collection(route)
        answered = exchange.answer.json() if exchange.answer.media.endswith("json") else None
        given = dict(scalars(sent(exchange)))
        first = made(answered, given)
        told = dict(scalars(first))
        if Known(who.name, collection, told, made=True).id is None:
            told |= self._led_to(exchange)
        texts = frozenset(each for each in given.values() if isinstance(each, str))
        one = Known(who.name, collection, {**inside, **given, **told}, True, route.key, texts)
        of_another = one.id is not None and any(
            each.made and each.by != who.name and each.collection == collection and str(each.id) == str(one.id)
            for each in self.objects
        )
        self._add(replace(one, made=False) if of_another else one)

    def _led_to(self, exchange: Exchange) -> dict[str, Scalar]:
        """The id of what was made, where the answer leads to it: by `Location`, or else by a link of the page."""
        where = located(exchange)
        for path in (where,) if where else linked(exchange.answer):
            found = self.route_of("GET", path)
            if found is not None and found[0].params:
                route, inside = found
                last = f"{{{route.params[-1]}}}"
                names_it = last in route.segments[-1:] or (not where and last in route.segments[-2:-1])
                return {**inside, "id": inside[route.params[-1]]} if names_it else dict(inside)
        known = self.route_of("GET", where) is not None
        return {"id": unquote(where.rpartition("/")[2])} if where and not known else {}

    def _see(self, path: str, who: Identity) -> None:
        """A page led `who` to one of something."""
        found = self.route_of("GET", path)
        if found is None:
            return
        route, inside = found
        for name, value in inside.items():
            collection = referred(route, Slot("path", (name,)))
            if collection:
                self._add(Known(who.name, collection, {**inside, "id": value}, False, route.key))

    def _add(self, known: Known) -> None:
        self.objects.append(known)
        if self._new is not None:
            self._new.append(known)
        if len(self.objects) > _MOST:
            del self.objects[: _MOST // 4]

    def _forget(self, route: Route, inside: Mapping[str, str]) -> None:
        collection = of_collection(route)
        names = route.params
        if not names:
            return
        gone = inside[names[-1]]
        fields = plausible_fields(names[-1], collection)
        self.objects = [
            each
            for each in self.objects
            if each.collection != collection or all(str(each.fields.get(name)) != gone for name in fields)
        ]


def _maker(route: Route, slot: Slot) -> str:
    """The key of the route that would make what a place in the path names: the path up to there, by POST."""
    before = re.split(rf"/\{{{re.escape(slot.name)}[:}}]", route.path)[0] if slot.place == "path" else ""
    return f"POST {before}"


def _of_kind(slot: Slot, values: Iterable[Scalar]) -> Iterator[Scalar]:
    """Those that a place takes, as far as the document says: what stood in a path is a text at first."""
    for value in values:
        if slot.schema.get("format") == "uuid":
            yield from (value,) if _UUID.fullmatch(str(value)) else ()
        elif slot.schema.get("type") not in ("integer", "number"):
            yield value
        elif str(value).lstrip("-").isdigit():
            yield int(value)


def _shape(route: Route) -> re.Pattern[str]:
    """What a path of this route looks like, with a group for each of its parameters."""
    parts: list[str] = []
    ended = 0
    for found in PARAMETER.finditer(route.path):
        inner = "(.+)" if found[0].endswith(":path}") else "([^/]+)"
        parts += [re.escape(as_sent(route.path[ended : found.start()])), inner]
        ended = found.end()
    return re.compile("".join([*parts, re.escape(as_sent(route.path[ended:]))]))
