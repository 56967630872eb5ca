"""Whose object it is (ASVS 8.2.2, 8.4.1; CWE-639).

1. The guard has decided who calls and what the caller may: 401 and 403 come first.
2. On a route with `Owned` it then names the viewer, whom the rule of each object is asked about.
3. The object is loaded by the dependency: an unseen one and a missing one are the same 404, letter for letter.
4. Fail closed: without a viewer of the guard's the dependency hands nothing over.
"""

from buckler.access.declarations.declaration import Declaration, Duty
from buckler.access.doors.passage import Passage, Step, only_one
from buckler.access.ownership.viewer import Viewer
from buckler.asgi import Exchange
from buckler.errors import UNDECIDED, Refusal
from buckler.events import EventLog


class Ownership(Passage):
    """Says, at the door, who looks at the objects behind it."""

    name = "ownership"

    def __init__(self, events: EventLog) -> None:
        self._events = events

    def declared_by(self, duty: Duty, exchange: Exchange) -> Declaration | None:
        return only_one(duty.owned)

    def step_for(self, duty: Duty) -> Step | None:
        if not duty.owned:
            return None
        for each in duty.owned:
            each.report_to(self._events)
        return self._admit

    def _admit(self, exchange: Exchange) -> Refusal | None:
        if exchange.principal is None:
            # Fail closed: nobody sees nothing.
            return UNDECIDED
        exchange.viewer = Viewer(exchange.principal, self._events, exchange)
        return None
