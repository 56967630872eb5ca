"""The file that holds the master secret (ASVS 13.3.1).

1. Reached by us alone, as every file of a secret (`private_files.py`).
2. Made once: never over a file that is there, and on the disk before it is used.
3. Exchanged as a whole: another file of mode 600 takes its place at once, so that nobody reads half a list,
   and a loss of power leaves the old one or the new one.
"""

import os
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError
from buckler.private_files import read_private
from buckler.randomness import identifier

_LONGEST: Final = 65_536


def read(path: Path) -> str:
    """The text of the file. Raises `ConfigurationError` when it is missing or open to others."""
    return read_private(path, f"The master secret {path}", _LONGEST)


def write(path: Path, text: str) -> None:
    """`text` on the disk in a new file of mode 600."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"The master secret {path} cannot be created ({error.strerror}): one that is there is never overwritten,"
            " because everything sealed with it would be lost. Use it, or choose another place."
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, 0o600)
        file.write(text + "\n")
        file.flush()
        os.fsync(handle)
    _settle(path.parent)


def rewrite(path: Path, text: str) -> str:
    """Put `text` in the place of what the file says, all at once. Returns it."""
    beside = path.with_name(f".{path.name}.{identifier()}")
    write(beside, text)
    try:
        beside.replace(path)
    except BaseException:
        beside.unlink()
        raise
    _settle(path.parent)
    return text


def _settle(folder: Path) -> None:
    """Bring the new name of the file to the disk too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
