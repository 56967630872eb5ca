"""`GET /metrics`: what this process counted and timed, for Prometheus. There where a declaration says for whom."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.declaration import Declaration
from buckler.access.declarations.guarded import Guarded
from buckler.metrics.prometheus import TYPE, Prometheus

METRICS: Final = "/metrics"


class MetricsPage:
    """Serves the page to whom the declarations let read it."""

    def __init__(self, prometheus: Prometheus, declared: Sequence[Declaration]) -> None:
        self._prometheus = prometheus
        self._declared = tuple(declared)

    def routes(self) -> list[Route]:
        """As it is to be added."""
        return [Route(METRICS, Guarded(self.read, self._declared), methods=["GET"], include_in_schema=False)]

    async def read(self, _: Request) -> Response:
        """The values up to now."""
        # Not as media_type: the format is a part of the type, and Starlette would add to it.
        return Response(self._prometheus.page(), headers={"content-type": TYPE, "cache-control": "no-store"})
