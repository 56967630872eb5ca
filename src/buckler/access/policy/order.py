"""Which routes never get a request, or not each of theirs, since another one stands in front: the first one wins.

Said where the one in front is no narrower: `/notes/me` before `/notes/{note}` is as it should be, the other way round
it is told. So of any two routes whose paths meet, the file says which is first. Where two meet is judged by their
segments, and rather too often than not: a parameter is taken for any text, whatever its type.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from buckler.access.doors.door import Door, Mounted, is_websocket

_ANY: Final = "{}"
_REST: Final = "{...}"
Pattern = tuple[str, ...]


def behind(doors: Sequence[Door]) -> list[tuple[str, ...]]:
    """Of each door, in the order in which the router asks them: what stands in front of it, sorted."""
    patterns = [_pattern_of(door) for door in doors]
    found: list[tuple[str, ...]] = []
    for place, door in enumerate(doors):
        if "(front end)" in door.path:
            found.append(())  # always last, wherever it is written
            continue
        told = (_in_front(doors[before], patterns[before], door, patterns[place]) for before in range(place))
        found.append(tuple(sorted({each for each in told if each is not None})))
    return found


def _in_front(other: Door, pattern: Pattern, door: Door, own: Pattern) -> str | None:
    """How `other` is called where it would take requests of `door`, and is no narrower."""
    outside = _mounted_apart(other, door)
    if outside is None:
        is_other_kind = is_websocket(other.route) is not is_websocket(door.route) and not _takes_all(other)
        if is_other_kind or (other.methods and door.methods and other.methods.isdisjoint(door.methods)):
            return None
        told = f"{','.join(sorted(other.methods or ())) or 'ANY'} {other.path}"
    else:
        # It is in a mount that `door` is not in: whatever lies below never comes to another one.
        pattern = _segments(outside.path, rest=True)
        told = f"ANY {outside.path}/..." if outside.host is None else f"ANY {outside.path}/... of {outside.host}"
        if not _hosts_meet(outside.host, door.within):
            return None
    if not _meet(pattern, own) or (_covers(own, pattern) and not _covers(pattern, own)):
        return None
    return told


def _mounted_apart(other: Door, door: Door) -> Mounted | None:
    """The outermost mount around `other` that is not around `door`."""
    return next((each for each in other.within if not any(each is same for same in door.within)), None)


def _hosts_meet(host: str | None, within: Iterable[Mounted]) -> bool:
    if host is None or "{" in host:
        return True
    return all(each.host is None or "{" in each.host or each.host == host for each in within)


def _takes_all(door: Door) -> bool:
    """Whether it is an app that is mounted as one door: it takes sockets too."""
    return door.methods is None and not is_websocket(door.route)


def _pattern_of(door: Door) -> Pattern:
    is_below = _takes_all(door) and door.path.endswith("/{path}")
    return _segments(door.path.removesuffix("/{path}") if is_below else door.path, rest=is_below)


def _segments(path: str, *, rest: bool) -> Pattern:
    parts = [_REST if ":path}" in part else _ANY if "{" in part else part for part in path.split("/")[1:]]
    if _REST in parts:
        return tuple(parts[: parts.index(_REST) + 1])
    return (*parts, _REST) if rest else tuple(parts)


def _meet(one: Pattern, other: Pattern) -> bool:
    """Whether some path fits both."""
    for mine, theirs in zip(one, other, strict=False):
        if _REST in (mine, theirs):
            return True
        if _ANY not in (mine, theirs) and mine != theirs:
            return False
    longer = one[len(other) :] or other[len(one) :]
    return not longer or longer[0] == _REST


def _covers(wide: Pattern, narrow: Pattern) -> bool:
    """Whether whatever fits `narrow` fits `wide`."""
    for mine, theirs in zip(wide, narrow, strict=False):
        if mine == _REST:
            return True
        if theirs == _REST or mine not in (_ANY, theirs):
            return False
    return len(wide) == len(narrow) or wide[len(narrow) :][:1] == (_REST,)
