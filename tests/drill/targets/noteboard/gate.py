"""In front of the app: a gate that lets only administrators delete people, and methods told by a header."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.drill.targets.noteboard.tokens import BadToken, Tokens

METHODS = frozenset({"PUT", "PATCH", "DELETE"})


class DeletionGate:
    """Refuses `DELETE /admin/...` to all but administrators."""

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        self.app = app
        self.tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the method that the request names."""
        guarded = scope["type"] == "http" and scope["method"] == "DELETE" and scope["path"].startswith("/admin/")
        if guarded and self._role(Headers(scope=scope)) != "admin":
            await JSONResponse({"detail": "Not for you"}, 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _role(self, headers: Headers) -> str:
        try:
            return self.tokens.caller(headers.get("authorization", "").removeprefix("Bearer ")).role
        except BadToken:
            return ""


class MethodOverride:
    """Clients behind old proxies send POST and name the method in a header."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the named method in the place of POST."""
        if scope["type"] == "http" and scope["method"] == "POST":
            wanted = Headers(scope=scope).get("x-http-method-override", "").upper()
            scope = {**scope, "method": wanted if wanted in METHODS else "POST"}
        await self.app(scope, receive, send)
