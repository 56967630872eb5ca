"""What every request meets first, and every answer last: one plain ASGI layer.

It stands outside the app's own error middleware, so the answers to 404, 413 and a crash pass
through it too.
"""

import traceback
from asyncio import CancelledError, current_task
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from starlette.requests import ClientDisconnect

from buckler.asgi import EXCHANGE_KEY, ASGIApp, Exchange, Headers, Message, Receive, Scope, Send
from buckler.defence import USUAL, Arrival, Defence, Departure, Reception
from buckler.edge.error_pages import HTML, ErrorPages
from buckler.edge.foreign_origins import Readers
from buckler.edge.lifting import Lifting, never
from buckler.edge.refusal_cors import readable_fields
from buckler.edge.ways import Ways
from buckler.errors import BODILESS, MEDIA_TYPE, Refusal, bare
from buckler.events import AccessLog, EventLog
from buckler.metrics import Tally
from buckler.refused import Refused

_STARTS: Final = frozenset(("http.response.start", "websocket.accept", "websocket.http.response.start"))
_CLOSED: Final = {"type": "websocket.close", "code": 1008, "reason": ""}
_CLOSE_CODES: Final = {413: 1009}
"""What a refusal is to a WebSocket (RFC 6455 section 7.4.1)."""
_SHUT: Final = bare(403)
"""What a handshake is told that the app turned away, or that nothing allowed."""
_AGAIN: Final = replace(bare(500), event="sys_answer_refused")
"""For an answer that begins twice: only its first beginning was judged."""
_MOST_FRAMES: Final = 20
_MOST_CAUSES: Final = 8


