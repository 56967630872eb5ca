"""The table of routes: every door with its duty, or the reasons why the app may not start.

Decisions:
- Every door says who may call it. Where it does not, the default of the nearest app around it stands in, alone.
- A default is judged like the rest: one that says nothing about who may call leaves the door shut.
- Declarations add up. `Public` beside a requirement on the same door is an error.
- A permission that no role grants is an error: nobody could ever pass.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.routing import Route

from buckler.access.declarations.bracketed import uncalled
from buckler.access.declarations.declaration import (
    Acceptance,
    Declaration,
    Duty,
    Limitation,
    ObjectDeclaration,
    Publicity,
    Requirement,
    Source,
    says_who_may_call,
)
from buckler.access.declarations.roles import Roles
from buckler.access.declarations.sources import source_of
from buckler.access.declarations.undeclared import Undeclared
from buckler.access.doors.door import Door, is_websocket
from buckler.access.fields.doors import uses_of
from buckler.access.fields.misuse import misuse_of, unknown_of
from buckler.access.ownership.endpoints import unlike
from buckler.access.ownership.placement import placed
from buckler.access.routes.parameters import misfit_of
from buckler.access.routes.probe_routes import methods_of_probe, unfit_probe
from buckler.edge.lifting import never
from buckler.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the app may not start, and what to write instead."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}\n{self.remedy}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A door together with its duty, or with the fault that keeps it shut."""

    door: Door
    duty: Duty | None
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Rules:
    """What doors are judged by."""

    roles: Roles | None
    """None where callers bring permissions that are not ours to know."""
    default: tuple[Declaration, ...]
    factors: int
    """How many kinds of factor callers can prove themselves by; 0 where nobody can prove anything."""
    max_body: int
    """The most bytes of body where a door declares nothing."""
    undeclared: str | None = None
    """Why a door that says nothing does not stop the start: an app on trial has such."""
    session: object | None = None
    """The app's dependency for sessions of its database, where an `Owned` names none."""
    ids: tuple[str, ...] = ()
    """What ids of callers look like, one of each kind; empty where an authenticator brings whatever it likes."""
    tenants: bool = True
    """Whether callers may have a tenant."""


def judge(door: Door, rules: Rules) -> Judgement:
    """Add up what a door declares."""
    bare = _uncalled(door)
    if bare is not None:
        return Judgement(door, None, bare)
    declarations, source = _said(door, rules)
    if not says_who_may_call(declarations):
        # Fail closed: neither the door nor its default says who, and a limit is no leave.
        return Judgement(door, None, _undeclared(door))
    public = [each for each in declarations if isinstance(each, Publicity)]
    required = [each for each in declarations if isinstance(each, Requirement)]
    callers = [each for each in declarations if isinstance(each, Requirement | ObjectDeclaration)]
    limits = [each for each in declarations if isinstance(each, Limitation)]
    fault = (
        _contradiction(door, public, callers) or _unknown(callers, required, rules) or _uncounted(door, limits, callers)
    )
    objects, misplaced = placed(door, declarations, rules.session)
    misplaced = misplaced or unlike(door, objects) or _unmet(objects, rules)
    fault = fault or (Fault(f"{describe(door)}: {misplaced[0]}", f"    {misplaced[1]}") if misplaced else None)
    duty = replace(_duty(door, declarations, public, required), objects=objects, fields=uses_of(door), source=source)
    fault = fault or _unfit(door, duty, rules) or _unkept(door, duty, rules)
    return Judgement(door, None if fault else duty, fault)


def _said(door: Door, rules: Rules) -> tuple[tuple[Declaration, ...], Source]:
    """Everything that reaches the door, and where the word on who may call comes from."""
    declarations = _distinct(door.declarations)
    if says_who_may_call(declarations):
        return declarations, "declared"
    declarations = _distinct((*declarations, *(door.default or rules.default)))
    lifted = rules.undeclared is not None and all(each and each.undeclared for each in door.trials)
    if says_who_may_call(declarations) or rules.undeclared is None or not lifted:
        return declarations, "default"
    return (*declarations, Undeclared(rules.undeclared, source_of(door.endpoint))), "undeclared"


def agreeing(judgements: Sequence[Judgement]) -> list[Judgement]:
    """The judgements, with a fault where one route stands in several places that ask for different things.

    A route that is mounted twice is one object with one guard: it cannot tell the places apart.
    """
    places: dict[tuple[int, int], list[Judgement]] = {}
    for each in judgements:
        places.setdefault((id(each.door.route), id(each.door.context)), []).append(each)
    return [merged for several in places.values() for merged in _agree(several)]


