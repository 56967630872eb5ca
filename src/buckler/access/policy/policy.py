"""The policy of an app as frozen data, and as JSON: what stands at each route, and what each role may.

It is read from the table of routes that the guard itself looks up, so it says what is enforced. Nothing in it changes
by itself: no line numbers, no times, no addresses, and everything that has no order of its own is sorted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, Literal, cast

FORMAT: Final = "buckler-policy"
VERSION: Final = 1
"""Of the format. It rises where a reader of the one before would misread a file."""
_WIDTH: Final = 118
"""Characters of a line of the file, before its comma."""

RouteKind = Literal["http", "websocket", "mount"]
"""What takes whatever lies below its path is a mount."""
May = Literal["yes", "no", "own_objects", "depends"]
"""Whether a caller may: `own_objects` is with its own alone, `depends` is by a condition or a fresh proof."""


@dataclass(frozen=True, slots=True)
class PublicRoute:
    """Anybody may, and why."""

    reason: str
    probe: bool
    cross_site: bool
    """Whether pages of other sites may send to it what changes something."""


@dataclass(frozen=True, slots=True)
class AskedCondition:
    """A function of the app that is asked as well, and what it asks in words."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One `Requires`: every one that stands at a route must hold."""

    permissions: tuple[str, ...]
    kinds: tuple[str, ...] | None
    """The kinds of callers that may; None for any."""
    step_up: int | None
    """Seconds since the caller proved who it is, at most; None where that is all the same."""
    factors: int
    """Kinds of factor, at least."""
    condition: AskedCondition | None


@dataclass(frozen=True, slots=True)
class Limited:
    """One `Limit`."""

    rate: str
    by: str
    """`client`, `account`, `key`, or `function` for a function of the app; `cookie` for the account, where it came by
    the cookie of a session: nobody else is counted."""
    per: str
    cost: int
    name: str | None
    announced: bool
    """Whether the answers say of it how much is left; `Limit(told=False)` keeps that from them."""


@dataclass(frozen=True, slots=True)
class Body:
    """What body is taken: bytes at most, and in which encodings."""

    most_bytes: int
    encodings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuardedField:
    """A field of a model that not everybody who may call may read, or send."""

    model: str
    """With its module."""
    field: str
    way: str
    """`answer` or `input`: where the route has it."""
    read: str | None
    """The permission that it takes to read it; None where whoever may call may."""
    write: str | None
    readers: tuple[str, ...]
    """The roles of which each alone may read it."""
    writers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answering:
    """Middleware of the app whose own answers leave, before any route is chosen."""

    middleware: str
    reason: str


@dataclass(frozen=True, slots=True)
class ServedFiles:
    """A folder whose files are handed out."""

    directory: str | None
    """From the working folder where it lies inside, else in full; None where packages alone are named."""
    packages: tuple[str, ...]
    html: bool
    """Whether a folder is answered with its `index.html`."""
    follow_symlink: bool
    """Whether a link leads out of the folder."""


@dataclass(frozen=True, slots=True)
class CallerSource:
    """Whoever says who is calling."""

    kind: Literal["accounts", "issuer", "own"]
    """Accounts of this app, an issuer of tokens elsewhere, or an authenticator of the app's own."""
    name: str | None
    """The URL of the issuer; module and qualified name of what is the app's own."""
    audiences: tuple[str, ...]
    """What we are called there: a token for none of these is not good."""


@dataclass(frozen=True, slots=True)
class OnTrial:
    """What is let pass for a while that would be refused."""

    until: str
    """The last day, in UTC."""
    only: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class WhoMay:
    """Who may, for callers that are persons and have one role alone."""

    anonymous: May
    signed_in: May
    """Somebody without any role."""
    roles: Mapping[str, May]


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """One way in, and everything that is asked there."""

    path: str
    kind: RouteKind
    methods: tuple[str, ...] | None
    """What it answers; None for any, as with a mount and a WebSocket."""
    endpoint: str | None
    """Module and qualified name, as in `main:read_note`; None for files of a front end."""
    hosts: tuple[str, ...]
    """For which hosts it is, where a `Host` stands around it, outermost first; none for any."""
    behind: tuple[str, ...]
    """The routes in front of it that take requests of its path, and are no narrower: these never come to it."""
    files: tuple[ServedFiles, ...]
    """The folders whose files it hands out."""
    added_by_buckler: bool
    """Whether Buckler itself added it."""
    source: Literal["declared", "default", "undeclared"]
    """Whether the route says who may, or the app's default in its place; `undeclared` is shut but for a trial."""
    public: PublicRoute | None
    requires: tuple[Asked, ...]
    owned: tuple[Mapping[str, Any], ...]
    """Whose objects: as the declarations describe themselves."""
    limits: tuple[Limited, ...]
    body: Body
    fields: tuple[GuardedField, ...]
    may: WhoMay


@dataclass(frozen=True, slots=True)
class Policy:
    """What `Buckler.policy()` returns. `as_json()` is the text to commit; `plain()` the same as plain data."""

    roles: Mapping[str, tuple[str, ...]] | None
    """Each role with every permission that it grants; None where callers bring their permissions from elsewhere."""
    new_account_role: str | None
    """The role of a fresh account."""
    default: tuple[str, ...]
    """What holds where a route says nothing of who may."""
    answering: tuple[Answering, ...]
    callers: tuple[CallerSource, ...]
    """Who says who is calling; of nobody nobody is known."""
    trial: OnTrial | None
    routes: tuple[RoutePolicy, ...]

    def plain(self) -> dict[str, Any]:
        """Dictionaries, lists and texts alone, with the name and the version of the format first."""
        return {"format": FORMAT, "version": VERSION, **_plain(self)}

    def as_json(self) -> str:
        """The same as JSON (RFC 8259) in ASCII, ending in a line end. What fits stands on a line of its own."""
        return _written(self.plain(), "") + "\n"


def _written(value: Any, indent: str, room: int = _WIDTH) -> str:
    """JSON that is short enough to be read and long enough to be compared: a value that fits is one line."""
    text = json.dumps(value)
    if not isinstance(value, dict | list) or (indent and len(text) <= room - len(indent)):
        return text
    inner = indent + "  "
    if isinstance(value, list):
        members = [_written(each, inner) for each in value]  # pyright: ignore[reportUnknownVariableType]
        opened, closed = "[]"
    else:
        names = {name: json.dumps(name) + ": " for name in cast("dict[str, Any]", value)}
        members = [name + _written(value[key], inner, _WIDTH - len(name)) for key, name in names.items()]
        opened, closed = "{}"
    return f"{opened}\n{inner}" + f",\n{inner}".join(members) + f"\n{indent}{closed}"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {name: _plain(inner) for name, inner in members.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in cast("list[Any]", value)]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)
