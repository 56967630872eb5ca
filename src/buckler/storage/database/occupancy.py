"""Who is at work on a database: many at once, or one alone that exchanges the file.

A lock on a file beside it (`flock`), which the system takes back when a process ends, however it ends. The file
stays: whoever removed it would let two hold what only one may. Not on the database itself: closing a second
descriptor of that drops the locks which SQLite holds on it in this process.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from buckler.errors import ConfigurationError

SUFFIX: Final = ".lock"


class Occupied(ConfigurationError):
    """Somebody is at work there, and it cannot be done together."""


class Occupancy:
    """A lock that is held until `close`. Raises `Occupied`."""

    def __init__(self, path: Path, *, alone: bool = False) -> None:
        self._handle: int | None = os.open(_beside(path), _FLAGS, 0o600)
        try:
            fcntl.flock(self._handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            # Fail closed.
            raise Occupied(_ALONE.format(path=path) if alone else _TOGETHER.format(path=path)) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let others in. A second call does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_ALONE: Final = (
    "{path} is in use: a service, or another command, works on it, and would go on with a file that is no longer"
    " there. Stop it, then try again."
)
_TOGETHER: Final = "{path} is being exchanged for a backup at this moment. Try again when that is done."
