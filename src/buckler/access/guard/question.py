"""A question in the place of a request: which guard would judge it?

It goes to the router of an app as a request does, so that the router's own matching answers, and no second one of
ours. The guard of the chosen route says which post is meant and lets nothing on: nothing of a route ever runs.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buckler.access.guard.guard import Post


@dataclass(slots=True)
class Question:
    """Stands as the owner of an exchange where `table` would stand for a request."""

    table: object
    met: list["Post | None"] = field(default_factory=list["Post | None"])
    """The post that was met, None at a route of which no duty is known; empty while no guard was."""


def table_of(owner: object) -> object:
    """The table that judges what `owner` owns: itself, or that of the question."""
    return owner.table if isinstance(owner, Question) else owner
