"""A list of routes that notices when it changes.

The table of routes must be judged again before a route that came later can be reached. Comparing
every route on every request would cost more the larger the app is; a list that remembers being
touched costs one look.
"""

from collections.abc import Callable
from typing import Any, Final

_CHANGES: Final = (
    "append",
    "clear",
    "extend",
    "insert",
    "pop",
    "remove",
    "reverse",
    "sort",
    "__delitem__",
    "__iadd__",
    "__imul__",
    "__setitem__",
)


class WatchedRoutes(list[Any]):
    """Behaves as the list it takes the place of. `changes` grows with whatever alters it.

    A number and not a flag: several apps may watch one router, and each has to notice.
    """

    changes: int = 0


def _noticing(name: str) -> Callable[..., Any]:
    change: Callable[..., Any] = getattr(list, name)

    def noticed(self: WatchedRoutes, *arguments: Any, **named: Any) -> Any:
        self.changes += 1
        return change(self, *arguments, **named)

    noticed.__name__ = name
    noticed.__doc__ = getattr(list, name).__doc__
    return noticed


for _name in _CHANGES:
    setattr(WatchedRoutes, _name, _noticing(_name))
