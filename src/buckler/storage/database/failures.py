"""What SQLite says when it cannot go on, told as one exception of ours with a reason.

The one place that knows its result codes (sqlite.org, "Result and Error Codes"). What is no failure of the store, a
wrong statement or a row that stands against a constraint, stays what it is.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from buckler.storage.unavailable import Reason, StorageUnavailable
from buckler.turnstile import NoTurn

_PRIMARY: Final = 0xFF
"""The lower byte of an extended result code is its primary one."""
_REASONS: Final[dict[int, Reason]] = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_PROTOCOL: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "unreadable",
    sqlite3.SQLITE_CANTOPEN: "unreadable",
    sqlite3.SQLITE_PERM: "unreadable",
    sqlite3.SQLITE_NOLFS: "full",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_READONLY: "readonly",
}
_MOST_CAUSES: Final = 8


@contextmanager
def failures_told(path: Path) -> Generator[None]:
    """Whatever shows inside that the store fails is raised as `StorageUnavailable`; anything else as it is."""
    try:
        yield
    except (sqlite3.Error, DBAPIError, NoTurn) as error:
        failure = failure_of(error, path)
        if failure is None:
            raise
        raise failure from error


def failure_of(error: BaseException, path: Path) -> StorageUnavailable | None:
    """The failure behind an error, or None where the store is sound.

    Also behind the errors that follow from it: SQLite undoes a whole transaction by itself when its disk is full,
    and whoever then undoes a step of it is told that there is none.
    """
    found: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if found is None:
            return None
        if isinstance(found, NoTurn):
            return StorageUnavailable("busy", path, str(found))
        code = getattr(found, "sqlite_errorcode", 0)
        if code == sqlite3.SQLITE_READONLY_DBMOVED:
            return StorageUnavailable("moved", path, _named(found))
        if (reason := _REASONS.get(code & _PRIMARY)) is not None:
            return StorageUnavailable(reason, path, _named(found))
        cause = found.orig if isinstance(found, DBAPIError) else None
        found = cause or found.__cause__ or found.__context__
    return None


def _named(error: BaseException) -> str:
    """The code by its name: unlike the message it never repeats a name of somebody's."""
    return str(getattr(error, "sqlite_errorname", "")) or type(error).__name__
