"""Whether the files are still those that were opened.

SQLite holds on to what it opened. Where somebody removed or exchanged a file meanwhile, it goes on with one that no
longer has a name: everything would look well until the process ends, and all that was written since be lost.
So device and number of the database, its log and its index are compared with those of the start: before each
transaction and, where something was written, once more after it, so that no answer stands on a lost file.
"""

import os
from pathlib import Path
from typing import Final

from buckler.storage.unavailable import StorageUnavailable

_FILES: Final = ("", "-wal", "-shm")

Mark = tuple[int, int]


class SameFile:
    """What was opened under a path. Make it while a connection is open, else the log is not there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        files = [path.with_name(path.name + suffix) for suffix in _FILES]
        self._marks = [(str(each), _mark(str(each))) for each in files if each.exists()]

    def check(self) -> None:
        """Raises `StorageUnavailable` with the reason `moved`. Costs some microseconds."""
        for file, mark in self._marks:
            try:
                found = _mark(file)
            except OSError as error:
                raise StorageUnavailable("moved", self._path, f"{Path(file).name}: {error.strerror}") from error
            if found != mark:
                raise StorageUnavailable("moved", self._path, f"{Path(file).name} is another file")


def _mark(file: str) -> Mark:
    found = os.stat(file)  # noqa: PTH116 - asked at every transaction, and a Path takes twice as long
    return found.st_dev, found.st_ino
