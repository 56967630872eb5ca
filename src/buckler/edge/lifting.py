"""A trial while the app serves: whether a refusal is lifted, and the line that says so.

- Asked for a refusal alone, so that a request which none meets pays nothing.
- The day is looked at each time: a process that runs over the last day enforces from then on, and goes on enforcing
  when its clock is put back.
- What is open over the last day ends: with its next piece, a message in or out, a piece of a body or of an answer.
- Nothing is lifted at a door of ours, nor at one of an app inside whose own Buckler, or own trial, does not lift it.
- Lines are written once a declaration decided, at the first piece that is read or sent, and else when the request is
  over. One of each kind a request.
- They are summed as refusals are. Beside that each route of the app has one line of each kind a process in full, so
  that the report names every route that somebody still needs.
- Bodies have a ceiling all the same: 100 MB for a form of several parts at a route with form fields, which is kept in
  files as it comes, and 16 MB for anything else, which somebody holds in memory.
"""

from collections.abc import Callable, Iterable
from typing import Final

from buckler.asgi import Exchange, Message, Receive, Send
from buckler.clock import Clock
from buckler.edge.trial import LIFTED, Trial
from buckler.errors import Refusal
from buckler.events import EventLog
from buckler.events.lifted import Lifted
from buckler.refused import Refused

MOST_IN_PARTS: Final = 100_000_000
MOST_IN_MEMORY: Final = 16_000_000
"""Bytes of a body, whatever a trial says."""
_TOO_LARGE: Final = "body-too-large"
_LED_AWAY: Final = "redirect-refused"
_HOST: Final = "host"
_CLOSED: Final = {"type": "websocket.disconnect", "code": 1008, "reason": ""}

Lifts = Callable[[Refusal, Exchange], bool]
"""Whether a request goes on in spite of this refusal."""


def never(_refusal: Refusal, _exchange: Exchange) -> bool:
    """Without a trial every refusal stands."""
    return False


def ceiling(exchange: Exchange, *, in_parts: bool) -> int:
    """The most bytes of this body, or of a message of this socket, under any trial.

    `in_parts` says that it may be a form of several parts.
    """
    kind = exchange.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    # No other type: one that ends in +json is collected, whatever it begins with.
    is_in_parts = kind == b"multipart/form-data" and b"content-type" not in exchange.repeated
    return MOST_IN_PARTS if in_parts and is_in_parts and not exchange.is_websocket else MOST_IN_MEMORY


def stands_at(door: object | None, refusal: Refusal, exchange: Exchange) -> bool:
    """Whether `refusal` stands at this door whatever a trial says. `door` is a duty, or None before one is known."""
    if not all(lifts(refusal, exchange) for lifts in getattr(door, "trials", ())):
        return True
    if refusal.code != _TOO_LARGE:
        return False
    length = exchange.headers.get(b"content-length", b"0")
    most = ceiling(exchange, in_parts=getattr(door, "takes_parts", door is None))
    return not length.isdigit() or len(length) > 18 or int(length) > most


