"""A folder for files of strangers: names of ours, new files alone, nobody else's to change (ASVS 5.3.2).

The folder is ours or root's, no link, and writable by us alone. A file in it is made new
(`O_EXCL`), never through a link (`O_NOFOLLOW`), with mode 600, under a name that nobody can guess.
What is read is a plain file of the folder itself: no link, no device, no other folder.

The folder must not be one that a web server hands out: files leave through a route that decides (`served_uploads.py`).
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import anyio.to_thread

from buckler.errors import ConfigurationError

_PIECE: Final = 64 * 1024
_OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_OLD: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Without waiting: a pipe that lies there would hold the thread until somebody writes to it."""
_OPEN_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class FileStore:
    """Keeps files in `folder`, which is made when it is not there. Raises `ConfigurationError`."""

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(self._open())
        except OSError as error:
            raise ConfigurationError(
                f"FileStore: {str(folder)!r} is no folder, a link, or not ours to open; name a folder of its own."
            ) from error

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self._folder

    async def keep(self, file: BinaryIO, name: str) -> Path:
        """A copy of `file` from its start, under `name`, which is one of ours. Raises `OSError`."""
        return await anyio.to_thread.run_sync(self.write, name, _pieces(file))

    def write(self, name: str, pieces: Iterable[bytes]) -> Path:
        """The same from pieces, in this thread. What is begun and not finished is removed."""
        _judge_name(name)
        folder = self._open()
        try:
            new = os.open(name, _OPEN_NEW, 0o600, dir_fd=folder)
            _or_undo(lambda: _fill(new, pieces), lambda: os.unlink(name, dir_fd=folder))
        finally:
            os.close(folder)
        return self._folder / name

    def read(self, name: str) -> BinaryIO:
        """The file of this name, open, in this thread. Raises `OSError` where no plain file has it."""
        _judge_name(name)
        folder = self._open()
        try:
            old = os.open(name, _OPEN_OLD, dir_fd=folder)
        finally:
            os.close(folder)
        file = os.fdopen(old, "rb")
        if stat.S_ISREG(os.fstat(old).st_mode):
            return file
        file.close()
        raise FileNotFoundError(name)

    def _open(self) -> int:
        """The folder, judged each time: what stood there at the start may have been exchanged."""
        folder = os.open(self._folder, _OPEN_FOLDER)
        found = os.fstat(folder)
        if found.st_uid in (os.geteuid(), 0) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return folder
        os.close(folder)
        raise ConfigurationError(
            f"FileStore: others may write to {str(self._folder)!r}, so files could be exchanged; make it ours"
            " alone with chown and chmod go-w, or name another folder."
        )


def _judge_name(name: str) -> None:
    if name in ("", ".", "..") or Path(name).name != name:
        raise ValueError("The name of a stored file has no folders in it.")


def _fill(new: int, pieces: Iterable[bytes]) -> None:
    """To the last byte: where the disk is full, that may be told only when the file is closed."""
    with os.fdopen(new, "wb") as file:
        file.writelines(pieces)


def _or_undo(act: Callable[[], None], undo: Callable[[], None]) -> None:
    try:
        act()
    except BaseException:
        undo()
        raise


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