def _agree(several: list[Judgement]) -> list[Judgement]:
    duties = [each.duty for each in several if each.duty is not None]
    if len(several) == 1 or all(_asks(duty) == _asks(duties[0]) for duty in duties):
        return several
    where = " and ".join(each.door.path for each in several)
    fault = Fault(
        f"{describe(several[0].door)} stands in several places, {where}, which ask for different things.",
        "    Mount an app of its own at each place, or declare the same at both.",
    )
    return [replace(each, duty=None, fault=fault) for each in several]


def sharing(judgements: Sequence[Judgement]) -> list[Judgement]:
    """The judgements, with the faults of limits that only all the routes together show."""
    judged = [(each.duty, each.door.route) for each in judgements if each.duty is not None]
    limits = dict.fromkeys(limit for duty, _ in judged for limit in duty.limits)
    heard = {limit for duty, route in judged if not isinstance(route, Route) for limit in duty.limits}
    first: dict[str, Limitation] = {}
    faults: dict[Limitation, Fault] = {}
    for limit in limits:
        name = limit.budget.name
        other = first.setdefault(name, limit) if name is not None else limit
        if other.budget != limit.budget:
            faults[limit] = _unequal(other, limit)
        elif limit.budget.per == "message" and limit not in heard:
            faults[limit] = _unheard(limit)
    return [_shut(each, faults) for each in judgements] if faults else list(judgements)


def _shut(judged: Judgement, faults: Mapping[Limitation, Fault]) -> Judgement:
    found = [faults[limit] for limit in (judged.duty.limits if judged.duty is not None else ()) if limit in faults]
    return replace(judged, duty=None, fault=found[0]) if found else judged


def opening(judgements: Sequence[Judgement]) -> list[Judgement]:
    """The judgements, with a fault where `cross_site=True` opens nothing: no route that has it changes anything."""
    said = [(each, public) for each in judgements for public in _opened_in(each)]
    useful = {public for each, public in said if each.duty is None or not each.duty.is_safe}
    idle = {id(each): public for each, public in said if public not in useful}
    return [
        replace(each, duty=None, fault=_idle(each, idle[id(each)])) if id(each) in idle else each for each in judgements
    ]


def _opened_in(judged: Judgement) -> list[Publicity]:
    return [each for each in judged.door.declarations if isinstance(each, Publicity) and each.cross_site]


def _idle(judged: Judgement, public: Publicity) -> Fault:
    return Fault(
        f"{public.where}: {public} lets pages of other sites send to {describe(judged.door)}, which changes nothing:"
        " any page may ask for that already.",
        "    Leave cross_site= away.",
    )


def _unequal(one: Limitation, other: Limitation) -> Fault:
    return Fault(
        f"{one.where}: {one} and {other.where}: {other} share the name {one.budget.name!r}, and so one budget,"
        " but they are not the same rate by the same callers.",
        "    Give both the same rate, by= and per=, or names of their own.",
    )


def _unheard(limit: Limitation) -> Fault:
    return Fault(
        f"{limit.where}: {limit} counts messages, but no WebSocket is declared with it.",
        "    Put it on a WebSocket route, or leave per= away to count requests.",
    )


def _asks(duty: Duty) -> tuple[object, ...]:
    further = frozenset((each.kinds, each.step_up, each.factors, each.condition) for each in duty.requirements)
    probed = duty.is_probe, duty.source == "undeclared"
    limited = duty.limits, duty.max_body, duty.encodings, duty.trials
    return duty.public, duty.needs, further, duty.objects, *limited, probed


def _duty(
    door: Door, declarations: tuple[Declaration, ...], public: list[Publicity], required: list[Requirement]
) -> Duty:
    accepted = [each for each in declarations if isinstance(each, Acceptance)]
    encodings = [each.encodings for each in accepted if each.encodings is not None]
    return Duty(
        path=door.path,
        methods=methods_of_probe(door.methods) if any(each.probe for each in public) else door.methods,
        declarations=declarations,
        public=bool(public),
        needs=frozenset[str]().union(*(each.permissions for each in required)),
        limits=tuple(each for each in declarations if isinstance(each, Limitation)),
        max_body=min((each.max_body for each in accepted if each.max_body is not None), default=None),
        encodings=frozenset[bytes].intersection(*encodings) if encodings else frozenset(),
        trials=(never,) if door.is_ours else tuple(never if each is None else each.allows for each in door.trials),
        takes_parts=door.takes_parts,
    )


def _distinct(declarations: tuple[Declaration, ...]) -> tuple[Declaration, ...]:
    return tuple(dict.fromkeys(declarations))


