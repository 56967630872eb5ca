"""Measuring while an app serves: who collects is asked at each start.

Where nobody collects, no request passes anything that measures.
"""

from collections.abc import Callable
from functools import partial

from buckler.access.guard.timed_admission import timed
from buckler.access.routes.route_table import RouteTable
from buckler.clock import Clock
from buckler.edge.edge import Edge
from buckler.edge.timed import Timed
from buckler.events import EventLog
from buckler.metrics import Tally


class Measuring:
    """Puts watches around the edge and the guard. `tally` is asked at each start who counts; None for nobody."""

    def __init__(self, tally: Callable[[], Tally | None], clock: Clock) -> None:
        self._tally = tally
        self._clock = clock

    def begin(self, edge: Edge, table: RouteTable, events: EventLog) -> Edge | Timed:
        """Ask, tell `edge` and `events` who counts from now on, and return what is to take the calls."""
        tally = edge.tally = events.tally = self._tally()
        if tally is None or not tally.times:
            table.admit_by(None)
            return edge
        table.admit_by(partial(timed, tally=tally, clock=self._clock))
        return Timed(edge, tally, self._clock)
