"""The data folder: made for its owner alone, and a plain word where it cannot be."""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from buckler.errors import ConfigurationError


@contextmanager
def explained(data: Path) -> Generator[None]:
    """What the system refuses inside is told as a refusal of `--data`."""
    try:
        yield
    except OSError as failure:
        place = "" if failure.filename in (None, str(data)) else f" at {failure.filename}"
        raise ConfigurationError(
            f"--data {data}: this cannot be used ({failure.strerror or failure}{place})."
            " Name a folder that this user may write to, or one that can be made: --data FOLDER"
        ) from failure


def resolve(data: Path) -> Path:
    """The whole path, also where nothing stands yet. Raises `ConfigurationError`."""
    with explained(data):
        try:
            whole = data.resolve()
        except RuntimeError as loop:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(data)) from loop
        nearest = next(path for path in (whole, *whole.parents) if path.exists())
        if not nearest.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(nearest))
        return whole


def make(data: Path) -> None:
    """Make the folder where there is none. Raises `OSError`."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
