"""Copies of the database, out of it and back into its place.

Out: one state of it, while others read and write (`VACUUM INTO`: what was deleted is not in it either). The copy is
looked through, and on the disk, before it has its name.

Back: whatever comes is copied into a folder of our own first, and judged there. It takes the place of the
database in one step: before it the old one stands, whole, after it the new one, however the machine ends.
The old one keeps a second name.
"""

import os
import shutil
import sqlite3
import stat
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError
from buckler.randomness import identifier
from buckler.storage.database.migration import known_revisions
from buckler.storage.database.soundness import strange_objects

_WAIT: Final = 15.0
_SHORT_WAIT: Final = 5.0
"""For whoever is alone: the threads of its own connections may be ending still."""
_MAGIC: Final = b"SQLite format 3\x00"
_DRAFTS: Final = ".restoring-"
_BESIDE: Final = ("-wal", "-shm", "-journal")
_CHUNK: Final = 1 << 20


class BadCopy(ConfigurationError):
    """A file that cannot take the place of the database. The text says why."""


def save_copy(database: Path, target: Path) -> int:
    """Write a copy to `target`, a new file of mode 600; its size. Raises `ConfigurationError` and `OSError`."""
    if not database.is_file():
        raise ConfigurationError(f"{database}: there is no database. Name the folder of the service: --data FOLDER")
    _refuse_existing(target)
    draft = target.with_name(f".{target.name}.{identifier()}")
    _begin(draft)
    try:
        _copy_state(database, draft)
        examine(draft, target)
        _settle(draft)
        _name(draft, target)
        return target.stat().st_size
    finally:
        draft.unlink(missing_ok=True)
        _settle(target.parent)


def keep_copy(database: Path, target: Path) -> None:
    """Write a copy to `target`, of mode 600, in the place of one that is there. Raises as `save_copy` does.

    It may be of an older version, and of a service that never started.
    """
    draft = target.with_name(f".{target.name}.{identifier()}")
    _begin(draft)
    try:
        _copy_state(database, draft)
        with closing(sqlite3.connect(draft)) as connection:
            if (found := connection.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                raise BadCopy(f"{draft} was not written as it should be ({found}). Look at the disk.")
        _settle(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
        _settle(target.parent)


@contextmanager
def drafted(file: Path, database: Path) -> Generator[Path]:
    """A copy of `file` in a folder of ours beside `database`, judged. It is gone at the end, unless it was placed.

    Raises `BadCopy` and `OSError`.
    """
    for left in database.parent.glob(f"{_DRAFTS}*"):
        shutil.rmtree(left)  # of one that was broken off: whoever is here is alone
    folder = database.parent / f"{_DRAFTS}{identifier()}"
    folder.mkdir(mode=0o700)
    try:
        draft = folder / database.name
        _read_into(file, draft)
        examine(draft, file)
        yield draft
    finally:
        shutil.rmtree(folder)


def examine(copy: Path, shown: Path) -> None:
    """Raise `BadCopy` unless this is a whole database of ours, that this version can read."""
    try:
        with closing(sqlite3.connect(copy, timeout=_WAIT)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            _judge(connection, shown)
    except sqlite3.Error as error:
        raise BadCopy(f"{shown} is damaged or cut off ({error}). Take another backup.") from error


def fold(database: Path) -> None:
    """Write everything into the one file, and bring it to the disk. Raises `sqlite3.Error`."""
    with closing(sqlite3.connect(database, timeout=_SHORT_WAIT, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    _settle(database)


def put_in_place(draft: Path, database: Path, now: float) -> Path | None:
    """Let `draft` be the database from now on; the second name of the one that was there, or None.

    Only for whoever is alone with it.
    """
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = database.with_name(f"{database.name}.{stamp}") if database.exists() else None
    if aside is not None:
        _fold_if_sound(database)
        _name(database, aside)
    # A log that is left would be read into the new file.
    for suffix in _BESIDE:
        with suppress(FileNotFoundError):
            database.with_name(database.name + suffix).rename(database.with_name(f"{database.name}.{stamp}{suffix}"))
    _settle(database.parent)
    draft.replace(database)
    _settle(database.parent)
    return aside


def _fold_if_sound(database: Path) -> None:
    """One that is too damaged to be opened keeps its log beside it."""
    try:
        fold(database)
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            # Fail closed: a shell of sqlite3, which does not ask for our lock.
            raise BadCopy(f"{database} is open in another program. Close that, then try again.") from error


def _begin(draft: Path) -> None:
    """An empty file of mode 600. Where it cannot be, its folder is to blame: nobody asked for this name."""
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except OSError as failure:
        raise OSError(failure.errno, failure.strerror, str(draft.parent)) from failure


def _copy_state(database: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True, timeout=_WAIT)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise ConfigurationError(f"{database}: it cannot be copied ({error}).") from error


def _read_into(file: Path, draft: Path) -> None:
    """The bytes of a regular file, which need not be ours: what is in them is judged."""
    handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BadCopy(f"{file} is no regular file. Name the file that buckler backup wrote.")
    with os.fdopen(handle, "rb") as source:
        if source.read(len(_MAGIC)) != _MAGIC:
            raise BadCopy(f"{file} is no database. Name the file that buckler backup wrote.")
        _refuse_unfolded(file)
        source.seek(0)
        with draft.open("xb") as target:
            os.fchmod(target.fileno(), 0o600)
            shutil.copyfileobj(source, target, _CHUNK)


def _refuse_unfolded(file: Path) -> None:
    log = file.with_name(file.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise BadCopy(f"{file} was copied from a running service: a part of it lies in {log}. Use buckler backup.")


def _judge(connection: sqlite3.Connection, shown: Path) -> None:
    if (found := connection.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
        raise BadCopy(f"{shown} is damaged ({found}). Take another backup.")
    kinds = {name: kind for kind, name in connection.execute("SELECT type, name FROM sqlite_master")}
    if not {"alembic_version", "installation", "account", "signing_key"} <= kinds.keys():
        raise BadCopy(f"{shown} is a database of something else. Name the file that buckler backup wrote.")
    if strange := strange_objects(connection):
        # Fail closed: it would run inside our own statements.
        raise BadCopy(f"{shown}: {strange[0]}. Take another backup.")
    revisions = {revision for (revision,) in connection.execute("SELECT version_num FROM alembic_version")}
    if not revisions or not revisions <= known_revisions():
        raise BadCopy(f"{shown} was written by a newer version of Buckler. Install that one, then restore.")
    if connection.execute("SELECT count(*) FROM installation").fetchone()[0] != 1:
        raise BadCopy(f"{shown} has no installation in it: the service never started there. Take another backup.")


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise ConfigurationError(f"{target} exists, and a backup is never overwritten. Name another file.")


def _name(file: Path, name: Path) -> None:
    """Give a file a second name, which must be free."""
    try:
        os.link(file, name)
    except FileExistsError:
        raise ConfigurationError(
            f"{name} exists, and nothing is overwritten. Name another file, or wait a second."
        ) from None


def _settle(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
