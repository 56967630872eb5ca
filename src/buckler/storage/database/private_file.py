"""A file that nobody else on this machine can read, change or exchange (ASVS 14.2.1, 13.3.1).

1. The folder is made with mode 700. One that is there belongs to us or to root, who can do
   everything anyway, and neither its group nor everybody may write to it.
2. The file is made with mode 600. One that is there is a regular file of ours, and no link; the
   same holds for the files that SQLite keeps beside it.

What lies above the folder is not judged: who may rename that is the matter of the machine.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError

_BESIDE: Final = ("-wal", "-shm", "-journal")


def make_private(path: Path) -> None:
    """Make the file, or judge the one that is there. Raises `ConfigurationError`."""
    make_private_folder(path.parent)
    # Another process may have been faster; its file is judged like any other.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    _judge_file(path, path.lstat())
    for each in _beside(path):
        # SQLite in another process takes its journal away whenever it is done with it.
        with suppress(FileNotFoundError):
            _judge_file(each, each.lstat())


def _beside(path: Path) -> Iterator[Path]:
    return (path.with_name(path.name + suffix) for suffix in _BESIDE)


def make_private_folder(folder: Path) -> None:
    """Make the folder, or judge the one that is there. Raises `ConfigurationError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _judge_folder(folder, folder.stat())


def _judge_folder(folder: Path, found: os.stat_result) -> None:
    if found.st_uid not in (os.geteuid(), 0):
        raise ConfigurationError(
            f"Database: the folder {str(folder)!r} belongs to user {found.st_uid}, who could exchange the file; we run"
            f" as user {os.geteuid()}. Run chown {os.geteuid()} on it or name another folder."
        )
    if found.st_mode & 0o022:
        raise ConfigurationError(
            f"Database: others may write to the folder {str(folder)!r}, so the file could be exchanged;"
            " run chmod go-w on it or name another folder."
        )


# By name and not by an open file: the folder is ours alone by now, and closing a second descriptor
# of a database drops the locks that SQLite holds on it in this process.
def _judge_file(path: Path, found: os.stat_result) -> None:
    _judge_owner(path, found)
    if found.st_mode & 0o077:
        path.chmod(0o600)


def _judge_owner(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigurationError(
            f"Database: {str(path)!r} is a link or no regular file, so it would lead elsewhere; remove it, or name the"
            " folder where the file lies."
        )
    if found.st_uid != os.geteuid():
        raise ConfigurationError(
            f"Database: {str(path)!r} belongs to user {found.st_uid}, who could change it; we run as user"
            f" {os.geteuid()}. Run chown {os.geteuid()} on it."
        )


def faults_of(path: Path) -> list[str]:
    """What makes the file, or one beside it, less than ours alone; nothing is changed. In words with the remedy."""
    found: list[str] = []
    try:
        _judge_folder(path.parent, path.parent.stat())
    except ConfigurationError as fault:
        found.append(str(fault))
    for each in (path, *_beside(path)):
        try:
            state = each.lstat()
        except FileNotFoundError:
            continue
        try:
            _judge_owner(each, state)
        except ConfigurationError as fault:
            found.append(str(fault))
            continue
        if state.st_mode & 0o077:
            found.append(
                f"Database: others may open {str(each)!r} (mode {state.st_mode & 0o777:o}). Run chmod 600 on it."
            )
    return found
