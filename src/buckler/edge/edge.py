"""What every request meets first, and every answer last: one plain ASGI layer.

It stands outside the app's own error middleware, so the answers to 404, 413 and a crash pass
through it too. An edge inside another one stands aside: the outer one has judged already.
"""

import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from buckler.asgi import EXCHANGE_KEY, ASGIApp, Exchange, Message, Receive, Scope, Send
from buckler.defence import Arrival, Defence, Departure
from buckler.edge.sizes import BodyTooLarge, Sizes
from buckler.errors import MEDIA_TYPE, Refusal
from buckler.events import EventLog

_STARTS: Final = frozenset(("http.response.start", "websocket.accept", "websocket.http.response.start"))
_CLOSED: Final = {"type": "websocket.close", "code": 1008, "reason": ""}
_MOST_FRAMES: Final = 20


class Edge:
    """Runs the arrivals, then the app, then the departures."""

    def __init__(self, defences: Sequence[Defence], events: EventLog, *, owner: object, reraises: bool) -> None:
        self._owner = owner
        self._reraises = reraises
        self._events = events
        self._arrivals = tuple(each for each in defences if isinstance(each, Arrival))
        self._departures = tuple(each.depart for each in defences if isinstance(each, Departure))
        self._sizes = next((each for each in defences if isinstance(each, Sizes)), None)

    def stands_aside(self, scope: Scope) -> bool:
        """Whether another app's edge, further out, already has this request."""
        outer = scope.get(EXCHANGE_KEY)
        return isinstance(outer, Exchange) and outer.owner is not self._owner

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, self._owner)
        client = scope.get("client")
        exchange.client = client[0] if client else ""
        scope[EXCHANGE_KEY] = exchange
        outgoing = _Outgoing(exchange, send, self._departures, self._events)
        for arrival in self._arrivals:
            refusal = arrival.arrive(exchange)
            if refusal is not None:
                await self._turn_away(arrival, refusal, exchange, outgoing)
                return
        measured = receive if self._sizes is None else self._sizes.measured(exchange, receive)
        await self._run(app, exchange, measured, outgoing)

    async def refuse(self, refusal: Refusal, scope: Scope, send: Send) -> None:
        """Answer with a refusal without asking the app or the arrivals."""
        exchange = Exchange(scope, self._owner)
        exchange.refusal = refusal
        await _Outgoing(exchange, send, self._departures, self._events).refuse(refusal)

    async def _turn_away(self, arrival: Arrival, refusal: Refusal, exchange: Exchange, outgoing: "_Outgoing") -> None:
        exchange.refusal = refusal
        self._events.emit(refusal.event, exchange, refusal=refusal.code, status=refusal.status)
        await outgoing.refuse(refusal)
        await arrival.after_refusal(exchange)

    async def _run(self, app: ASGIApp, exchange: Exchange, receive: Receive, outgoing: "_Outgoing") -> None:
        try:
            await app(exchange.scope, receive, outgoing)
        except BodyTooLarge:
            # The app was still reading when it was cut off.
            await outgoing.finish()
        except Exception as error:
            self._report(error, exchange)
            await outgoing.finish()
            if self._reraises:
                raise

    def _report(self, error: Exception, exchange: Exchange) -> None:
        """Tell where it broke, never the message: that may carry what a user sent (ASVS 16.2.5)."""
        frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        self._events.emit("sys_crash", exchange, error=type(error).__qualname__, where=where)


class _Outgoing:
    """The `send` that the app gets. Shut until a start was judged; shut for good after a refusal."""

    __slots__ = ("_departures", "_events", "_exchange", "_open", "_send", "_started")

    def __init__(
        self,
        exchange: Exchange,
        send: Send,
        departures: Sequence[Callable[[Exchange, Message], Refusal | None]],
        events: EventLog,
    ) -> None:
        self._exchange = exchange
        self._send = send
        self._departures = departures
        self._events = events
        self._started = False
        self._open = False

    async def __call__(self, message: Message) -> None:
        if self._open:
            await self._send(message)
        elif self._started:
            return
        elif message["type"] in _STARTS:
            await self._start(message)
        elif message["type"] == "websocket.close":
            self._started = True
            await self._send(message if self._may_speak else _CLOSED)
        elif message["type"] == "http.response.debug" and self._may_speak:
            await self._send(message)

    @property
    def _may_speak(self) -> bool:
        return self._exchange.decision is not None and self._exchange.refusal is None

    async def refuse(self, refusal: Refusal) -> None:
        """Send the refusal's own answer and let nothing follow it."""
        exchange = self._exchange
        self._started = True
        if exchange.is_websocket:
            await self._send(_CLOSED)
            return
        body = refusal.body(exchange.id) if refusal.status not in (204, 304) else b""
        headers = [*refusal.headers]
        if body:
            headers += [(b"content-type", MEDIA_TYPE), (b"content-length", b"%d" % len(body))]
        start: Message = {"type": "http.response.start", "status": refusal.status, "headers": headers}
        exchange.refusal = exchange.decision = refusal
        for depart in self._departures:
            depart(exchange, start)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": b"" if exchange.method == "HEAD" else body})

    async def finish(self) -> None:
        """Answer for an app that ended without an answer."""
        if not self._started:
            await self.refuse(self._exchange.refusal or Refusal(500, "http-500", "Internal Server Error."))

    async def _start(self, message: Message) -> None:
        exchange = self._exchange
        refusal = exchange.refusal
        if refusal is None:
            refusal = self._judged(message)
        if refusal is not None:
            await self.refuse(refusal)
            return
        self._started = self._open = True
        await self._send(message)

    def _judged(self, message: Message) -> Refusal | None:
        for depart in self._departures:
            refusal = depart(self._exchange, message)
            if refusal is not None:
                if refusal.event and refusal.status != 404 and self._exchange.decision is None:
                    self._report(refusal)
                return refusal
        return None

    def _report(self, refusal: Refusal) -> None:
        self._events.emit(refusal.event, self._exchange, refusal=refusal.code, status=refusal.status)
