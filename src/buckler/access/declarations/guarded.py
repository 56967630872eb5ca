"""Declaring what has no dependencies of its own: mounts and plain routes."""

from collections.abc import Callable
from inspect import isfunction, ismethod, signature
from typing import Any

from fastapi.params import Security
from starlette.requests import Request
from starlette.routing import request_response, websocket_session

from buckler.access.declarations.declaration import Declaration, covers, refused_in
from buckler.access.declarations.declaring import declaration_in
from buckler.asgi import Receive, Scope, Send, exchange_of
from buckler.errors import ConfigurationError


class Guarded:
    """An ASGI app or a plain endpoint together with its declarations.

    The guard of the route it is mounted on reads them. Called where no guard stands in front, it
    refuses.
    """

    def __init__(self, inner: Callable[..., Any], declarations: tuple[Security | Declaration, ...]) -> None:
        if not declarations:
            raise ConfigurationError("guarded() needs a declaration, as in guarded(StaticFiles(...), Public('css')).")
        self.inner = inner
        self.declarations = tuple(declaration_in(each) for each in declarations)
        plain = (isfunction(inner) or ismethod(inner)) and len(signature(inner).parameters) == 1
        self._http: Callable[..., Any] = request_response(inner) if plain else inner
        self._websocket: Callable[..., Any] = websocket_session(inner) if plain else inner
        self._judged_inside = False

    @property
    def routes(self) -> list[Any]:
        """The routes of the app inside, if it has any: each of them is judged as well."""
        return list(getattr(self.inner, "routes", []))

    def judge_inside(self) -> None:
        """Let requests on to the routes inside: each has a guard, which judges these declarations too."""
        self._judged_inside = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        if exchange is None or not (self._judged_inside or covers(exchange.decision, self.declarations)):
            await _refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, send)


def guarded(app: Callable[..., Any], *declarations: Security) -> Guarded:
    """Declare a mounted app, or the endpoint of a plain Starlette route.

    `app.mount("/static", guarded(StaticFiles(directory="static"), Public("style sheets")))`.
    Raises `ConfigurationError` without a declaration.
    """
    return Guarded(app, declarations)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Fail closed: nobody in front has decided."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return

    async def undecided(_: Request) -> Any:
        raise refused_in(exchange_of(scope))

    await request_response(undecided)(scope, receive, send)
