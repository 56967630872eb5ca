"""In front of the app: what employees may not do, told by method and path; and clients that name these elsewhere."""

from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.drill.targets.people_api.callers import person_of
from tests.drill.targets.people_api.store import Store

METHODS = frozenset({"PUT", "PATCH", "DELETE"})


class ManagersGate:
    """Refuses deletions and payroll to all but managers."""

    def __init__(self, app: ASGIApp, store: Store, flawed: frozenset[str]) -> None:
        self.app = app
        self.store = store
        self.flawed = flawed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the method and the path that the request names."""
        if scope["type"] == "http" and (scope["method"] == "DELETE" or scope["path"].startswith("/payroll")):
            person = person_of(self.store, Headers(scope=scope).get("x-api-key", ""), self.flawed)
            own = scope["path"].startswith("/leave-requests")
            if person is None or (person.role != "manager" and not own):
                await JSONResponse({"detail": "For managers"}, 403)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class MethodInQuery:
    """Forms of pages know GET and POST; the method is in `_method`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put it in the place of POST."""
        if scope["type"] == "http" and scope["method"] == "POST":
            wanted = parse_qs(scope["query_string"].decode("latin-1")).get("_method", [""])[0].upper()
            scope = {**scope, "method": wanted if wanted in METHODS else "POST"}
        await self.app(scope, receive, send)


class OriginalUrl:
    """A proxy of former days told in a header which path was asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put it in the place of the path."""
        if scope["type"] == "http":
            path = Headers(scope=scope).get("x-original-url", "").partition("?")[0]
            if path.startswith("/"):
                scope = {**scope, "path": path, "raw_path": path.encode("latin-1")}
        await self.app(scope, receive, send)
