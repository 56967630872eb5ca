"""Who may call what, as the committed policy file says: the truth that an app is judged by.

It is read as data, in the form `buckler-policy` version 1, and never from the app under attack.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

May = Literal["yes", "no", "own_objects", "depends"]
FORMAT: Final = "buckler-policy"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared of one method of one path."""

    anonymous: May
    signed_in: May
    roles: Mapping[str, May]
    cross_site: bool = False
    """Whether pages of other sites may send requests here that change something."""
    owned: tuple[str, ...] = ()
    """The path parameters that name an object with an owner."""
    step_up: bool = False
    """Whether the caller has to have proved just now who it is."""
    added_by_installer: bool = False
    limits: int = 0
    most_bytes: int | None = None

    def may(self, role: str | None) -> May:
        """What somebody of this role may; None is anybody, and an empty text somebody without a role."""
        if role is None:
            return self.anonymous
        return self.roles.get(role, self.signed_in)


@dataclass(frozen=True, slots=True)
class Truth:
    """A whole policy file."""

    routes: Mapping[str, Declared]
    """By `METHOD path`."""
    roles: tuple[str, ...] = ()
    new_role: str | None = None
    raw: Mapping[str, Any] | None = None
    """The file as it is, for those who compare."""


class NoPolicy(ValueError):
    """What was given is no policy file of a form that is known here. The text says what to do."""


def read_policy(policy: object) -> Truth:
    """The truth in a policy file. Raises `NoPolicy`."""
    known: Mapping[str, Any] = {}
    whole = cast("Mapping[str, Any]", policy) if isinstance(policy, Mapping) else known
    if whole.get("format") != FORMAT or whole.get("version") != VERSION:
        raise NoPolicy(
            f"This is no policy file of version {VERSION}. Write one with: buckler policy main:app --write policy.json"
        )
    try:
        roles = cast("Mapping[str, list[str]]", whole["roles"] or {})
        routes = cast("list[Mapping[str, Any]]", whole["routes"])
        found = {
            f"{method} {plain_path(str(route['path']))}": _declared(route)
            for route in routes
            for method in route["methods"] or ()
        }
    except (KeyError, TypeError, AttributeError, ValueError) as missing:
        raise NoPolicy(
            f"This policy file is not whole ({missing}). Write it anew: buckler policy main:app --write policy.json"
        ) from missing
    return Truth(found, tuple(roles), whole.get("new_account_role"), whole)


def plain_path(path: str) -> str:
    """The path as a document writes it: without the converters of its parameters."""
    return "/".join(
        part.partition(":")[0] + "}" if part.startswith("{") and ":" in part else part for part in path.split("/")
    )


def _declared(route: Mapping[str, Any]) -> Declared:
    may, public = route["may"], route["public"]
    body = cast("Mapping[str, Any]", route["body"] or {})
    return Declared(
        anonymous=_may(may["anonymous"]),
        signed_in=_may(may["signed_in"]),
        roles={str(role): _may(each) for role, each in may["roles"].items()},
        cross_site=bool(public and public["cross_site"]),
        owned=tuple(each["param"] for each in route["owned"] if each.get("param")),
        step_up=any(each["step_up"] for each in route["requires"]),
        added_by_installer=bool(route["added_by_buckler"]),
        limits=len(route["limits"]),
        most_bytes=body.get("most_bytes"),
    )


def _may(said: object) -> May:
    if said not in get_args(May):
        raise ValueError(f"somebody may {said!r}")
    return cast("May", said)
