"""A copy of the folder that an app is worked on in, so that what lies there stays as it is.

What the app needs to run comes along: code, templates, files of data, a database. What it does not need stays: the
history, environments, caches. Links are copied as links; what they lead to outside is met by `isolation.py`.
"""

import os
import shutil
import stat
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError

MOST_BYTES: Final = 512 * 1024 * 1024
MOST_FILES: Final = 50_000
_LEFT: Final = frozenset(
    (
        *(".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox", ".eggs"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".cache", "htmlcov", ".idea", ".vscode"),
    )
)
"""Folders that no app needs to run."""
_ENVIRONMENT: Final = "pyvenv.cfg"
"""Stands in each virtual environment, whatever that is called."""


def copy(source: Path, target: Path, *, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES) -> tuple[str, ...]:
    """Copy what an app needs; what could not be read, as lines for the report.

    Raises `ConfigurationError` for a folder that is too large, or that the copy would lie in.
    """
    if target.resolve().is_relative_to(source.resolve()):
        raise ConfigurationError(f"The copy of {source} cannot lie in that folder itself, in {target}.")
    size, files, unread = 0, 0, list[str]()
    for found, beneath in _walked(source):
        size, files = size + found.st_size, files + 1
        if size > most_bytes or files > most_files:
            raise ConfigurationError(
                f"{source} is too large to be copied: more than {most_bytes // 1024 // 1024} MB or {most_files} files."
                " Start the drill in the folder of the app alone, move away what it does not need, or allow it to work"
                " in the folder itself with --writes, if all that the app writes there may be lost."
            )
        try:
            _put(source / beneath, target / beneath)
        except OSError as failure:
            unread.append(f"not copied: {beneath} ({failure.strerror or type(failure).__name__})")
    return tuple(unread)


@contextmanager
def working_in(folder: Path) -> Generator[None, None, None]:
    """One block, in which this process works in `folder` and imports from it first."""
    before, path = Path.cwd(), list(sys.path)
    old, new = str(before), str(folder)
    os.chdir(folder)
    sys.path[:] = [new, *(_moved(each, old, new) for each in path if each not in ("", old, new))]
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:] = path


def _moved(entry: str, old: str, new: str) -> str:
    """Folders of the app below the one that it is worked on in, as `src`, are those of the copy."""
    moved = new + entry.removeprefix(old)
    return moved if entry.startswith(f"{old}{os.sep}") and Path(moved).is_dir() else entry


def _walked(source: Path) -> Iterator[tuple[os.stat_result, Path]]:
    """Every file and link that comes along, from `source` on."""
    for folder, folders, files in os.walk(source):
        here = Path(folder)
        folders[:] = sorted(each for each in folders if each not in _LEFT and not (here / each / _ENVIRONMENT).exists())
        links = [each for each in folders if (here / each).is_symlink()]
        for name in sorted((*files, *links)):
            found = (here / name).lstat()
            if stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode):
                yield found, (here / name).relative_to(source)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)
