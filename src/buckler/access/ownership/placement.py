"""Which path parameter names the object, on every route where an `Owned` stands: found when the app starts.

1. `param=`, else the name of the endpoint's parameter, else the name of the model, each as it stands and with `_id`;
   else `id`; else the only parameter that is left.
2. It stands where a dependency runs: on a mount, a plain Starlette route or as a default nobody would load anything.
3. Of several objects on a route each belongs to one before it, or says that it does not (`within=`): else note 7 of
   project 2 would be had through project 1 (CWE-639).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fastapi.dependencies.models import Dependant

from buckler.access.declarations.declaration import Declaration, ObjectDeclaration
from buckler.access.doors.door import Door
from buckler.access.ownership.spelling import names_in, spelled

Misfit = tuple[str, str]
"""What cannot be, and what to write instead."""
SESSION: Final = "session_of_buckler"
"""Where a router of a protected app carries that app's dependency for sessions."""


def placed(
    door: Door, declarations: Sequence[Declaration], session: object | None
) -> tuple[Mapping[ObjectDeclaration, str], Misfit | None]:
    """The path parameter of each object that a route names, or what is wrong and what to write instead."""
    owned = [each for each in declarations if isinstance(each, ObjectDeclaration)]
    if not owned:
        return {}, None
    standing = list(_standing(door.dependant)) if door.dependant is not None else []
    session = getattr(getattr(door.app, "router", None), SESSION, None) or session
    path = names_in(door.path)
    found: dict[ObjectDeclaration, str] = {}
    for each in owned:
        names = [name for call, name in standing if call is each]
        misfit = _misplaced(each, names) or each.adopt(session) or _unbound(each, names, path)
        name = None if misfit else _name_of(each, [name for name in names if name is not None], path)
        misfit = misfit or (_doubled(each, name, path) if name is not None else _unnamed(each, path))
        if name is None or misfit is not None:
            return {}, misfit
        found[each] = name
    return found, _clashing(found, path)


def supply_sessions(dependant: Dependant) -> None:
    """Give every `Owned` of a route, however deep, the session that it was given since FastAPI looked at it."""
    for inner in dependant.dependencies:
        if isinstance(inner.call, ObjectDeclaration):
            inner.call.supply(inner)
        else:
            supply_sessions(inner)


def bearing_objects(dependant: Dependant) -> Iterator[object]:
    """The dependencies of a route that have an `Owned` inside, however deep: an override of one replaces that too."""
    for inner in dependant.dependencies:
        if any(isinstance(call, ObjectDeclaration) for call, _ in _standing(inner)):
            yield inner.call
        yield from bearing_objects(inner)


def _standing(dependant: Dependant) -> Iterator[tuple[object, str | None]]:
    for inner in dependant.dependencies:
        yield inner.call, inner.name
        yield from _standing(inner)


def _misplaced(owned: ObjectDeclaration, names: Sequence[str | None]) -> Misfit | None:
    if not names:
        return (
            f"{owned.where}: {owned} stands where no dependency runs, so nobody would load the object.",
            "Write it on the route, its router or its FastAPI app: dependencies=[...], or a parameter of the endpoint.",
        )
    if len({name for name in names if name is not None}) > 1:
        # FastAPI calls a dependency once a request: both parameters would be the same object.
        told = " and ".join(sorted({name for name in names if name is not None}))
        return (f"{owned.where}: {owned} is one object, and {told} are two.", "Write an Owned(...) for each of them.")
    return None


def _doubled(owned: ObjectDeclaration, name: str, path: Sequence[str]) -> Misfit | None:
    if path.count(name) == 1:
        return None
    return (
        f"{owned.where}: {owned} is named by {name!r}, which this path has twice; only the last of them would count.",
        "Give the one that stands further out, on the mount, another name.",
    )


def _unbound(owned: ObjectDeclaration, names: Sequence[str | None], path: Sequence[str]) -> Misfit | None:
    missing = [name for name in owned.parents or () if spelled(name, path) is None]
    if not missing:
        return None
    own = _name_of(owned, [name for name in names if name is not None], path)
    others = [name for name in path if name != own]
    write = f"Write one of {_told(others)} in within=, or an" if others else "Write an"
    return (
        f"{owned.where}: {owned} belongs within {missing[0]!r}, which is no parameter of this path.",
        f"{write} Owned of its own for this route.",
    )


def _name_of(owned: ObjectDeclaration, names: Sequence[str], path: Sequence[str]) -> str | None:
    if owned.param is not None:
        return owned.param if owned.param in path else None
    model = _snake(owned.model_name)
    for name in (*names, model):
        found = spelled(name, path)
        if found is not None:
            return found
    if "id" in path:
        return "id"
    parents = {spelled(name, path) for name in owned.parents or ()}
    left = [name for name in path if name not in parents]
    return left[0] if len(left) == 1 else None


def _unnamed(owned: ObjectDeclaration, path: Sequence[str]) -> Misfit:
    if not path:
        return (
            f"{owned.where}: {owned} needs a path parameter that names the object, and this path has none.",
            "Give the path one; for an id in a body or a query ask the rule itself: notes.find(who, id, session).",
        )
    if owned.param is not None:
        return (
            f"{owned.where}: {owned} is named by param={owned.param!r}, which is no parameter of this path.",
            f"Write one of {_told(path)}.",
        )
    return (
        f"{owned.where}: {owned} could be named by any of {_told(path)}.",
        f"Say which: Owned({owned.model_name}, ..., param={path[-1]!r}).",
    )


def _clashing(found: Mapping[ObjectDeclaration, str], path: Sequence[str]) -> Misfit | None:
    """What is wrong between several objects of one route, outermost first."""
    ordered = sorted(found, key=lambda each: path.index(found[each]))
    for place, each in enumerate(ordered[1:], 1):
        before = {found[other]: other for other in ordered[:place]}
        if found[each] in before:
            other = before[found[each]]
            both = f"{each.where}: {each} and {other.where}: {other} are both named by {found[each]!r}."
            return both, "Say which parameter names which: param=..."
        bound = {name: spelled(name, path) for name in each.parents or ()}
        if each.parents is None or (bound and before.keys().isdisjoint(bound.values())):
            nearest = found[ordered[place - 1]]
            remedy = f"Say which column names it: within={{{nearest!r}: {each.model_name}.{nearest}}};"
            return (
                f"{each.where}: {each} is not bound to {nearest!r}, so it would answer below any other one too.",
                f"{remedy} or that they have nothing to do with each other: within={{}}.",
            )
        for name, parent in bound.items():
            misfit = _misbound(each, name, before[parent]) if parent is not None and parent in before else None
            if misfit is not None:
                return misfit
    return None


def _misbound(each: ObjectDeclaration, name: str, parent: ObjectDeclaration) -> Misfit | None:
    """The column of `within` means another column than the one by which the path names the parent."""
    told = each.misbinding(name, parent)
    if told is None:
        return None
    column, key = told
    what = f"{each.where}: {each} is bound to {name!r} by {column}, which does not hold {key}: this path names a"
    remedy = f"Name the parent by what {column} refers to (param=, key= of {parent}), or bind another column."
    return f"{what} {parent.model_name} by that.", remedy


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _told(names: Sequence[Any]) -> str:
    return ", ".join(map(repr, names))
