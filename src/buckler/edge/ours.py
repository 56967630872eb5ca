"""Which routes Buckler added to an app: marked on the route itself, where it is added, and asked nowhere else.

Not by the module of what answers: an app hands parts of ours to routes of its own, `guarded(...)` among them. On the
route and not in a table: it may be walked as a part of another app.
"""

from typing import Final

_MARK: Final = "added_by_buckler"


def mark_ours(route: object) -> None:
    """Say of a route that Buckler added it."""
    setattr(route, _MARK, True)


def is_ours(route: object) -> bool:
    """Whether Buckler added this route."""
    return getattr(route, _MARK, False) is True
