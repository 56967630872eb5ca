"""What comes before a migration: from where to where it leads, whether it may be, and a copy of what was before.

1. A database that a newer version wrote is refused: this one would read it wrongly.
2. Before the tables of a database change that holds something, its state is copied beside it, as
   `buckler.db.before-0003`, of mode 600 and looked through. While the copy is made nobody writes: whoever migrates
   has the lock. The copy of an attempt that failed is replaced, so that no start that fails again and again fills
   the disk.
3. The copy needs room; without it nothing is migrated.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError
from buckler.storage.database.copies import keep_copy
from buckler.storage.database.migration import HEAD, known_revisions
from buckler.storage.database.soundness import size_of, tables_of

_SPARE: Final = 1 << 20
"""Bytes that stay free beside the copy."""


class NewerDatabase(ConfigurationError):
    """A newer version wrote this database."""


def revision_of(connection: sqlite3.Connection) -> str | None:
    """The newest migration that the database has seen; None where it is empty."""
    tables = tables_of(connection)
    if "alembic_version" not in tables:
        return None
    found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(found[0][0]) if found else None


def needs_migration(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether it holds something and is not of this version. Raises `ConfigurationError` where it never can be."""
    found = revision_of(connection)
    if found == HEAD or (found is None and not tables_of(connection)):
        return False
    if found is None:
        raise ConfigurationError(f"{path} is a database of something else. Name the data folder of the service.")
    if found not in known_revisions():
        raise NewerDatabase(
            f"{path} was written by a newer version of Buckler: it stands at {found}, and this version knows"
            f" migrations up to {HEAD}. Install that version again, or restore a backup of this one: buckler restore"
        )
    return True


def place_of_copy(path: Path) -> Path:
    """Where the copy lies that is made before the migration to this version."""
    return path.with_name(f"{path.name}.before-{HEAD}")


def copy_before(path: Path) -> Path:
    """Copy what stands in `path` now, beside it; the copy. Raises `ConfigurationError` and `OSError`."""
    target = place_of_copy(path)
    _refuse_narrow(path, target)
    keep_copy(path, target)
    return target


def _refuse_narrow(path: Path, target: Path) -> None:
    """Fail closed: a migration without a way back."""
    with closing(sqlite3.connect(path)) as connection:
        needed = size_of(connection) + _SPARE
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise ConfigurationError(
            f"{target.parent} has {free} bytes free, and a copy of the database is made there before it is migrated:"
            f" {needed}. Make room, then start again; nothing was changed."
        )
