"""Which defences a request meets, by its shape: thought out once a shape and then looked up.

Most requests of an app differ in the values of their headers alone. What their names, method and version settle is
settled for all of them, and half of the arrivals have nothing left to look at.

- A request with a header line that came twice has no shape: it meets every defence, each with its whole look.
- Names are a stranger's to choose. So few shapes are kept, each of few and short names, and the oldest makes room.
"""

from collections.abc import Callable, Sequence
from typing import Final

from buckler.asgi import Exchange, Receive
from buckler.defence import Arrival, Look, Reception, Shape

_MOST_SHAPES: Final = 512
_MOST_NAMES: Final = 40
_LONGEST_NAMES: Final = 1024
"""Bytes of all names together. With the most shapes that is half a megabyte."""

Receiving = Callable[[Exchange, Receive], Receive]
Way = tuple[tuple[Look, ...], tuple[Receiving, ...]]


class Ways:
    """Finds the way of a request past the arrivals and the receptions."""

    def __init__(self, arrivals: Sequence[Arrival], receptions: Sequence[Reception]) -> None:
        self._arrivals = tuple(arrivals)
        self._receptions = tuple(receptions)
        self._whole: Way = (tuple(each.arrive for each in arrivals), tuple(each.receive for each in receptions))
        self._known: dict[tuple[object, ...], Way] = {}
        self.known = self._known.get
        """The way of requests of this kind, version, method and names, or None: what every request asks."""

    def __len__(self) -> int:
        return len(self._known)

    def think(self, key: tuple[object, ...], exchange: Exchange) -> Way:
        """The looks that this request meets, and then what judges its body."""
        names, scope = exchange.headers, exchange.scope
        method = scope.get("method")
        if exchange.repeated or len(names) > _MOST_NAMES or len(b"".join(names)) + len(method or "") > _LONGEST_NAMES:
            return self._whole
        shape = Shape(scope["type"], scope.get("http_version"), method, frozenset(names))
        looks = tuple(look for look in (each.look_for(shape) for each in self._arrivals) if look is not None)
        way = looks, tuple(each.receive for each in self._receptions if each.judges(shape))
        if len(self._known) >= _MOST_SHAPES:
            self._known.pop(next(iter(self._known)), None)
        self._known[key] = way
        return way
