"""The policy as rows of two tables: what each route asks, and what each role may."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from buckler.access.declarations.durations import told_duration
from buckler.access.policy.policy import Asked, Limited, Policy, RoutePolicy

Row = tuple[str, ...]
ROUTES: Final[Row] = ("METHODS", "PATH", "WHO MAY", "LIMITS", "NOTES")


def route_rows(policy: Policy) -> list[Row]:
    """A row for each door: what it asks."""
    return [(methods_of(each), each.path, who_of(each), limits_of(each), notes_of(each)) for each in policy.routes]


def matrix_head(policy: Policy) -> Row:
    """The columns of the matrix: the door, and each kind of caller."""
    return ("METHODS", "PATH", "ANONYMOUS", "SIGNED IN", *(name for name in policy.roles or ()))


def matrix_rows(policy: Policy) -> list[Row]:
    """A row for each door: which caller may."""
    return [
        (methods_of(each), each.path, each.may.anonymous, each.may.signed_in, *each.may.roles.values())
        for each in policy.routes
    ]


def field_rows(policy: Policy) -> list[Row]:
    """A row for each guarded field: which permission and which roles read and write it."""
    found = {(each.model, each.field): each for door in policy.routes for each in door.fields}
    return [
        (model, name, _who_may(each.read, each.readers), _who_may(each.write, each.writers))
        for (model, name), each in sorted(found.items())
    ]


def _who_may(permission: str | None, roles: Sequence[str]) -> str:
    if permission is None:
        return "whoever may call"
    return f"{permission} ({', '.join(roles)})" if roles else permission


def methods_of(door: RoutePolicy) -> str:
    """The methods in a word each; what kind of door it is where it has none."""
    return ",".join(door.methods) if door.methods else {"http": "ANY"}.get(door.kind, door.kind.upper())


def who_of(door: RoutePolicy) -> str:
    """Who may, in words."""
    if door.source == "undeclared":
        return "nobody: it says nothing of who may"
    if door.public is not None:
        return f"anybody: {door.public.reason}"
    asked = [text for each in door.requires for text in _asked(each)]
    owners = [f"own objects ({_pairs(each)})" for each in door.owned]
    return "; ".join([*dict.fromkeys(asked), *owners]) or "anyone signed in"


def _asked(asked: Asked) -> list[str]:
    said = [*asked.permissions]
    if asked.kinds is not None:
        said.append(f"a {' or '.join(asked.kinds)}")
    if asked.step_up is not None:
        said.append(f"who proved it at most {told_duration(asked.step_up)} ago")
    if asked.factors > 1:
        said.append(f"by {asked.factors} kinds of factor")
    if asked.condition is not None:
        said.append(f"if {asked.condition.name}: {asked.condition.reason}")
    return said


def _limit(limit: Limited) -> str:
    further = [f"costs {limit.cost}"] if limit.cost > 1 else []
    further += ["per message"] if limit.per == "message" else []
    return " ".join([limit.rate, f"by {limit.by}", *further])


def limits_of(door: RoutePolicy) -> str:
    """How often, in words; empty where nothing limits it."""
    return "; ".join(map(_limit, door.limits))


def notes_of(door: RoutePolicy) -> str:
    """What else there is to say of it, in words."""
    said = ["by default"] if door.source == "default" else []
    said += ["of Buckler"] if door.added_by_buckler else []
    said += ["probe"] if door.public is not None and door.public.probe else []
    said += ["from any site"] if door.public is not None and door.public.cross_site else []
    said += [f"takes {', '.join(door.body.encodings)}"] if door.body.encodings else []
    said += [f"for the host {' in '.join(reversed(door.hosts))}"] if door.hosts else []
    said += [f"behind {', '.join(door.behind)}"] if door.behind else []
    said += [f"files of {each.directory or ' '.join(each.packages)}" for each in door.files]
    names = dict.fromkeys(f"{each.model.rpartition('.')[2]}.{each.field}" for each in door.fields)
    said += [f"guards {', '.join(names)}"] if names else []
    return "; ".join(said)


def _pairs(described: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_told(value)}" for name, value in described.items() if value not in (None, (), [], {}))


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({_pairs(value)})"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return " ".join(map(_told, value))  # pyright: ignore[reportUnknownArgumentType]
    return str(value)
