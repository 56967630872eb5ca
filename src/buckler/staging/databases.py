"""Databases of SQLite that an app opens: none that is not thrown away, neither by itself nor beside another.

A second one comes to a connection by a statement (`attaching.py`). So connections and their cursors are of a kind that
reads what they are given first. One that is made otherwise, by `sqlite3.Connection` itself, is told.
"""

import os
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any, Final, cast
from urllib.parse import parse_qs, unquote

from buckler.staging.attaching import opened_by
from buckler.staging.block import Isolation
from buckler.staging.exchanged import exchanged
from buckler.staging.files import Watch, text_of

_CONNECT: Final = "connect"
_FACTORY: Final = 5
"""Where `sqlite3.connect` takes the kind of connection, if it is not named."""
_UNREAD: Final = "a connection of SQLite of a kind of its own, to which others may be attached unseen"


def _kept(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`sqlite3.connect`: the name of the database, a path or a URI."""
    place = _outside(at, text_of(arguments[0]))
    if place:
        at.refuse_store(f"the database {place}")


def _made(at: Isolation, arguments: tuple[Any, ...]) -> None:
    """`sqlite3.connect/handle`: the connection."""
    if not isinstance(arguments[0], _Reading):
        at.note(f"opened: {_UNREAD}")


@contextmanager
def guarded(at: Isolation) -> Generator[None]:
    """For the block, each connection reads its statements before SQLite does.

    The function that makes connections is ours meanwhile: one of them cannot be changed after it was made.
    """
    original: Any = getattr(sqlite3, _CONNECT)
    kinds = _Kinds(at)

    @wraps(original)
    def connect(*given: Any, **named: Any) -> Any:
        kind: Any = given[_FACTORY] if len(given) > _FACTORY else named.pop("factory", sqlite3.Connection)
        if isinstance(kind, type) and issubclass(kind, sqlite3.Connection):
            kind = kinds.connection(kind)
        before, after = given[:_FACTORY], given[_FACTORY + 1 :]
        if after:
            return original(*before, kind, *after, **named)
        return original(*before, factory=kind, **named)

    with exchanged(_CONNECT, connect, sqlite3, import_module("sqlite3.dbapi2")):
        yield


class _Reading(sqlite3.Connection):
    """A connection whose cursors read, as what it carries out itself, which is short for a cursor."""

    kinds: "_Kinds"

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        is_kind = isinstance(factory, type) and issubclass(cast("type[object]", factory), sqlite3.Cursor)
        return super().cursor(self.kinds.cursor(factory) if is_kind else factory)

    def execute(self, statement: str, /, *given: Any) -> Any:
        return self.cursor().execute(statement, *given)

    def executemany(self, statement: str, /, *given: Any) -> Any:
        return self.cursor().executemany(statement, *given)

    def executescript(self, script: str, /) -> Any:
        return self.cursor().executescript(script)


class _ReadingCursor(sqlite3.Cursor):
    """A cursor that opens nothing elsewhere."""

    at: Isolation

    def execute(self, statement: str, /, *given: Any) -> Any:
        _judge(self.at, statement, *given)
        return super().execute(statement, *given)

    def executemany(self, statement: str, /, *given: Any) -> Any:
        _judge(self.at, statement)
        return super().executemany(statement, *given)

    def executescript(self, script: str, /) -> Any:
        _judge(self.at, script)
        return super().executescript(script)


class _Kinds:
    """The kinds of connections and cursors that were met in one block, each made into one that reads, once."""

    def __init__(self, at: Isolation) -> None:
        self._at = at
        self._made: dict[object, Any] = {}

    def connection(self, kind: type[sqlite3.Connection]) -> Any:
        """The same kind of connection, which reads."""
        return self._reading(kind, _Reading)

    def cursor(self, kind: type[sqlite3.Cursor]) -> Any:
        """The same kind of cursor, which reads."""
        return self._reading(kind, _ReadingCursor)

    def _reading(self, kind: type[object], reading: type[object]) -> Any:
        if kind not in self._made:
            self._made[kind] = type(kind.__name__, (reading, kind), {"at": self._at, "kinds": self})
        return self._made[kind]


def _judge(at: Isolation, statement: object, given: object = ()) -> None:
    """Raises `sqlite3.DatabaseError`, as SQLite itself does where something is not authorized."""
    if at.is_over or not isinstance(statement, str):
        return
    for name in opened_by(statement, given):
        # A name that is worked out only when it is carried out cannot be judged: fail closed.
        place = "whose name is no text in the statement" if name is None else _outside(at, name)
        if place:
            try:
                at.refuse_store(f"the database {place}, attached to another")
            except PermissionError as refusal:
                raise sqlite3.DatabaseError(f"not authorized: {refusal}") from None


def _outside(at: Isolation, name: str) -> str:
    """Where a database lies that is not thrown away; empty for any other, and for one that is only read."""
    path, query = name, ""
    if name.startswith("file:"):
        # As SQLite reads a URI: what follows # is nothing, and of several modes the last one counts.
        path, _, query = name.removeprefix("file:").partition("#")[0].partition("?")
        path = unquote(path.removeprefix("//localhost") if path.startswith("//") else path)
    modes = set(parse_qs(query).get("mode", [""]))
    if path in ("", ":memory:") or modes <= {"memory", "ro"}:
        return ""
    return "" if at.has(path) else os.path.realpath(path)


DATABASES: Final[Mapping[str, Watch]] = {
    "sqlite3.connect": _kept,
    "sqlite3.connect/handle": _made,
}
"""By the audit event that tells of it."""
