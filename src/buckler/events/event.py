"""What a kind of event is: its name, its level, when it is written, what it says, and for how long it is kept."""

from dataclasses import dataclass
from typing import Literal

Kept = Literal["sign-ins", "changes"]
"""What is kept as rows, for one of two periods: who came in, or what was changed."""


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event: its name, its level, and when it is written."""

    name: str
    level: int
    when: str
    summed: bool = False
    """Whether strangers can cause it at will, so that many within a second are told by their number (`sums.py`)."""
    fields: tuple[str, ...] = ()
    """What it says beside what every event does: moment, name, level and, of a request, id, client, method, path and
    caller. Not each of them every time."""
    kept: Kept | None = None
    """For how long it is kept in the database, where there is one (`journal/`); None: it is a line of the log alone."""
