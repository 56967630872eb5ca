"""`/console/log/verify`: whether the kept log is what was written, and what nobody can prove of it (ASVS 16.4.2)."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.declaring import Limit
from buckler.access.declarations.roles import READ_EVENTS
from buckler.clock import date_of
from buckler.console.administration.places import LOG
from buckler.console.answering import Answering
from buckler.console.charts.tables import whole
from buckler.console.page_routes import take_form
from buckler.console.surroundings import Surroundings
from buckler.events.journal.log_reader import MOST_VERIFIED, AlreadyVerifying, TooLong, Verified
from buckler.events.journal.verification import Verdict
from buckler.redact import plain

VERIFY: Final = f"{LOG}/verify"
_TEMPLATE: Final = "administration/verified.html"
_MOST_SHOWN: Final = 100
_END: Final = (
    "Whether the newest batches were cut off, or an old copy of the database was put back: that shows only beside"
    " checkpoints that left this machine."
)
# Seconds of a core each, so that nobody keeps one busy.
_LIMITS: Final = (Limit("6/minute", told=False, by="account"),)


class VerifyingPage:
    """Verifies when a button is pressed, and tells what was found."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._around = around
        self._answering = answering

    def routes(self) -> list[Route]:
        """What the button does, where some role may read the log."""
        known = self._around.roles
        return [take_form(VERIFY, self.verify, READ_EVENTS, limits=_LIMITS)] if known.grant(READ_EVENTS) else []

    async def verify(self, request: Request) -> Response:
        """The result, in words."""
        view = self._answering.view
        if not await self._answering.pressed(request):
            return view.to(request, LOG, "stale")
        try:
            context = told(await self._around.opened().log.verify())
        except TooLong as error:
            context = {"outcome": "long", "rows": whole(error.rows), "most": whole(MOST_VERIFIED)}
        except AlreadyVerifying:
            context = {"outcome": "busy"}
        return view.page(request, _TEMPLATE, {**context, "at": self._around.clock.now()})


def told(verified: Verified) -> Mapping[str, Any]:
    """What the page shows of a verdict."""
    verdict = verified.verdict
    return {
        "outcome": "broken" if verdict.faults else "intact",
        "rows": _counted(verdict.rows, "row", "rows"),
        "batches": _counted(verdict.batches, "batch", "batches"),
        "seconds": f"{verified.seconds:.1f} seconds" if verified.seconds >= 0.1 else "less than a tenth of a second",
        "faults": [plain(each) for each in verdict.faults[:_MOST_SHOWN]],
        "more": whole(max(len(verdict.faults) - _MOST_SHOWN, 0) + verdict.more),
        "unproved": unproved(verdict),
    }


def unproved(verdict: Verdict) -> list[str]:
    """What could be otherwise without a trace."""
    found = [_END]
    if verdict.unbatched:
        rows = _counted(verdict.unbatched, "row stands", "rows stand")
        found.append(
            f"Whether rows are missing after the last batch: {rows} in none yet. What is there holds; the next batch"
            " is made within ten seconds."
        )
    elif verdict.last_at:
        found.append(f"Whether something was written after the last batch ({_moment(verdict.last_at)}) and taken out.")
    if verdict.first_at:
        found.append(f"Whether the log was begun anew: its oldest event is of {_moment(verdict.first_at)}.")
    if verdict.begins_at > 1:
        found.append(f"What stood before batch {verdict.begins_at}: its time was over, and it is gone.")
    if verdict.emptied:
        rows = _counted(verdict.emptied, "emptied row", "emptied rows")
        found.append(f"What {rows} said: the time was over, or the account was erased.")
    if verdict.restored:
        found.append("What was written between the making of a backup and the moment at which it was put back.")
    found.append("Anything, against somebody who has the master secret or runs code in the service.")
    return found


def _counted(number: int, one: str, many: str) -> str:
    return f"{whole(number)} {one if number == 1 else many}"


def _moment(milliseconds: int) -> str:
    return f"{date_of(milliseconds // 1000):%Y-%m-%d %H:%M:%S} UTC"
