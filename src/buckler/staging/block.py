"""One block of isolation: what it lets through, and what it noted."""

import os
from pathlib import Path
from typing import Final

from buckler.staging.leftovers import threads

_MOST: Final = 100
"""Notes of one block."""
LEAVE: Final = "--writes"
"""How the command is told that what is there may be written to."""


class Isolation:
    """What one block lets through and what it noted. `folder` is thrown away; `writes` lets other stores be opened.

    `leave` is how whoever drills says so.
    """

    def __init__(self, folder: Path, *, writes: bool = False, leave: str = LEAVE) -> None:
        self._folder = folder.resolve()
        self._writes = writes
        self._leave = leave
        self._noted: dict[str, None] = {}
        self.process = os.getpid()
        """A fork of it has this block too."""
        self.is_over = False
        """Set at its end: what was set up in it lets everything through after."""
        self.lines: list[str] = []
        """What is logged in it, growing while it lasts."""
        self.before = threads()
        """What ran when it began."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was refused and what was seen, each once, in its order."""
        return tuple(self._noted)

    def refuse(self, what: str, remedy: str = "") -> None:
        """Note it. Raises `PermissionError`, always."""
        told = f"refused: {what}"
        self.note(told)
        raise PermissionError(f"buckler drill {told}{f'. Allow it with {remedy}' if remedy else ''}")

    def note(self, what: str) -> None:
        """Tell it in the report."""
        if len(self._noted) < _MOST:
            self._noted[what] = None

    def refuse_store(self, what: str) -> None:
        """Raises `PermissionError` for a store that is not thrown away, unless it may be written to."""
        if self._writes:
            self.note(f"opened: {what}")
        else:
            self.refuse(what, f"{self._leave}, if all of it may be lost")

    def has(self, path: str | bytes | Path) -> bool:
        """Whether a path leads into what is thrown away, whatever links it goes by."""
        return Path(os.path.realpath(os.fsdecode(path))).is_relative_to(self._folder)
