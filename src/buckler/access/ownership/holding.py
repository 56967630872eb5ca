"""Holding the answer of a route with `Owned` until its objects were asked about (ASVS 8.2.2, 8.4.1).

The object is loaded by a dependency, and whether dependencies run is the route's matter: a route class may answer by
itself, `route.app` may be another one, an override may stand where the `Owned` was. So at such a route, and at no
other, nothing good leaves before every object was handed over in this very exchange: 403, and an event.

An error keeps its way: what is missing, a value that does not fit, a dependency that says no. A redirect is held too,
since its target may be what was to be kept.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from buckler.access.declarations.declaration import Duty
from buckler.access.ownership.viewer import Viewer
from buckler.asgi import Exchange, Message, Receive, Scope, Send, exchange_of
from buckler.errors import Refusal

UNASKED: Final = Refusal(
    403, "object-unasked", "Nobody asked whose object this is, so it was kept.", event="authz_undecided"
)
_STARTS: Final = frozenset(("http.response.start", "websocket.http.response.start"))

Handle = Callable[[Scope, Receive, Send], Awaitable[Any]]


def holding(handle: Handle) -> Handle:
    """The handler of a route, of which nothing good leaves before its objects were handed over."""

    async def handled(scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        await handle(scope, receive, send if exchange is None else _Held(exchange, send))

    return handled


class _Held:
    """What such a route sends into."""

    def __init__(self, exchange: Exchange, send: Send) -> None:
        self._exchange = exchange
        self._send = send
        self._is_shut = False

    async def __call__(self, message: Message) -> None:
        if self._is_shut:
            return
        if _is_good(message) and not _were_handed_over(self._exchange):
            self._is_shut = True
            await self._shut()
            return
        await self._send(message)

    async def _shut(self) -> None:
        """End it inside the app, with the status of the refusal that the edge puts in its place."""
        exchange = self._exchange
        exchange.refusal = exchange.refusal or UNASKED
        if exchange.is_websocket:
            await self._send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        headers = [(b"content-length", b"0")]
        await self._send({"type": "http.response.start", "status": exchange.refusal.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b""})


def _is_good(message: Message) -> bool:
    kind = message["type"]
    return kind == "websocket.accept" or (kind in _STARTS and message["status"] < 400)


def _were_handed_over(exchange: Exchange) -> bool:
    """Whether each object was; also where the decision names none, as under another inclusion of the route."""
    decision, viewer = exchange.decision, getattr(exchange, "viewer", None)
    if isinstance(decision, Duty) and not decision.objects:
        return True
    return isinstance(decision, Duty) and isinstance(viewer, Viewer) and viewer.has_seen(decision.objects)
