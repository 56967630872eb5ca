"""A file that is no database any more: told as a refusal with its remedy, wherever a start or a command finds it."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from buckler.errors import ConfigurationError
from buckler.storage.database.failures import failures_told
from buckler.storage.unavailable import StorageUnavailable


class DatabaseDamaged(ConfigurationError):
    """The file is damaged, or is none of SQLite. The text says what to do."""

    def __init__(self, path: Path, cause: object) -> None:
        super().__init__(
            f"{path} is damaged ({cause}). Stop the service and restore a backup: buckler restore FILE --replace"
        )


@contextmanager
def damage_told(path: Path) -> Generator[None]:
    """Whatever shows inside that the file is damaged is raised as `DatabaseDamaged`.

    Any other failure of the store is raised as `StorageUnavailable`, anything else as it is.
    """
    try:
        with failures_told(path):
            yield
    except StorageUnavailable as failure:
        if failure.code != "damaged":
            raise
        raise DatabaseDamaged(path, _words_of(failure)) from failure


def _words_of(failure: StorageUnavailable) -> object:
    """SQLite's own words for what it found."""
    cause = failure.__cause__
    return cause.orig if isinstance(cause, DBAPIError) else cause or failure.reason
