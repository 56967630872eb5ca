"""Connections that are open end with the access of whoever opened them (ASVS 7.4.1, 7.4.2; RFC 6455 section 7.4.1).

A credential is checked when a request begins. A WebSocket, an event stream or a long download then goes on for as
long as it likes, past a logout; and a body that is held back makes a request of before act after it.

1. A WebSocket of a known caller is watched from its accept; an answer from its start, where it says no length or
   more than 64 kB. A shorter one is over at once where its body comes in one piece; else it is watched from the first.
2. Twenty times a second the authenticator is asked whether anybody's access may have ended (`changes`: one number);
   only then each connection is judged again (`is_current`). So logout, a disabled account, a changed password and
   removed rights end a connection within a tenth of a second.
3. Nothing outlives its credential: at `expires_at` it ends, whoever the authenticator is.
4. A socket is closed with 1008 and has a second to end in order; then its task is cancelled. An answer is broken
   off, so that nobody takes it for whole.
5. Access that ended before the first word opens nothing: 401, and the app too has a second to end. It would
   otherwise write a stream for nobody, for ever. A short answer leaves: a logout, or another password, is told that
   it went well. It has until the next tick.
6. Each piece of a body is handed on only while whoever sends it still may: where anybody's access ended since the
   request began, its caller is judged again, and is 401. A credential that merely ran out meanwhile came in time.

The ticks stand only while a connection is watched, one task for each event loop.
"""

import asyncio
import math
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from heapq import heappop, heappush
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet, ref

from buckler.access.callers.authenticator import Authenticator
from buckler.asgi import Exchange, Message, Receive
from buckler.clock import Clock
from buckler.defence import Departure, Reception
from buckler.errors import BODILESS, Refusal
from buckler.principal import Principal
from buckler.refused import Refused

PERIOD: Final = 0.05
"""Seconds between two ticks."""
IN_ORDER: Final = 1.0
"""Seconds that a socket has to end by itself once it was closed."""
_SHORT: Final = 65_536
_DIGITS: Final = 5
"""A length of fewer digits is short whatever it says."""
ENDED: Final = Refusal(
    401,
    "connection-ended",
    "The access of whoever opened this connection, or began this request, has ended.",
    ((b"www-authenticate", b'Bearer error="invalid_token"'),),
    event="session_expired",
)


class OpenConnections(Departure, Reception):
    """Ends what is open when the access behind it ends."""

    name = "open-connections"
    completes_refusals = False

    def __init__(self, authenticator: Authenticator, clock: Clock) -> None:
        # An authenticator of an app's own may have its three methods alone: then nobody's access ends early.
        self._changes: Callable[[], int] = getattr(authenticator, "changes", int)
        self.may_go_on: Callable[[Principal], bool] = getattr(authenticator, "is_current", bool)
        """Who says whether a caller let in before may go on. Another one in `buckler.testing`, while a test runs."""
        self._now = clock.now
        self._watches: WeakKeyDictionary[AbstractEventLoop, _Watch] = WeakKeyDictionary()

    def __len__(self) -> int:
        return sum(map(len, self._watches.values()))

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        principal = exchange.principal
        if principal is None or _is_bodiless(start):
            return None
        if _is_short(start):
            exchange.hears = partial(self._hear, exchange, principal, self._changes())
            return None
        watch = self._watch()
        if not self._is_current(principal):
            watch.begin(_cut_off(exchange))
            return ENDED
        watch.add(exchange, principal.expires_at)
        return None

    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        """`receive`, which hands nothing on once the access of the caller has ended."""
        if exchange.scope["type"] != "http":
            return receive  # a WebSocket is watched
        seen = self._changes()  # before the guard asks: what ends in between is judged once too often

        async def current() -> Message:
            nonlocal seen
            message = await receive()
            changes = self._changes()
            if changes == seen or message["type"] != "http.request":
                return message
            principal = exchange.principal
            if principal is not None and not self.may_go_on(principal):
                # Fail closed, and again for an app that asks again: `seen` stays what it was.
                exchange.refusal, exchange.by = exchange.refusal or ENDED, self
                raise Refused(ENDED)
            seen = changes
            return message

        return current

    def _hear(self, exchange: Exchange, principal: Principal, begun: int, message: Message) -> None:
        """Look at the first piece of a short answer, which began when the number was `begun`."""
        if message["type"] != "http.response.body":
            return
        exchange.hears = None
        if self._changes() != begun and not self._is_current(principal):
            # Fail closed: it ended between the start and the first piece. One that ended before is told of it.
            exchange.refusal, exchange.by = ENDED, self
            self._watch().begin(_cut_off(exchange))
        elif message.get("more_body", False):
            watch = self._watch()
            watch.add(exchange, principal.expires_at, told=True)
            exchange.hears = partial(_hear_end, exchange, watch)

    def _watch(self) -> "_Watch":
        loop = asyncio.get_running_loop()
        watch = self._watches.get(loop)
        if watch is None:
            watch = self._watches[loop] = _Watch(self._changes, self._is_current, self._now)
        return watch

    def _is_current(self, principal: Principal) -> bool:
        return principal.expires_at > self._now() and self.may_go_on(principal)


