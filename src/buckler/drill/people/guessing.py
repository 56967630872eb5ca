"""How one comes into an app that nobody described: guessed from its OpenAPI document, and told in plain words.

1. What a person told counts more than what is guessed, part by part.
2. Which routes are doors stands in `doors`, which field takes what in `fields`, and how a token is shown in `showing`.
3. What cannot be guessed is told with the option that would say it. Nothing is made up: no way in is no entry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast, get_args

from buckler.drill.people.doors import Doors, find_doors
from buckler.drill.people.entry import Entry, Part, Shown, Step
from buckler.drill.people.fields import Purpose, Way, fillable, only_other, parts_of
from buckler.drill.people.handed import refresh_way, token_way
from buckler.drill.people.showing import declared
from buckler.drill.plan.document import Document
from buckler.drill.plan.options import Options
from buckler.drill.plan.route import FORM, JSON, MULTIPART, Body, Route, Slot

_HOW_TO_SIGN_IN: Final = (
    "Tell it: --login 'POST /login json username password', or bring tokens: --token ROLE=VARIABLE."
)
_ORDER: Final[tuple[Part, ...]] = get_args(Part)
_MEDIA: Final = {"json": JSON, "form": FORM, "multipart": MULTIPART}


@dataclass(frozen=True, slots=True)
class Guess:
    """What is thought of the ways in, before anything was sent."""

    entry: Entry | None = None
    confirm: Step | None = None
    """Takes the code that a letter brought to a new account."""
    notes: tuple[str, ...] = ()

    @property
    def gives_keys(self) -> bool:
        """Whether registering is the whole way in: it answers with the key."""
        return self.entry is not None and self.entry.register is not None and self.entry.sign_in == self.entry.register


def guess(document: Document, options: Options | None = None) -> Guess:
    """The ways in of an app, from its document and from what was told."""
    told = options or Options()
    steps = _Steps(document, told)
    doors = find_doors(document)
    sign_in = steps.sign_in(doors)
    register = steps.register(doors, sign_in)
    sign_in = sign_in or _by_key(register)
    confirm = steps.of(doors.confirm, "confirm")
    if sign_in is None:
        return Guess(None, confirm, tuple(_without(document, register)))
    entry = Entry(
        sign_in=sign_in,
        shown=_shown(document, sign_in, told),
        register=register,
        refresh=steps.of(doors.refresh, "refresh"),
        logout=steps.of(doors.logout, None),
        change_password=steps.of(doors.change_password, "change_password"),
        ask_reset=steps.of(doors.ask_reset, "ask_reset"),
        reset=steps.of(doors.reset, "reset"),
        me=doors.me,
    )
    return Guess(entry, confirm, tuple(_notes(entry, told)))


class _Steps:
    """Makes steps of routes: guessed ones, and those that were told."""

    def __init__(self, document: Document, told: Options) -> None:
        self._document = document
        self._told = told

    def of(self, route: Route | None, purpose: Purpose | None) -> Step | None:
        """The step at a guessed route."""
        if route is None:
            return None
        fields = parts_of(route, self._document.schemas, purpose) if purpose else dict[Part, Way]()
        return Step(route, fields, self._fixed(route) if purpose == "sign_in" else {})

    def sign_in(self, doors: Doors) -> Step | None:
        """Where one signs in: as told, else as guessed."""
        told = self._told.sign_in
        if told is None:
            return self._with_name(self.of(doors.sign_in, "sign_in"))
        fields = {"name": told.name_field or "username", "password": told.password_field or "password"}
        named = bool(told.name_field or told.password_field)
        return self._told_step(told.route, told.media, fields if named else {}, told.fixed, "sign_in")

    def register(self, doors: Doors, sign_in: Step | None) -> Step | None:
        """Where accounts are made: as told, else as guessed."""
        told = self._told.register
        if told is None:
            return self._as_signed_in(self.of(doors.register, "register"), sign_in)
        return self._told_step(told.route, told.media, told.fields, told.fixed, "register")

    def _with_name(self, step: Step | None) -> Step | None:
        """A door takes a name whatever it is called, where nothing else is left that it could be."""
        if step is None or "name" in step.fields or "password" not in step.fields:
            return step
        way = only_other(step.route, self._document.schemas, step.fields)
        return step if way is None else replace(step, fields={**step.fields, "name": way})

    def _as_signed_in(self, step: Step | None, sign_in: Step | None) -> Step | None:
        """The field that is called as the one that signing in takes is the name, whatever stands beside it."""
        wanted = sign_in.fields.get("name") if sign_in is not None else None
        if step is None or wanted is None:
            return step
        slots = fillable(step.route, self._document.schemas)
        same = next((slot.way for slot in slots if slot.way[-1] == wanted[-1]), None)
        if same is None or same in step.fields.values():
            return step
        return replace(step, fields={**step.fields, "name": same})

    def _told_step(
        self, key: str, media: str | None, named: Mapping[str, str], fixed: Mapping[str, object], purpose: Purpose
    ) -> Step:
        method, _, path = key.partition(" ")
        known = next((route for route in self._document.routes if route.key == key), None)
        route = known or Route(method, path)
        ways = {part: tuple(name.split(".")) for part, name in named.items()}
        route = _taking(route, media, ways, bool(fillable(route, self._document.schemas)))
        guessed = parts_of(route, self._document.schemas, purpose)
        return Step(route, {**guessed, **cast("Mapping[Part, Way]", ways)}, {**self._fixed(route), **fixed})

    def _fixed(self, route: Route) -> Mapping[str, object]:
        """The password flow names itself (RFC 6749 section 4.3.2)."""
        names = {slot.name for slot in fillable(route, self._document.schemas) if slot.place == "form"}
        return {"grant_type": "password"} if "grant_type" in names else {}


def _taking(route: Route, media: str | None, ways: Mapping[str, Way], known: bool) -> Route:
    """The route with the body, or query, that was told of it."""
    if media == "query":
        return replace(route, body=None, parameters=(*route.parameters, *(Slot("query", way) for way in ways.values())))
    if known and (media is None or (route.body is not None and route.body.media == _MEDIA[media])):
        return route
    fields = {way[0]: {"type": "string"} for way in ways.values() if len(way) == 1}
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    if route.body is not None and route.body.schema.get("properties"):
        schema = dict(route.body.schema)
    return replace(route, body=Body(_MEDIA[media or "json"], schema))


def _by_key(register: Step | None) -> Step | None:
    """Registering, where it asks for no password: then what it answers is all that one shows."""
    return register if register is not None and register.fields.keys().isdisjoint(("password",)) else None


def _shown(document: Document, sign_in: Step, told: Options) -> Shown:
    schemas, answer = document.schemas, sign_in.route.answer()
    at = token_way(schemas, answer)
    likely = next(iter(declared(document)), Shown())
    shown = replace(likely, at=at or likely.at, refresh_at=refresh_way(schemas, answer))
    if told.sign_in is not None and told.sign_in.show is not None:
        show = told.sign_in.show
        shown = replace(shown, kind=show.kind, field=show.field, scheme=show.scheme)
    if told.sign_in is not None and told.sign_in.token:
        shown = replace(shown, at=tuple(told.sign_in.token.split(".")))
    return shown


def _notes(entry: Entry, told: Options) -> Iterator[str]:
    guessed = [
        ("signs in", entry.sign_in if told.sign_in is None and entry.sign_in != entry.register else None),
        ("registers", entry.register if told.register is None else None),
        ("refreshes a token", entry.refresh),
        ("logs out", entry.logout),
        ("changes a password", entry.change_password),
        ("asks for a reset", entry.ask_reset),
        ("resets a password", entry.reset),
    ]
    for does, step in guessed:
        if step is not None:
            yield f"Guessed: {step.route.key} {does}{_with(step)}."
    if entry.me is not None:
        yield f"Guessed: {entry.me.key} tells who is calling."
    if entry.register is None:
        yield (
            "No route was found that registers accounts. Name accounts: --user NAME:PASSWORD (twice, and --admin); "
            "or the route: [register] in the options file."
        )


def _with(step: Step) -> str:
    parts = sorted(step.fields.items(), key=lambda each: _ORDER.index(each[0]))
    ways = {way: part for part, way in reversed(parts)}
    fields = [f"{part.replace('_', ' ')} in {'.'.join(way)}" for way, part in reversed(ways.items())]
    return f", with {', '.join(fields)}" if fields else ""


def _without(document: Document, register: Step | None) -> Iterator[str]:
    several = len(document.routes)
    yield f"None of {several} {'route' if several == 1 else 'routes'} looks like one that signs in. {_HOW_TO_SIGN_IN}"
    if register is not None:
        yield f"Guessed: {register.route.key} registers{_with(register)}, but there is no use without a sign-in."
