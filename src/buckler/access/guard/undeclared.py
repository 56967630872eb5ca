"""Routes that say nothing about who may call them (ASVS 8.2.1).

An app does not start with one. An app on trial does (`edge/trial.py`): such a route refuses here, the trial lifts the
refusal and writes it down, and once its day is past nothing lifts it any more. The route is shut then, in a process
that runs on as well.
"""

from typing import Final

from buckler.access.declarations.declaration import Duty
from buckler.access.doors.passage import Passage, Step
from buckler.asgi import Exchange
from buckler.errors import Refusal

UNDECLARED: Final = Refusal(403, "undeclared", "No declaration allowed this request.", event="authz_undecided")


class UndeclaredRoutes(Passage):
    """Refuses at every route of which only a trial kept the app from failing to start."""

    name = "undeclared"

    def step_for(self, duty: Duty) -> Step | None:
        return _shut if duty.source == "undeclared" else None


def _shut(_: Exchange) -> Refusal:
    return UNDECLARED
