"""How often a WebSocket may speak (ASVS 2.4.1; RFC 6455 section 7.4.1).

A socket is opened once and then speaks as often as it likes: no limit on requests holds it.

- `Limit("20/second", per="message")` counts each message as it is received, before the app has it.
- The budget is the account's or the client's, as with requests: another socket is no other budget.
- Over it the socket is closed with 1008, the app gets a disconnect, and nothing more leaves. An app that goes on
  listening is cut off.
- Of several limits all count a message or none does.
"""

from collections.abc import Sequence
from typing import Final

from buckler.access.declarations.declaration import Duty
from buckler.access.guard.guard import GUARD_FAILED
from buckler.access.guard.reasons import reason_of
from buckler.access.guard.tallies import Ledger, Tally
from buckler.asgi import Exchange, Message, Receive
from buckler.clock import Clock
from buckler.defence import Reception, Shape
from buckler.edge.lifting import Lifts, never
from buckler.errors import Refusal
from buckler.events import EventLog
from buckler.refused import Refused

TOO_MANY: Final = Refusal(
    429, "messages-limited", "Too many messages on this socket.", event="excess_rate_limit_exceeded"
)
_CLOSED: Final = {"type": "websocket.disconnect", "code": 1008, "reason": ""}


Counts = Sequence[tuple[Tally, str]]
"""Each limit of a socket's route, with the key of its caller."""


class Messages(Reception):
    """Counts what WebSockets receive against the limits of their route."""

    name = "messages"

    def __init__(self, clock: Clock, events: EventLog, lifts: Lifts = never) -> None:
        self._ledger = Ledger(clock, events, "message")
        self._lifts = lifts

    def judges(self, shape: Shape) -> bool:
        return shape.kind == "websocket"

    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        if exchange.scope["type"] != "websocket":
            return receive
        counts: Counts | None = None
        is_told = False

        async def counted() -> Message:
            nonlocal counts, is_told
            if exchange.refusal is not None:
                if is_told:
                    # An answer at once, each time, would hold the event loop.
                    raise Refused(exchange.refusal)
                is_told = True
                return dict(_CLOSED)
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            try:
                counts = self._counts(exchange) if counts is None else counts
                refusal = TOO_MANY if _exceeds(counts) and not self._lifts(TOO_MANY, exchange) else None
            except Exception as error:  # noqa: BLE001 - fail closed: what cannot be counted is not heard
                exchange.reason = reason_of(error)
                refusal = GUARD_FAILED
            if refusal is None:
                return message
            is_told, exchange.by = True, self
            await exchange.break_off(refusal)
            return dict(_CLOSED)

        return counted

    def _counts(self, exchange: Exchange) -> Counts:
        duty = exchange.decision
        tallies = self._ledger.tallies(duty) if isinstance(duty, Duty) else ()
        return [(tally, tally.key(exchange)) for tally in tallies]


def _exceeds(counts: Counts) -> bool:
    """Count one message against every limit, or against none where one of them is reached."""
    if len(counts) > 1 and any(tally.counter.look(key, tally.cost)[0] > 0 for tally, key in counts):
        return True
    return any(tally.counter.hit(key, tally.cost) > 0 for tally, key in counts)
