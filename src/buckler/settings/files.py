"""A file of settings, judged before its text is believed (ASVS 13.3.2).

1. A regular file of at most 1 MiB, judged by what was opened and not by its name.
2. Ours or root's, and written by nobody else: whoever writes it decides what holds here.
3. A file with a secret in it is ours and closed to all others, as every file of a secret (`private_files.py`). A link
   may lead to it: what it leads to is judged.

What it says is never told: an error names the file and the line.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError
from buckler.private_files import judge_private

_LONGEST: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What was opened: its path as it was named, its text, and who may reach it."""

    path: Path
    text: str
    found: os.stat_result

    def refuse_open_secrets(self, names: list[str]) -> None:
        """Raise `ConfigurationError` where others can reach the file and `names` of secrets stand in it."""
        if names:
            judge_private(self.found, self.path, f"{self.path} with {names[0]} in it")


def opened(path: Path, named_by: str = "") -> SettingsFile:
    """The file, whole. `named_by` is the variable that named it. Raises `ConfigurationError`."""
    shown = f"{named_by}={str(path)!r}" if named_by else str(path)
    try:
        # O_NONBLOCK: a pipe put in its place must not hang the start.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ConfigurationError(
            f"{shown} cannot be opened ({error.strerror}): name a file of settings that we may read, or none."
        ) from None
    try:
        found = os.fstat(handle)
        _judge(shown, path, found)
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(_LONGEST + 1)
    finally:
        os.close(handle)
    return SettingsFile(path, _text(shown, content), found)


def _judge(shown: str, path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigurationError(f"{shown} is not a regular file. Write the settings into one.")
    if found.st_mode & stat.S_IWOTH:
        raise ConfigurationError(
            f"{shown} has mode {stat.S_IMODE(found.st_mode):o}, so everybody on this machine decides what holds here."
            f" Run: chmod o-w {path}"
        )
    if found.st_uid not in (os.geteuid(), 0):
        raise ConfigurationError(
            f"{shown} belongs to user {found.st_uid}, who decides then what holds here; we run as user {os.geteuid()}."
            f" Run: chown {os.geteuid()} {path}"
        )
    if found.st_mode & stat.S_IWGRP and found.st_gid != os.getegid():
        raise ConfigurationError(
            f"{shown} may be written by group {found.st_gid}, which is not ours, so that decides what holds here."
            f" Run: chmod g-w {path}"
        )


def _text(shown: str, content: bytes) -> str:
    if len(content) > _LONGEST:
        raise ConfigurationError(f"{shown} is longer than {_LONGEST} bytes: that is another file. Name the settings.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{shown}, line {line}: this is not UTF-8. Save the file as text.") from None
