"""What the routes of an app are let off, told in the log: each once, when it is first seen.

- A route that declares nothing and that only a trial lets answer.
- A middleware of the app that may answer by itself.
- A public route to which pages of other sites may send.
"""

from buckler.access.routes.route_table import RouteTable
from buckler.edge.lifting import Lifting
from buckler.events import EventLog


class Exemptions:
    """Those of one table of routes, as far as they were told."""

    def __init__(self, table: RouteTable, events: EventLog, lifting: Lifting | None) -> None:
        self._table = table
        self._events = events
        self._lifting = lifting
        self._told: set[object] = set()

    def tell(self) -> None:
        """Write an event for each that is new since the last call."""
        for route in self._table.undeclared:
            if self._is_new(route):
                self._events.emit("sys_exemption", undeclared=route, reason=self._lifting and self._lifting.undeclared)
        for found in self._table.answering:
            if self._is_new(found):
                self._events.emit("sys_exemption", middleware=found.middleware, reason=found.reason)
        for route, reason in self._table.cross_site:
            if self._is_new((route, reason)):
                self._events.emit("sys_exemption", cross_site=route, reason=reason)

    def _is_new(self, found: object) -> bool:
        is_new = found not in self._told
        self._told.add(found)
        return is_new
