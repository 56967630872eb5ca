"""What every request meets first, and every answer last: one plain ASGI layer.

It stands outside the app's own error middleware, so the answers to 404, 413 and a crash pass
through it too.
"""

import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from buckler.asgi import EXCHANGE_KEY, ASGIApp, Exchange, Message, Receive, Scope, Send
from buckler.defence import Arrival, Defence, Departure, Reception
from buckler.errors import BODILESS, MEDIA_TYPE, Refusal, bare
from buckler.events import EventLog
from buckler.refused import Refused

_STARTS: Final = frozenset(("http.response.start", "websocket.accept", "websocket.http.response.start"))
_CLOSED: Final = {"type": "websocket.close", "code": 1008, "reason": ""}
_MOST_FRAMES: Final = 20


class Edge:
    """Runs the arrivals, then the app, then the departures."""

    def __init__(self, defences: Sequence[Defence], events: EventLog, *, owner: object, reraises: bool) -> None:
        self._owner = owner
        self._reraises = reraises
        self._events = events
        arrivals = [each for each in defences if isinstance(each, Arrival)]
        self._arrivals = tuple((each.arrive, each) for each in arrivals)
        self._departures = tuple(each.depart for each in defences if isinstance(each, Departure))
        self._receptions = tuple(each.receive for each in defences if isinstance(each, Reception))

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = scope[EXCHANGE_KEY] = _Outgoing(scope, self._owner, send, self)
        for arrive, _ in self._arrivals:
            refusal = arrive(exchange)
            if refusal is not None:
                await self._turn_away(refusal, exchange)
                return
        try:
            for reception in self._receptions:
                receive = reception(exchange, receive)
            await app(scope, receive, exchange)
        except Refused as refused:
            # The app was still reading when it was cut off.
            exchange.refusal = exchange.refusal or refused.refusal
            await exchange.finish()
        except Exception as error:
            self._report_crash(error, exchange)
            await exchange.finish()
            if self._reraises:
                raise
        finally:
            # Scope and exchange know each other: parted, both are freed at once and not by the collector.
            scope.pop(EXCHANGE_KEY, None)

    async def refuse(self, refusal: Refusal, scope: Scope, send: Send) -> None:
        """Answer with a refusal without asking the app or the arrivals."""
        await _Outgoing(scope, self._owner, send, self).refuse(refusal)

    async def _turn_away(self, refusal: Refusal, exchange: "_Outgoing") -> None:
        """Refuse, after what must be done first: whoever reads the refusal may rely on it."""
        try:
            for _, arrival in self._arrivals:
                await arrival.before_refusal(exchange)
        except Exception as error:  # noqa: BLE001 - the refusal leaves whatever happens
            self._report_crash(error, exchange)
        await exchange.refuse(refusal)

    def report(self, refusal: Refusal, exchange: Exchange) -> None:
        """Log a refusal. Every refusal leaves through the edge, so this is the one place that does."""
        if refusal.event is not None:
            about = {} if exchange.reason is None else {"reason": exchange.reason}
            self._events.emit(refusal.event, exchange, refusal=refusal.code, status=refusal.status, **about)

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        """Pass a start through the departures; over a start that is our own refusal none has a say."""
        ours = exchange.refusal is not None
        if exchange.answer_fields:
            start["headers"] = [*start.get("headers", ()), *exchange.answer_fields]
        for depart in self._departures:
            refusal = depart(exchange, start)
            if refusal is not None and not ours:
                return refusal
        return None

    def _report_crash(self, error: Exception, exchange: Exchange) -> None:
        """Tell where it broke, never the message: that may carry what a user sent (ASVS 16.2.5)."""
        frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        self._events.emit("sys_crash", exchange, error=type(error).__qualname__, where=where)


class _Outgoing(Exchange):
    """An exchange and its way out: the `send` that the app gets.

    Shut until a start was judged; shut for good after a refusal. One object serves as both, since
    every request pays for it.
    """

    _started = False
    _open = False

    def __init__(self, scope: Scope, owner: object, send: Send, edge: Edge) -> None:
        super().__init__(scope, owner)
        self._send = send
        self._edge = edge

    async def __call__(self, message: Message) -> None:
        if self._open:
            await self._send(message)
        elif self._started:
            return
        elif message["type"] in _STARTS:
            refusal = self.refusal or self._edge.depart(self, message)
            if refusal is not None:
                await self.refuse(refusal)
                return
            self._started = self._open = True
            await self._send(message)
        elif message["type"] == "websocket.close" and self.refusal is not None:
            await self.refuse(self.refusal)
        elif message["type"] == "websocket.close":
            self._started = True
            await self._send(message if self._may_speak else _CLOSED)
        elif message["type"] == "http.response.debug" and self._may_speak:
            await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Send the refusal's own answer and let nothing follow it."""
        self._started = True
        self.refusal = refusal
        self._edge.report(refusal, self)
        if self.is_websocket:
            await self._send(_CLOSED)
            return
        body = b"" if refusal.status in BODILESS else refusal.body(self.id)
        headers = [*refusal.headers]
        if body:
            headers += [(b"content-type", MEDIA_TYPE), (b"content-length", b"%d" % len(body))]
        start: Message = {"type": "http.response.start", "status": refusal.status, "headers": headers}
        self._edge.depart(self, start)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else body})

    async def finish(self) -> None:
        """Answer for an app that ended without an answer, or broke in the middle of a conversation."""
        if not self._started:
            await self.refuse(self.refusal or bare(500))
        elif self._open and self.is_websocket:
            with suppress(Exception):
                # The app may have closed it already; a server says so by raising.
                await self._send({"type": "websocket.close", "code": 1011, "reason": ""})

    @property
    def _may_speak(self) -> bool:
        return self.decision is not None and self.refusal is None
