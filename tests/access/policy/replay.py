"""What a committed policy file says of a request, read as plain data: nothing of Buckler is imported here."""

from dataclasses import dataclass
from typing import Any

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Those that come past the edge."""


@dataclass(frozen=True)
class Caller:
    """Who asks, as the file knows such: by role, or by permissions and kind."""

    role: str | None = None
    permissions: frozenset[str] = frozenset()
    kind: str = "person"


def says(doors: list[dict[str, Any]], method: str, caller: Caller | None) -> int:
    """What the file says of doors that share one path: 405, 401, 403, or 200 for in. No caller is anonymous."""
    door = next((each for each in doors if each["methods"] is None or method in each["methods"]), None)
    if door is None:
        return 405
    if door["public"] is not None:
        return 200
    if caller is None:
        return 401
    return 200 if all(_holds(each, caller) for each in door["requires"]) else 403


def matrix_says(door: dict[str, Any], role: str | None) -> str:
    """What the matrix in the file says of a role, or of nobody."""
    return str(door["may"]["anonymous"] if role is None else door["may"]["roles"][role])


def by_path(policy: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The doors of each path."""
    found: dict[str, list[dict[str, Any]]] = {}
    for door in policy["routes"]:
        found.setdefault(door["path"], []).append(door)
    return found


def _holds(asked: dict[str, Any], caller: Caller) -> bool:
    assert asked["step_up"] is None
    assert asked["factors"] == 1
    assert asked["condition"] is None
    return (asked["kinds"] is None or caller.kind in asked["kinds"]) and all(
        any(_covers(grant, need) for grant in caller.permissions) for need in asked["permissions"]
    )


def _covers(grant: str, need: str) -> bool:
    return grant in ("*", need) or (grant.endswith(":*") and need.startswith(grant[:-1]))