def _undeclared(door: Door) -> Fault:
    form = "dependencies=[{}]" if hasattr(door.route, "dependant") else "guarded(..., {})"
    choices = (
        ('Public("why anybody may")', "anybody"),
        ("Requires()", "anyone signed in"),
        ('Requires("things:read")', "whoever holds a permission"),
    )
    lines = [f"    {form.format(each):<48}# {who}" for each, who in choices]
    if hasattr(door.route, "dependant"):
        lines.append(f"    {'who: Annotated[Principal, Requires()]':<48}# the same, and the endpoint gets the caller")
    return Fault(f"{describe(door)} says nothing about who may call it. Add one of:", "\n".join(lines))


def _uncalled(door: Door) -> Fault | None:
    """`Depends(Limit)`: FastAPI would call it with what a request says, and nothing would be limited."""
    for call in _calls(door.dependant) if door.dependant is not None else ():
        said = uncalled(call)
        if said is not None:
            return Fault(f"{describe(door)}: {said}", "    And without Depends around it: it is a dependency already.")
    return None


def _calls(dependant: Any) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


def _contradiction(door: Door, public: list[Publicity], required: Sequence[Declaration]) -> Fault | None:
    if not public or not required:
        return None
    return Fault(
        f"{describe(door)} is public ({public[0].where}: {public[0]}) and not public"
        f" ({required[0].where}: {required[0]}).",
        "    Keep one of the two lines.",
    )


def _unknown(callers: Sequence[Declaration], required: list[Requirement], rules: Rules) -> Fault | None:
    if callers and not rules.factors:
        return Fault(
            f"{callers[0].where}: {callers[0]}, but nobody can prove who they are.",
            "    Give Buckler(app, accounts=True), or an authenticator of your own.",
        )
    for each in required:
        if each.factors > rules.factors:
            return Fault(
                f"{each.where}: {each}, but callers prove who they are by {rules.factors} kind of factor at most.",
                "    Leave factors= away, or bring callers who have more: an authenticator whose `factors` says so.",
            )
    if rules.roles is None:
        return None
    named: list[tuple[Declaration, str]] = [
        (each, permission) for each in required for permission in sorted(each.permissions)
    ]
    named += [
        (each, each.unless) for each in callers if isinstance(each, ObjectDeclaration) and each.unless is not None
    ]
    for declared, permission in named:
        try:
            rules.roles.check(permission)
        except ConfigurationError as error:
            return Fault(f"{declared.where}: {error}", _GRANT if rules.roles.known else _NO_ROLES)
    return None


def _unmet(objects: Iterable[ObjectDeclaration], rules: Rules) -> tuple[str, str] | None:
    """An ownership that no caller of this app could ever have."""
    return next(filter(None, (each.unmet(rules.ids, tenants=rules.tenants) for each in objects)), None)


def _uncounted(door: Door, limits: list[Limitation], required: Sequence[Declaration]) -> Fault | None:
    """A limit that can never count what it says."""
    for limit in limits:
        if limit.budget.needs_caller and not required:
            return Fault(
                f"{limit.where}: {limit} counts by={limit.budget.by!r}, but {describe(door)} is public:"
                " whoever calls it is not known.",
                "    Leave by= away: accounts are counted where a caller is required, and clients where none is.",
            )
    return None


def _unfit(door: Door, duty: Duty, rules: Rules) -> Fault | None:
    """A parameter that can never hold what it says."""
    unfit = unfit_probe(door, duty)
    if unfit is not None:
        return Fault(f"{describe(door)}: {unfit[0]}", f"    {unfit[1]}")
    found = misfit_of(door, rules.max_body if duty.max_body is None else duty.max_body)
    return Fault(f"{describe(door)}: {found[0]}", f"    {found[1]}") if found is not None else None


def _unkept(door: Door, duty: Duty, rules: Rules) -> Fault | None:
    """A guarded field that could not be kept, or that nobody could ever see."""
    found = misuse_of(door) or unknown_of(duty.fields, rules.roles, anybody=rules.factors > 0)
    return Fault(f"{describe(door)}: {found[0]}", f"    {found[1]}") if found is not None else None


_GRANT = "    Grant it in Roles(...), or mend the spelling."
_NO_ROLES = "    Say who has it: Buckler(app, ..., roles=Roles({'reader': {'reports:read'}}, new='reader'))."


def describe(door: Door) -> str:
    """The door in a line: methods, path, and the file and line of its endpoint."""
    verbs = "WEBSOCKET" if is_websocket(door.route) else ",".join(sorted(door.methods or ())) or "ANY"
    return f"{verbs} {door.path} ({source_of(door.endpoint)})"