class Edge:
    """Runs the arrivals, then the app, then the departures."""

    def __init__(
        self, defences: Sequence[Defence], events: EventLog, access: AccessLog, *, owner: object, reraises: bool,
        readers: Readers, pages: ErrorPages, lifting: Lifting | None = None,
    ) -> None:  # fmt: skip
        self._owner = owner
        self._reraises = reraises
        self._events = events
        self._lifting = lifting
        self._lifts = never if lifting is None else lifting.lifts
        self.access = access
        self.tally: Tally | None = None
        """Who counts refusals, while somebody collects them."""
        self.pages = pages
        self.readers = readers
        """Whose pages may read a refusal."""
        arrivals = [each for each in defences if isinstance(each, Arrival)]
        departures = sorted((e for e in defences if isinstance(e, Departure)), key=lambda e: e.departs_last)
        receptions = [each for each in defences if isinstance(each, Reception)]
        self._ways = Ways(arrivals, receptions)
        self._known_way = self._ways.known
        # Most have nothing to do before a refusal.
        self._duties = tuple(each.before_refusal for each in arrivals if _acts_before_refusal(each))
        self._departures = tuple(each.depart for each in departures)
        plain = [each for each in departures if each.judges_plain_answers]
        self._plain_departures = tuple(each.depart for each in plain)
        self._usual_departures = tuple(each.depart for each in plain if each.judges_usual_fields)
        self._completions = tuple(each.depart for each in departures if each.completes_refusals)

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = scope[EXCHANGE_KEY] = _Outgoing(scope, self._owner)
        exchange.send, exchange.edge, exchange.task = send, self, current_task()
        access, lifting = self.access, self._lifting
        begun = access.begin() if access.on else None
        try:
            key = (scope["type"], scope.get("http_version"), scope.get("method"), *exchange.headers)
            way = None if exchange.repeated else self._known_way(key)
            looks, receptions = way or self._ways.think(key, exchange)
            for look in looks:
                refusal = look(exchange)
                if refusal is not None and not self._lifts(refusal, exchange):
                    _blame(look, exchange)
                    await self._turn_away(refusal, exchange)
                    return
            for reception in receptions:
                receive = reception(exchange, receive)
            if lifting is None:
                await app(scope, receive, exchange.pass_on)
            else:
                await app(scope, lifting.receiving(exchange, receive), lifting.sending(exchange, exchange.pass_on))
            if not exchange.status:
                # The app went without a word: a server would answer, without our headers.
                await exchange.finish()
        except BaseException as error:
            if not await self._recover(error, exchange):
                raise
        finally:
            exchange.task = None
            # Scope and exchange know each other: parted, both are freed at once and not by the collector.
            scope.pop(EXCHANGE_KEY, None)
            if exchange.lifted is not None and lifting is not None:
                lifting.tell(exchange, exchange.lifted.values())
            if begun is not None:
                access.end(exchange, exchange.status, begun)

    async def _recover(self, error: BaseException, exchange: "_Outgoing") -> bool:
        """Answer for an app that did not end by itself; whether that was all."""
        if isinstance(error, Refused):
            # The app was still reading when it was cut off.
            if exchange.refusal is None:
                exchange.refusal, exchange.reason = error.refusal, error.reason or exchange.reason
        elif isinstance(error, CancelledError) and exchange.is_cut_off and exchange.task is not None:
            exchange.task.uncancel()
        elif not isinstance(error, Exception):
            return False
        elif not _is_consequence(error):
            self._report_crash(error, exchange)
            await exchange.finish()
            return not self._reraises
        await exchange.finish()
        return True

    async def refuse(self, refusal: Refusal, scope: Scope, send: Send) -> None:
        """Answer with a refusal without asking the app or the arrivals."""
        exchange = _Outgoing(scope, self._owner)
        exchange.send, exchange.edge = send, self
        await exchange.refuse(refusal)

    def _turn_away(self, refusal: Refusal, exchange: "_Outgoing") -> Awaitable[None]:
        """Refuse, after what must be done first: mostly nothing, and then no coroutine is made for it."""
        duties: tuple[Awaitable[None], ...] = ()
        for prepare in self._duties:
            duty = prepare(exchange)
            if duty is not None:
                duties = (*duties, duty)
        return self._refuse_after(duties, refusal, exchange) if duties else exchange.refuse(refusal)

    async def _refuse_after(self, duties: Sequence[Awaitable[None]], refusal: Refusal, exchange: "_Outgoing") -> None:
        """Do that first: whoever reads the refusal may rely on it."""
        for duty in duties:
            try:
                await duty
            except Exception as error:  # noqa: BLE001 - the refusal leaves whatever happens
                self._report_crash(error, exchange)
        await exchange.refuse(refusal)

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        """Pass the start of the app's answer through the departures. The first refusal takes its place."""
        departures = self._departures
        if exchange.decision is not None and 200 <= start.get("status", 0) < 300:
            given: Headers | None = start.get("headers")
            is_usual = isinstance(given, list) and len(given) == 2 and (given[0][0], given[1][0]) == USUAL
            departures = self._usual_departures if is_usual else self._plain_departures
        for depart in departures:
            refusal = depart(exchange, start)
            if refusal is not None and not self._lifts(refusal, exchange):
                _blame(depart, exchange)
                return refusal
        if exchange.answer_fields:
            # Ours, so nothing to judge: with them no answer would have the shape that departures know best.
            start["headers"] = [*start.get("headers", ()), *exchange.answer_fields]
        return None

    def complete(self, exchange: Exchange, start: Message) -> None:
        """Complete the start of our own refusal. Over its status no departure has a say, but over the app's fields."""
        given = start["headers"]
        for depart in self._completions:
            refusal = depart(exchange, start)
            if refusal is not None:
                # Fail closed: what cannot be sent came from the app. The type and the length are ours, and last.
                _blame(depart, exchange)
                self.report(refusal, exchange)
                start["headers"] = [] if start["status"] in BODILESS else given[-2:]
                depart(exchange, start)
        if exchange.answer_fields:
            start["headers"] = [*start["headers"], *exchange.answer_fields]

    def report(self, refusal: Refusal, exchange: Exchange) -> None:
        """Log a refusal. Every refusal leaves through the edge, so this is the one place that does.

        Whatever breaks there, the answer leaves.
        """
        try:
            if self.tally is not None:
                by = getattr(exchange, "by", None)
                self.tally.refusal(refusal.code, refusal.status, by and by.named())
            self._events.emit_refusal(refusal, exchange)
        except Exception as error:  # noqa: BLE001 - an event that cannot be written keeps no answer from leaving
            self._report_crash(error, None)  # without the exchange: what could not be written may be of it

    def _report_crash(self, error: Exception, exchange: Exchange | None) -> None:
        """Tell where it broke, never the message: that may carry what a user sent (ASVS 16.2.5)."""
        frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        with suppress(Exception):
            self._events.emit("sys_crash", exchange, error=type(error).__qualname__, where=where)


