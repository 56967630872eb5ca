"""The file that holds the master secret (ASVS 13.3.1).

1. Opened without following a link, judged by what was opened and not by its name (no race).
2. A regular file, owned by the user we run as, with no permission for group or others.
3. Made once: never over a file that is there, and on the disk before it is used.
4. Exchanged as a whole: another file of mode 600 takes its place at once, so that nobody reads half a list,
   and a loss of power leaves the old one or the new one.
"""

import os
import stat
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError
from buckler.randomness import identifier

_LONGEST: Final = 65_536


def read(path: Path) -> str:
    """The text of the file. Raises `ConfigurationError` when it is missing or open to others."""
    try:
        # O_NONBLOCK: a pipe put in its place must not hang the start.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ConfigurationError(
            f"The master secret {path} cannot be opened ({error.strerror}): it must be a regular file that we own,"
            " not a link. Name its place, or bring it back from your backup."
        ) from error
    try:
        _judge(path, os.fstat(handle))
        with os.fdopen(handle, "rb", closefd=False) as file:
            return _text(path, file.read(_LONGEST + 1))
    finally:
        os.close(handle)


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


def _judge(path: Path, found: os.stat_result) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        raise ConfigurationError(f"The master secret {path} is not a regular file. Put the secret into one.")
    if found.st_uid != os.geteuid():
        raise ConfigurationError(
            f"The master secret {path} belongs to user {found.st_uid}, who can change it; we run as user"
            f" {os.geteuid()}. Run: chown {os.geteuid()} {path}"
        )
    if mode & 0o077:
        raise ConfigurationError(
            f"The master secret {path} has mode {mode:o}, so others on this machine can reach it. Run: chmod 600 {path}"
        )


def _text(path: Path, content: bytes) -> str:
    if len(content) > _LONGEST:
        raise ConfigurationError(f"The master secret {path} is longer than {_LONGEST} bytes: that is another file.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"The master secret {path} is not text. Write it as base64url, secrets separated by commas."
        ) from error
