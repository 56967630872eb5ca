"""Files of secrets, and the one rule of who may reach them (ASVS 13.3.1).

1. Judged by what was opened and not by its name (no race).
2. A regular file of the user we run as, with no permission for group or others.
3. Or a credential that systemd hands over (`LoadCredential=`), which is root's.

A file that holds nothing but a secret is not opened through a link either: who owns the link says what it leads to.
"""

import os
import stat
from pathlib import Path

from buckler.errors import ConfigurationError


def read_private(path: Path, shown: str, longest: int) -> str:
    """The text of a file of at most `longest` bytes that is a secret; `shown` is what a refusal calls it.

    Raises `ConfigurationError` when it is missing, open to others, or no text.
    """
    try:
        # O_NONBLOCK: a pipe put in its place must not hang the start.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ConfigurationError(
            f"{shown} cannot be opened ({error.strerror}): it must be a regular file that we own, not a link. Name its"
            " place, or bring it back from your backup."
        ) from error
    try:
        judge_private(os.fstat(handle), path, shown)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return _text(file.read(longest + 1), shown, longest)
    finally:
        os.close(handle)


def judge_private(found: os.stat_result, path: Path, shown: str) -> None:
    """Raise `ConfigurationError` where others reach what was `found` by opening `path`, or it is no file."""
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        raise ConfigurationError(f"{shown} is not a regular file. Put the secret into one.")
    if _is_credential(path, found):
        return
    if found.st_uid != os.geteuid():
        raise ConfigurationError(
            f"{shown} belongs to user {found.st_uid}, who can change it; we run as user {os.geteuid()}. Run: chown"
            f" {os.geteuid()} {path}"
        )
    if mode & 0o077:
        raise ConfigurationError(
            f"{shown} has mode {mode:o}, so others on this machine can reach it. Run: chmod 600 {path}"
        )


def _is_credential(path: Path, found: os.stat_result) -> bool:
    """Whether systemd hands it over, in a folder of root's that nobody else writes to.

    It lets us read by an access list, whose mask stands where the rights of a group do; the file may stay root's.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder or path.parent != Path(folder):
        return False
    about = path.parent.stat()
    is_roots = about.st_uid == found.st_uid == 0
    return is_roots and not about.st_mode & 0o022 and not found.st_mode & 0o037


def _text(content: bytes, shown: str, longest: int) -> str:
    if len(content) > longest:
        raise ConfigurationError(f"{shown} is longer than {longest} bytes: that is another file. Name the secret's.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{shown} is not text (UTF-8). Write the secret into it as text.") from None
