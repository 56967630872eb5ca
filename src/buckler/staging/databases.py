"""Databases of SQLite that an app opens: none that is not thrown away, neither by itself nor beside another.

A second one comes to a connection by `ATTACH`. An authorizer of the connection refuses it where it would be; since an
app may set one of its own in its place, what is attached is looked for in what is carried out too, and told.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from buckler.staging.block import Isolation
from buckler.staging.files import Watch, text_of

_CONNECT: Final = "connect"
_ATTACHED: Final = re.compile(
    r"\s*(?:ATTACH\s+(?:DATABASE\s+)?|VACUUM\s+(?:\w+\s+)?INTO\s+)'((?:[^']|'')*)'", re.IGNORECASE
)


def _kept(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`sqlite3.connect`: the name of the database, a path or a URI."""
    place = _outside(at, text_of(arguments[0]))
    if place:
        at.refuse_store(f"the database {place}")


@contextmanager
def guarded(at: Isolation) -> Generator[None]:
    """For the block, each connection has our authorizer from its beginning.

    No event tells of a connection that can be asked already, so the function that makes them is ours meanwhile.
    """
    original: Any = getattr(sqlite3, _CONNECT)

    @wraps(original)
    def connect(*given: Any, **named: Any) -> Any:
        made = original(*given, **named)
        # One of a kind of its own that takes none is known by what it was opened with.
        with suppress(sqlite3.Error, AttributeError, TypeError):
            made.set_authorizer(_authorizer(at))
            made.set_trace_callback(_follower(at))
        return made

    both: tuple[ModuleType, ...] = (sqlite3, import_module("sqlite3.dbapi2"))
    for module in both:
        setattr(module, _CONNECT, connect)
    try:
        yield
    finally:
        for module in both:
            setattr(module, _CONNECT, original)


def _authorizer(at: Isolation) -> Callable[..., int]:
    def may(action: int, name: str | None, *_: str | None) -> int:
        if action != sqlite3.SQLITE_ATTACH or at.is_over:
            return sqlite3.SQLITE_OK
        # A name that is worked out only when it is carried out cannot be judged: fail closed.
        place = "whose name is no text in the statement" if name is None else _outside(at, name)
        if not place:
            return sqlite3.SQLITE_OK
        try:
            at.refuse_store(f"the database {place}, attached to another")
        except PermissionError:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    return may


def _follower(at: Isolation) -> Callable[[str], None]:
    def follow(statement: str) -> None:
        found = None if at.is_over else _ATTACHED.match(statement)
        place = _outside(at, found[1].replace("''", "'")) if found is not None else ""
        if place:
            at.note(f"opened: the database {place}, attached to another")

    return follow


def _outside(at: Isolation, name: str) -> str:
    """Where a database lies that is not thrown away; empty for any other, and for one that is only read."""
    path, _, query = name.removeprefix("file:").partition("?") if name.startswith("file:") else (name, "", "")
    modes = parse_qs(query).get("mode", [""])
    if name in ("", ":memory:") or path in ("", ":memory:") or modes[0] in ("memory", "ro"):
        return ""
    place = urlsplit(f"file:{path}").path if name.startswith("file:") else path
    return "" if at.has(place) else os.path.realpath(place)


DATABASES: Final[Mapping[str, Watch]] = {
    "sqlite3.connect": _kept,
}
"""By the audit event that tells of it."""