class Lifting:
    """Says which refusals a trial lifts, and tells of each."""

    def __init__(self, trial: Trial, clock: Clock, events: EventLog, *, development: bool) -> None:
        """Raises `ConfigurationError` where the trial is too long. `development` keeps the host check.

        There the host is all that parts a page of a stranger from the app on the developer's machine.
        """
        trial.check(clock.now())
        self.trial = trial
        self.names = trial.only - {_HOST} if development else trial.only
        self._codes = {code: defence for name in self.names for code, defence in LIFTED[name].items()}
        self._end = trial.end
        self._now = clock.now
        self._events = events
        self._told: set[tuple[str, str]] = set()
        self._is_over = False

    @property
    def undeclared(self) -> str | None:
        """Why routes that declare nothing do not stop the start; None where they do."""
        return f"on trial until {self.trial.until}: {self.trial.reason}" if "undeclared" in self.names else None

    def is_past(self) -> bool:
        """Whether its day is past, so that everything is enforced."""
        return self._is_over or self._now() >= self._end

    def allows(self, refusal: Refusal, exchange: Exchange) -> bool:
        """Whether this trial lets `refusal` pass now. Nothing is noted."""
        return refusal.code in self._codes and self._runs()

    def begin(self) -> None:
        """Say that a trial runs, or that its day is past."""
        if not self._runs():
            return
        names = sorted(self.names)
        self._events.emit("sys_trial", until=str(self.trial.until), lifts=names, reason=self.trial.reason)

    def lifts(self, refusal: Refusal, exchange: Exchange) -> bool:
        """Whether the request goes on in spite of `refusal`. What does is told when it is over."""
        defence = self._codes.get(refusal.code)
        if defence is None or _reads_in_two_ways(refusal, exchange) or not self._runs():
            return False
        if stands_at(exchange.decision, refusal, exchange):
            return False
        found = exchange.lifted = {} if exchange.lifted is None else exchange.lifted
        found.setdefault(refusal.code, Lifted(refusal, defence, exchange.reason, exchange.remedy))
        # They belong to this refusal, not to one that may follow.
        exchange.reason = exchange.remedy = None
        return True

    def tell(self, exchange: Exchange, lifted: Iterable[Lifted]) -> None:
        """Write, or count, what this request would have been refused for."""
        route = str(getattr(exchange.decision, "path", "") or "")
        for each in lifted:
            if each.is_told:
                continue
            each.is_told = True
            known = (each.refusal.code, route)
            is_first = bool(route) and known not in self._told
            if is_first:
                # Only routes of the app, of which there are so many and no more.
                self._told.add(known)
            self._events.emit_lifted(each, exchange, route, in_full=is_first)

    def receiving(self, exchange: Exchange, receive: Receive) -> Receive:
        """`receive`, which hands nothing on once the day of what was lifted is past."""
        is_told = False

        async def received() -> Message:
            nonlocal is_told
            self._tell_begun(exchange)
            if is_told and exchange.refusal is not None:
                raise Refused(exchange.refusal)
            message = await receive()
            refusal = self._ended(exchange)
            if refusal is None or message["type"] in ("http.disconnect", "websocket.disconnect"):
                return message
            is_told = True
            await exchange.break_off(refusal)
            if exchange.is_websocket:
                return dict(_CLOSED)
            raise Refused(refusal)

        return received

    def sending(self, exchange: Exchange, send: Send) -> Send:
        """`send`, which passes nothing on once the day of what was lifted is past."""
        is_told = False

        async def sent(message: Message) -> None:
            nonlocal is_told
            self._tell_begun(exchange)
            refusal = self._ended(exchange)
            if refusal is not None and exchange.refusal is None:
                await exchange.break_off(refusal)
            elif refusal is not None and is_told:
                # Whoever sends without listening would go on for ever.
                raise Refused(refusal)
            is_told = refusal is not None
            await send(message)

        return sent

    def _tell_begun(self, exchange: Exchange) -> None:
        """Tell at once of what goes on from here: it may last, and nobody would know."""
        if exchange.lifted is not None and exchange.decision is not None:
            self.tell(exchange, exchange.lifted.values())

    def _ended(self, exchange: Exchange) -> Refusal | None:
        """What was lifted and is no more; None where all of it is."""
        found: Iterable[Lifted] = () if exchange.lifted is None else exchange.lifted.values()
        for each in found:
            if not self._runs() or stands_at(exchange.decision, each.refusal, exchange):
                exchange.by = each
                return each.refusal
        return None

    def _runs(self) -> bool:
        if not self.is_past():
            return True
        if not self._is_over:
            self._is_over = True
            self._events.emit("sys_trial_over", until=str(self.trial.until), reason=self.trial.reason)
        return False


def _reads_in_two_ways(refusal: Refusal, exchange: Exchange) -> bool:
    """One place to be led to, which every reader takes for the same, has a remedy."""
    return refusal.code == _LED_AWAY and exchange.remedy is None
