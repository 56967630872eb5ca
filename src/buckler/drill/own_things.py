"""What the drill has on this machine while it lasts, and no longer: a line that names it does not work after."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class OwnThing:
    """A file or a port of the drill's."""

    pattern: str
    """As it stands in a line that names it, whatever is around it and however that is written."""
    words: str
    """What became of it, and what to do for the line to work again."""

    def is_in(self, line: str) -> bool:
        """Whether the line names it."""
        return re.search(self.pattern, line) is not None


_NOTED: Final = ContextVar[list[OwnThing] | None]("_NOTED", default=None)


@contextmanager
def own_things_noted() -> Generator[list[OwnThing]]:
    """What the drill has during the block, in a list that grows meanwhile."""
    things: list[OwnThing] = []
    token = _NOTED.set(things)
    try:
        yield things
    finally:
        _NOTED.reset(token)


def note(thing: OwnThing) -> None:
    """It is there from now on. Outside of a drill nobody asks for it."""
    things = _NOTED.get()
    if things is not None:
        things.append(thing)
