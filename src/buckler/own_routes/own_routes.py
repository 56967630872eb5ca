"""All routes that Buckler adds to an app, in one place: accounts, console, health, metrics, security.txt, docs files.

Every one is declared, stands behind the app's own (decision 0004) and is judged as they are.
"""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from buckler.access.declarations.declaration import Declaration
from buckler.access.routes.docs_page.documentation import Documentation, asset_route
from buckler.access.routes.route_table import RouteTable
from buckler.clock import Clock
from buckler.events import EventLog
from buckler.metrics import Tally
from buckler.metrics.open_telemetry import listening
from buckler.metrics.prometheus import Prometheus
from buckler.metrics.recent import Recent
from buckler.own_routes.health import Health
from buckler.own_routes.metrics_page import MetricsPage
from buckler.own_routes.readiness import Readiness
from buckler.own_routes.security_txt import SecurityPage, SecurityText
from buckler.running import Running
from buckler.settings import Settings


class OwnRoutes:
    """What is to be added. `health` and `metrics` say who may ask; empty, and those routes are not there.

    Raises `ConfigurationError` where the library for metrics is missing, and for a `security.txt` that nobody may
    rely on.
    """

    def __init__(
        self, settings: Settings, clock: Clock, events: EventLog, *, health: Sequence[Declaration] = (),
        metrics: Sequence[Declaration] = (), recent: Recent | None = None,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._events = events
        self._development = settings.development
        self._health = tuple(health)
        self._metrics = tuple(metrics)
        self._recent = recent
        """What was counted lately, for the pages of the console; None where there are none."""
        self._prometheus = Prometheus() if metrics else None
        text = SecurityText.of(settings, clock.now())
        self.security = SecurityPage(text, clock, events) if text is not None else None

    def tally(self) -> Tally | None:
        """Who counts and times, asked when the app starts; None where nobody collects."""
        collecting = [each for each in (listening(), self._prometheus) if each is not None]
        sinks = collecting if self._recent is None else [*collecting, self._recent]
        return Tally(sinks, times=bool(collecting)) if sinks else None

    def warnings(self) -> tuple[str, ...]:
        """What an operator should see to: that `security.txt` ends soon."""
        said = self.security.text.told(self._clock.now()) if self.security is not None else None
        return (said,) if said is not None else ()

    def place(
        self, app: FastAPI, table: RouteTable, running: Running, accounts: APIRouter | None,
        console: Sequence[BaseRoute] = (),
    ) -> None:  # fmt: skip
        """Add them to the app, behind its own."""
        if accounts is not None:
            app.include_router(accounts)
            table.put_last(app.router.routes[-1])
        if self._development:
            table.document(Documentation(running.describe))
        for route in (*self._plain(running), *console):
            app.router.routes.append(route)
            table.put_last(route)

    def _plain(self, running: Running) -> list[BaseRoute]:
        found: list[BaseRoute] = [asset_route()] if self._development else []
        if self._health:
            found += Health(Readiness(running, self._clock, self._events), self._health).routes()
        if self._prometheus is not None:
            found += MetricsPage(self._prometheus, self._metrics).routes()
        if self.security is not None:
            found += self.security.routes()
        return found
