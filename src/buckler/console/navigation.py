"""Where one can go: what stands at the side of each page, as far as the caller may."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from buckler.principal import Principal

HOME: Final = "/console"
"""Where the console is: nowhere else is it written."""
SIGN_IN: Final = f"{HOME}/sign-in"
FIRST: Final = f"{HOME}/first-administrator"


@dataclass(frozen=True, slots=True)
class Place:
    """One entry. `needs` is the permission without which it is not shown; the page itself asks again."""

    label: str
    path: str
    needs: str | None = None
    group: str = "Your account"


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading."""

    label: str
    places: tuple[Place, ...]


def groups_for(places: Sequence[Place], who: Principal | None) -> list[Group]:
    """The entries that this caller sees, in their order; nobody sees any."""
    if who is None:
        return []
    seen = [each for each in places if each.needs is None or who.may(each.needs)]
    labels = dict.fromkeys(each.group for each in seen)
    return [Group(label, tuple(each for each in seen if each.group == label)) for label in labels]


def current_of(places: Sequence[Place], path: str) -> Place | None:
    """The entry in whose part of the console a path stands: the longest that it begins with."""
    found = [each for each in places if path == each.path or path.startswith(f"{each.path}/")]
    return max(found, key=lambda each: len(each.path), default=None)
