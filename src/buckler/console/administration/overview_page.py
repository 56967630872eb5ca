"""`/console/administration`: what went on lately, in figures that one would rather look at than read."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.roles import READ_ACCOUNTS, READ_EVENTS
from buckler.console.administration import figures
from buckler.console.administration.places import ACCOUNTS, LOG, OVERVIEW
from buckler.console.administration.sign_ins import SignInCounts, SignIns
from buckler.console.answering import Answering
from buckler.console.charts.tables import whole
from buckler.console.forms import read_query
from buckler.console.looks import looking
from buckler.console.page_routes import show_page
from buckler.console.surroundings import Surroundings
from buckler.console.view import require_caller
from buckler.identity.administration.figures import Figures
from buckler.input.models import FormModel
from buckler.input.texts import text_of

_METRICS: Final = "/metrics"
SPANS: Final = (("day", "24 hours"), ("month", "30 days"))


class ChosenSpan(FormModel):
    """Of which time sign-ins are shown."""

    span: Literal["day", "month"] = "day"
    said: Annotated[str | None, text_of(longest=100)] = None


@dataclass(frozen=True, slots=True)
class Tile:
    """One number."""

    name: str
    number: str
    about: str
    path: str | None = None
    """Where there is more of it."""


class OverviewPage:
    """Tiles and charts."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._around = around
        self._answering = answering
        self._sign_ins = SignInCounts(lambda: around.opened().log)

    def routes(self) -> list[Route]:
        """The page, where some role may read the log that it is made of."""
        known = self._around.roles
        return [show_page(OVERVIEW, self.show, READ_EVENTS, limits=[looking()])] if known.grant(READ_EVENTS) else []

    async def show(self, request: Request) -> Response:
        """What went on. A span that there is not is told, and the last day shown."""
        form = read_query(request, ChosenSpan)
        span = (form.model or ChosenSpan()).span
        now = self._around.clock.now()
        async with self._around.looks.turn():
            hours = await self._sign_ins.until(int(now // 3600))
            counted = await self._around.opened().figures.read()
        recent, hour = self._around.recent, int(now // 3600)
        context: dict[str, Any] = {
            "form": form, "span": span, "spans": SPANS, "begins": self._sign_ins.begins,
            "tiles": self._tiles(counted, hours, hour, may_read=require_caller(request).may(READ_ACCOUNTS)),
            "sign_ins": figures.sign_ins_by_day(hours, hour) if span == "month" else
            figures.sign_ins_by_hour(hours, hour),
            "pair": [figures.refusals(recent), figures.sessions(counted)], "hashing": figures.hashing(recent, now),
            "since": recent.since, "metrics": self._metrics(),
        }  # fmt: skip
        return self._answering.view.page(request, "administration/overview.html", context)

    def _metrics(self) -> str | None:
        """Where those of every worker can be read; None where they cannot."""
        paths = {each.path for each in self._around.policy().routes if each.added_by_buckler}
        return _METRICS if _METRICS in paths else None

    def _tiles(self, counted: Figures, hours: dict[int, SignIns], hour: int, *, may_read: bool) -> list[Tile]:
        day = sum((hours.get(each, SignIns()) for each in range(hour - 23, hour + 1)), SignIns())
        accounts, sessions = _at_least(counted.accounts, counted.more_accounts), counted.sessions
        disabled = f"{whole(counted.disabled)} disabled" if counted.disabled else "none disabled"
        log = f"{LOG}?event=authn_login_fail"
        return [
            Tile("Sessions", _at_least(sessions, counted.more_sessions), "active now"),
            Tile("Accounts", accounts, disabled, ACCOUNTS if may_read else None),
            Tile("Signed in", whole(day.good), "in 24 hours"),
            Tile("Failed sign-ins", whole(day.failed), "in 24 hours", log),
            Tile("Refused", whole(self._around.recent.refusals().total()), "in 24 hours"),
        ]


def _at_least(number: int, is_cut: bool) -> str:
    return f"{whole(number)}+" if is_cut else whole(number)
