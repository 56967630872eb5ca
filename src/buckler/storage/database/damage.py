"""A file that is no database any more: told as a refusal with its remedy, wherever SQLite comes upon it."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from buckler.errors import ConfigurationError

_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PRIMARY: Final = 0xFF
"""The lower byte of an extended result code is its primary one (SQLite, "Result and Error Codes")."""


class DatabaseDamaged(ConfigurationError):
    """The file is damaged, or is none of SQLite. The text says what to do."""


@contextmanager
def damage_told(path: Path) -> Generator[None]:
    """Whatever shows inside that the file is damaged is raised as `DatabaseDamaged`; anything else as it is."""
    try:
        yield
    except (sqlite3.DatabaseError, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if getattr(cause, "sqlite_errorcode", 0) & _PRIMARY not in _DAMAGE:
            raise
        raise DatabaseDamaged(
            f"{path} is damaged ({cause}). Stop the service and restore a backup: buckler restore FILE --replace"
        ) from error
