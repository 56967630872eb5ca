"""In which ways an app declares otherwise than the policy file that was committed: two policies as data.

Reasons, names of functions and the order count for nothing. Whatever the app gives that the file does not opens
something, and so does what it asks no more; what only the file gives opens nothing, and one of the two is wrong.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from buckler.drill.plan.declared import Truth, plain_path

EVERYWHERE: Final = "*"
SOMEBODY: Final = "?"
"""Nobody in particular gains."""
_ORDER: Final = {"no": 0, "own_objects": 1, "depends": 1, "yes": 2}
_WHOLE: Final = ("new_account_role", "default", "answering", "callers", "trial")
_LONGEST: Final = 160

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is declared otherwise."""

    route: str
    """`METHOD /path`, or `*` for what is not about one route."""
    what: str
    committed: str
    declared: str
    opens: bool
    """Whether the app gives something that the file does not, or asks less."""
    gains: str | None = SOMEBODY
    """The role whose holders get in who should not; None for anybody."""

    def __str__(self) -> str:
        return f"{self.route}: {self.words}"

    @property
    def words(self) -> str:
        """The same without the route."""
        return f"{self.what}: {self.committed} in the policy file, {self.declared} in the app"


def differences(truth: Truth, own: Truth) -> tuple[Difference, ...]:
    """Every way in which `own`, what the app declares, differs from `truth`; what is about the whole app first."""
    committed, declared = truth.raw or {}, own.raw or {}
    return (*_of_whole(committed, declared), *_of_routes(_routes(committed), _routes(declared)))


def _of_whole(committed: Plain, declared: Plain) -> Iterator[Difference]:
    was: Mapping[str, list[str]] = committed.get("roles") or {}
    now: Mapping[str, list[str]] = declared.get("roles") or {}
    for role in sorted({*was, *now}):
        had, has = was.get(role), now.get(role)
        if had != has:
            opens = not set(has or ()) <= set(had or ())
            yield Difference(EVERYWHERE, f"role {role}", _told(had), _told(has), opens, role)
    for name in _WHOLE:
        if committed.get(name) != declared.get(name):
            was_so, is_so = committed.get(name), declared.get(name)
            yield Difference(EVERYWHERE, name.replace("_", " "), _told(was_so), _told(is_so), opens=bool(is_so))


def _of_routes(committed: Mapping[str, Plain], declared: Mapping[str, Plain]) -> Iterator[Difference]:
    for key in dict.fromkeys((*committed, *declared)):
        was, now = committed.get(key), declared.get(key)
        if was is None and now is not None:
            gains = _who_may_most(now["may"])
            yield Difference(key, "the route", "not there", "there", opens=True, gains=gains)
        elif now is None:
            yield Difference(key, "the route", "there", "not there", opens=False)
        elif was is not None:
            yield from _of_route(key, was, now)


def _of_route(key: str, was: Plain, now: Plain) -> Iterator[Difference]:
    for caller, role in _callers(was["may"], now["may"]):
        had, has = _may(was["may"], role), _may(now["may"], role)
        if had != has:
            yield Difference(key, f"{caller} may", had, has, _ORDER[has] > _ORDER[had], role)
    crossed = _crosses(was), _crosses(now)
    if crossed[0] != crossed[1]:
        yield Difference(key, "requests of other sites", _told(crossed[0]), _told(crossed[1]), opens=crossed[1])
    for name, opens in _MEMBERS.items():
        had, has = _plain(was.get(name)), _plain(now.get(name))
        if _sorted(had) != _sorted(has):
            yield Difference(key, name, _told(had), _told(has), opens(had, has))


def _routes(policy: Plain) -> dict[str, Plain]:
    """By method and path, and by host where a route is for one alone."""
    found: dict[str, Plain] = {}
    for route in policy.get("routes", ()):
        hosts = f" on {', '.join(route['hosts'])}" if route.get("hosts") else ""
        for method in route["methods"] or (route["kind"].upper(),):
            found[f"{method} {plain_path(route['path'])}{hosts}"] = route
    return found


def _callers(*may: Plain) -> Iterator[tuple[str, str | None]]:
    yield "anybody", None
    yield "whoever is signed in", ""
    yield from ((f"role {role}", role) for role in sorted({name for each in may for name in each["roles"]}))


def _may(may: Plain, role: str | None) -> str:
    """A role that a policy does not know has what whoever is signed in has."""
    return str(may["anonymous"] if role is None else may["roles"].get(role, may["signed_in"]))


def _who_may_most(may: Plain) -> str | None:
    return next((role for _, role in _callers(may) if _may(may, role) != "no"), SOMEBODY)


def _crosses(route: Plain) -> bool:
    return bool(route["public"] and route["public"]["cross_site"])


def _plain(member: Any) -> Any:
    """Without the reasons, which are words for people."""
    if isinstance(member, Mapping):
        members = cast("Plain", member)
        return {name: _plain(each) for name, each in members.items() if name != "reason"}
    return [_plain(each) for each in cast("list[Any]", member)] if isinstance(member, list | tuple) else member


def _sorted(member: Any) -> Any:
    if not isinstance(member, list | tuple):
        return member
    return sorted(json.dumps(each, sort_keys=True) for each in cast("list[Any]", member))


def _lost(had: Sequence[Any], has: Sequence[Any]) -> bool:
    """Whether something that was asked is asked no more."""
    return any(each not in has for each in had)


def _grew(had: Sequence[Any], has: Sequence[Any]) -> bool:
    return _lost(has, had)


def _larger(had: Plain, has: Plain) -> bool:
    return int(has["most_bytes"]) > int(had["most_bytes"]) or _grew(had["encodings"], has["encodings"])


_MEMBERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "requires": _lost,
    "owned": _lost,
    "limits": _lost,
    "body": _larger,
    "fields": _lost,
    "files": _grew,
}
"""What is compared beside who may, and when a change of it opens something."""


def _told(value: object) -> str:
    """In a line, shortened; nothing at all is `nothing`."""
    if value in (None, [], {}, ""):
        return "nothing"
    text = json.dumps(value) if not isinstance(value, str) else value
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