class _Watch:
    """The connections of one event loop."""

    def __init__(
        self, changes: Callable[[], int], is_current: Callable[[Principal], bool], now: Callable[[], float]
    ) -> None:
        self._changes = changes
        self._is_current = is_current
        self._now = now
        self._open: WeakSet[Exchange] = WeakSet()
        self._told: list[ref[Exchange]] = []
        """Short answers of which nobody knows whether the access behind them had ended before."""
        self._ends: list[tuple[float, int, ref[Exchange]]] = []
        self._number = 0
        self._seen = changes()
        self._ticks: asyncio.Task[None] | None = None
        self._endings: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, exchange: Exchange, expires_at: float, *, told: bool = False) -> None:
        """Watch one from now on, until its request is over. One that is `told` is judged at the next tick."""
        self._open.add(exchange)
        if told:
            self._told.append(ref(exchange))
        if expires_at != math.inf:
            self._number += 1
            heappush(self._ends, (expires_at, self._number, ref(exchange)))
        if self._ticks is None:
            self._ticks = asyncio.get_running_loop().create_task(self._tick(), name="buckler-open-connections")

    def leave(self, exchange: Exchange) -> None:
        """Watch it no longer: all of it has left, and what the app still does about it is its own."""
        self._open.discard(exchange)

    async def _tick(self) -> None:
        try:
            while self._open:
                await asyncio.sleep(PERIOD)
                self._look()
        finally:
            self._ticks = None

    def _look(self) -> None:
        changes = self._changes()
        if changes != self._seen:
            self._seen = changes
            self._judge(self._open)
        told, self._told = self._told, []
        over = [exchange for exchange in (each() for each in told) if exchange is not None]
        while self._ends and (self._ends[0][0] <= self._now() or self._ends[0][2]() is None):
            exchange = heappop(self._ends)[2]()
            if exchange is not None:
                over.append(exchange)
        self._judge(each for each in over if each in self._open)

    def _judge(self, watched: Iterable[Exchange]) -> None:
        ended = [each for each in watched if each.principal is None or not self._is_current(each.principal)]
        for exchange in ended:
            self._open.discard(exchange)
            if exchange.task is None:
                continue  # it was over already, and somebody still holds it
            self.begin(_end(exchange))

    def begin(self, ending: Coroutine[Any, Any, None]) -> None:
        """End a connection meanwhile."""
        task = asyncio.get_running_loop().create_task(ending)
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)


async def _end(exchange: Exchange) -> None:
    """Let nothing more leave, then end what still runs."""
    await exchange.break_off(ENDED)
    if exchange.is_websocket:
        await asyncio.sleep(IN_ORDER)
    exchange.cut_off()


async def _cut_off(exchange: Exchange) -> None:
    """End what was refused and does not end by itself."""
    await asyncio.sleep(IN_ORDER)
    exchange.cut_off()


def _hear_end(exchange: Exchange, watch: _Watch, message: Message) -> None:
    if message["type"] == "http.response.body" and not message.get("more_body", False):
        exchange.hears = None
        watch.leave(exchange)


def _is_bodiless(start: Message) -> bool:
    """Whether the answer is over once it has begun."""
    return start["type"] == "http.response.start" and start["status"] in BODILESS


def _is_short(start: Message) -> bool:
    """Whether the answer says that it is short: over before anybody could end it, unless it takes its time."""
    if start["type"] != "http.response.start":
        return False
    for name, value in start.get("headers", ()):
        if name == b"content-length":
            return len(value) < _DIGITS or (value.isdigit() and int(value) <= _SHORT)
    return False
