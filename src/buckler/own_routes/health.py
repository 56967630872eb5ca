"""`GET /health/live` and `GET /health/ready`: whether the process lives, and whether requests should come to it.

- Live: the event loop answers. No store is touched, and it stays so while the service stops: whoever restarts what does
  not live must not restart what only waits for a disk.
- Ready: 503 while something is missing without which requests fail; whoever sends requests sends them elsewhere.
- A stranger learns one word, and no version, name, number or cause (ASVS 13.4.6). The cause is an event.
"""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from buckler.access.declarations.declaration import Declaration
from buckler.access.declarations.guarded import Guarded
from buckler.errors import Refusal
from buckler.own_routes.readiness import MEMORY, Readiness
from buckler.refused import Refused

LIVE: Final = "/health/live"
READY: Final = "/health/ready"
_FRESH: Final = {"cache-control": "no-store"}
NOT_READY: Final = Refusal(
    503,
    "not-ready",
    "This service takes no requests now; ask again.",
    ((b"retry-after", b"%d" % MEMORY),),
    event=None,  # the event is written when it changes (`readiness.py`), not at each probe
)


class Health:
    """Both routes, declared in the same way. They say nothing of the API, so its document does not have them."""

    def __init__(self, readiness: Readiness, declared: Sequence[Declaration]) -> None:
        self._readiness = readiness
        self._declared = tuple(declared)

    def routes(self) -> list[Route]:
        """As they are to be added."""
        endpoints = {LIVE: self.live, READY: self.ready}
        return [
            Route(path, Guarded(endpoint, self._declared), methods=["GET"], include_in_schema=False)
            for path, endpoint in endpoints.items()
        ]

    async def live(self, _: Request) -> Response:
        """That it is answered is the answer."""
        return JSONResponse({"status": "live"}, headers=_FRESH)

    async def ready(self, _: Request) -> Response:
        """Raises `Refused` while it is not."""
        if await self._readiness.why_not() is not None:
            raise Refused(NOT_READY)
        return JSONResponse({"status": "ready"}, headers=_FRESH)
