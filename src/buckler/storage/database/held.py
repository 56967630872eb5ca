"""What is held while a database is open, so that nothing can be exchanged or lost unseen.

The lock that says we are at work on it, an idle connection of the driver, and what its files are. Taking hold judges
first: whose the file is, where it lies, that it is sound, and that no newer version wrote it.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError
from buckler.storage.database.migration import HEAD
from buckler.storage.database.network_place import refuse_network_place
from buckler.storage.database.occupancy import Occupancy
from buckler.storage.database.private_file import make_private
from buckler.storage.database.same_file import SameFile
from buckler.storage.database.soundness import refuse_unsound
from buckler.storage.database.upgrade import needs_migration, revision_of

_SWITCHES: Final = 100


@dataclass(frozen=True, slots=True)
class Held:
    """One hold on one database."""

    keeper: sqlite3.Connection
    """Stays open and idle: it is asked whether anything was written, and closing the last of the others does not
    fold the log back into the file."""
    occupancy: Occupancy
    files: SameFile
    is_current: bool
    """Whether it has the tables of this version."""
    was_looked_through: bool
    """Whether every page was, and not only the heads of the tables: see `soundness.py`."""

    def data_version(self) -> int:
        """Another number after each write of anybody else. Raises `sqlite3.Error` and `StorageUnavailable`."""
        self.files.check()
        return int(self.keeper.execute("PRAGMA data_version").fetchone()[0])

    def let_go(self) -> None:
        """In this order: as long as a connection is open, nobody may exchange the file."""
        self.keeper.close()
        self.occupancy.close()


def take_hold(path: Path, busy_seconds: float, *, alone: bool) -> Held:
    """Make the file or judge the one that is there, and hold it; `alone` keeps everybody else out.

    Raises `ConfigurationError`, `OSError` and `sqlite3.Error`.
    """
    make_private(path)
    refuse_network_place(path.parent)
    occupancy = Occupancy(path, alone=alone)
    try:
        return _held(path, busy_seconds, occupancy)
    except BaseException:
        occupancy.close()
        raise


def _held(path: Path, busy_seconds: float, occupancy: Occupancy) -> Held:
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        write_ahead(connection, path)
        connection.execute("SELECT name FROM sqlite_master").close()  # only a reader opens the log, and so keeps it
        is_whole = refuse_unsound(connection, path)
        needs_migration(connection, path)
        is_current = revision_of(connection) == HEAD
        connection.execute("PRAGMA busy_timeout=0").close()  # from now on it is asked in the event loop
        return Held(connection, occupancy, SameFile(path), is_current, is_whole)
    except BaseException:
        connection.close()
        raise


def write_ahead(connection: sqlite3.Connection, path: Path) -> None:
    """Switch a file that is new, or was put back, to the write-ahead log. Of several at once one does.

    Here SQLite does not wait: the switch reads first and writes then, and two of those would wait for each other.
    So whoever is told "busy" waits for the other's lock in a transaction of its own, and asks again.
    """
    for _ in range(_SWITCHES):
        try:
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            connection.execute("BEGIN IMMEDIATE").close()
            connection.execute("ROLLBACK").close()
        else:
            if mode != "wal":
                raise ConfigurationError(
                    f"{path}: its file system cannot hold a write-ahead log (SQLite keeps {mode!r} instead), and"
                    " without one no answer is durable. Name a folder on a disk of this machine."
                )
            return
    raise sqlite3.OperationalError(f"The database could not be switched to the write-ahead log in {_SWITCHES} tries.")