class _Outgoing(Exchange):
    """An exchange and its way out: the `send` that the app gets.

    Shut until a start was judged; shut for good after a refusal. One object serves as both, since
    every request pays for it.
    """

    # Set by the edge, which makes it: another constructor around the first would cost each request one call more.
    __slots__ = ("edge", "send")
    send: Send
    edge: Edge

    def pass_on(self, message: Message) -> Awaitable[None]:
        """What the app sends into. Judged at once; what is to be awaited is mostly the server's own `send`."""
        if self.hears is not None and self._open:
            self.hears(message)
        if self._open and self.refusal is None:
            return self.break_off(_AGAIN) if message["type"] in _STARTS else self.send(message)
        if self._started or message["type"] not in _STARTS:
            return self._pass_on_rarely(message)
        if self.is_silent:
            message = _silent(message)
        refusal = self.refusal or self.edge.depart(self, message)
        if refusal is not None:
            return self.refuse(refusal, readable_fields(self, message))
        self._started = self._open = True
        self.status = message.get("status", 101)
        return self._say_status(message) if self.is_silent else self.send(message)

    async def _say_status(self, start: Message) -> None:
        """Say all of a probe's answer. What follows of the app's is dropped: a body, a file to send, trailers."""
        self._open = False
        await self.send(start)
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pass_on_rarely(self, message: Message) -> None:
        """What is neither the start of an answer nor goes on with one that was let out."""
        if self._open and self.refusal is not None:
            await self._break_off(self.refusal)
        elif self._started:
            return
        elif message["type"] == "websocket.close" and (self.refusal is not None or self._answers_handshakes):
            await self.refuse(self.refusal or _SHUT)
        elif message["type"] == "websocket.close":
            self._started = True
            await self.send(message if self._may_speak else _CLOSED)
        elif message["type"] == "http.response.debug" and self._may_speak:
            await self.send(message)

    async def refuse(self, refusal: Refusal, readable: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        """Send the refusal's own answer and let nothing follow it. `readable` lets a page elsewhere read it."""
        self._started = True
        self.refusal = refusal
        self.status = refusal.status
        self.edge.report(refusal, self)
        prefix = ""
        if self.scope["type"] == "websocket":
            if not self._answers_handshakes:
                await self.send(_CLOSED)
                return
            prefix = "websocket."
        # A probe says no word, not even ours.
        is_silent = self.is_silent or getattr(self.decision, "is_probe", False)
        told = None if is_silent or prefix else self.edge.pages.told(refusal, self)
        if told is None:
            status, kind, headers = refusal.status, MEDIA_TYPE, list(refusal.headers)
            body = b"" if is_silent or status in BODILESS else refusal.body(self.id)
        else:
            status, kind, headers, body = told.status, HTML, [*told.fields], told.body
            self.status = status
        if refusal.status >= 400 and b"origin" in self.headers and not is_silent:
            headers += self.edge.readers.for_refusal(self, readable)
        if body:
            headers += [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        elif is_silent or told is not None:
            headers.append((b"content-length", b"0"))
        start: Message = {"type": prefix + "http.response.start", "status": status, "headers": headers}
        self.edge.complete(self, start)
        await self.send(start)
        await self.send(
            {"type": prefix + "http.response.body", "body": b"" if self.scope.get("method") == "HEAD" else body}
        )

    async def finish(self) -> None:
        """Answer for an app that ended without an answer, or broke in the middle of a conversation."""
        if not self._started:
            await self.refuse(self.refusal or bare(500))
        elif self._open and self.refusal is not None:
            await self._break_off(self.refusal)
        elif self._open and self.is_websocket:
            with suppress(Exception):
                # The app may have closed it already; a server says so by raising.
                await self.send({"type": "websocket.close", "code": 1011, "reason": ""})

    async def break_off(self, refusal: Refusal) -> None:
        await super().break_off(refusal)
        if self._open:
            await self._break_off(refusal)

    async def _break_off(self, refusal: Refusal) -> None:
        """Let nothing follow of an answer that has begun: its end is missing, and a socket is closed."""
        self._open = False
        self.edge.report(refusal, self)
        if self.is_websocket:
            with suppress(Exception):
                code = _CLOSE_CODES.get(refusal.status, 1008)
                await self.send({"type": "websocket.close", "code": code, "reason": ""})

    @property
    def _answers_handshakes(self) -> bool:
        """Whether the server can answer a WebSocket's handshake as any request (ASGI's extension for that)."""
        return self.is_websocket and "websocket.http.response" in (self.scope.get("extensions") or ())

    @property
    def _may_speak(self) -> bool:
        return self.decision is not None and self.refusal is None


def _blame(judge: object, exchange: Exchange) -> None:
    """Note which defence refused, where its own method did."""
    refuser = getattr(judge, "__self__", None)
    if isinstance(refuser, Defence):
        exchange.by = refuser


def _silent(start: Message) -> Message:
    """The start of an answer that says yes or not now, and nothing else."""
    given: int = start["status"]
    status = given if 200 <= given < 300 else 503
    headers = [] if status in BODILESS else [(b"content-length", b"0")]
    return {"type": start["type"], "status": status, "headers": headers}


def _acts_before_refusal(arrival: Arrival) -> bool:
    return type(arrival).before_refusal is not Arrival.before_refusal


def _is_consequence(error: BaseException | None) -> bool:
    """Whether nothing broke: the client left in the middle of its body, or was refused after the answer had begun.

    Starlette makes another error from the second.
    """
    if isinstance(error, ClientDisconnect):
        return True
    for _ in range(_MOST_CAUSES):
        if error is None or isinstance(error, Refused):
            break
        error = error.__cause__
    return isinstance(error, Refused)
