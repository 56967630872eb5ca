"""Writing events: one JSON line each through stdlib `logging`, in UTC, redacted (ASVS 16.2).

What a stranger can cause at will is summed (`sums.py`); everything else is a line each.
"""

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from buckler.asgi import Exchange, Refuser
from buckler.clock import Clock
from buckler.errors import Refusal
from buckler.events.event import Event
from buckler.events.lifted import Lifted
from buckler.events.lines import LineLogger, Stamps, about, encoded, quoted
from buckler.events.sums import Sum, Sums
from buckler.events.vocabulary import CATALOGUE
from buckler.ip_addresses import network_of
from buckler.metrics import Tally
from buckler.redact import plain, redacted

LOGGER_NAME: Final = "buckler.events"
_KINDS: Final = {"csp_violation": "directive", "sys_crash": "error"}
"""The field that tells one kind of an event from another, where that is no refusal."""
_LEVELS: Final = {event.level: logging.getLevelName(event.level) for event in CATALOGUE.values()}


class EventLog:
    """Where every part reports. The sink is the stdlib logger `buckler.events`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._logger = LineLogger(LOGGER_NAME)
        self._stamp = Stamps()
        self._sums = Sums(clock, self._tell_sum)
        self._quoted = lru_cache(maxsize=1024)(quoted)
        """For what comes again: methods, clients, callers, codes."""
        self.tally: Tally | None = None
        """Who counts what happens, while somebody collects it."""

    def emit(self, name: str, exchange: Exchange | None = None, **fields: object) -> None:
        """Write one event, or count it where it is one of those that are summed.

        `name` must stand in the catalogue (`KeyError` otherwise: a spelling mistake must not
        become a silent event). Fields with secret-sounding names are written as stars.
        """
        event = CATALOGUE[name]
        if self.tally is not None:
            self.tally.event(name, fields)
        if self._logger.takes(event.level) and self._admits(event, exchange, str(fields.get(_KINDS.get(name, ""), ""))):
            self._write(event, exchange, fields)

    def emit_refusal(self, refusal: Refusal, exchange: Exchange) -> None:
        """Write, or count, that a request was refused; nothing where the refusal has no event."""
        if refusal.event is None:
            return
        event = CATALOGUE[refusal.event]
        if self.tally is not None:
            self.tally.event(event.name, {"reason": exchange.reason})
        if self._logger.takes(event.level) and self._admits(event, exchange, refusal.code):
            now = self._clock.now()
            self._logger.write(event.level, self._refusal_line(event, refusal, exchange, now), now)

    def emit_lifted(self, lifted: Lifted, exchange: Exchange, route: str, *, in_full: bool) -> None:
        """Write, or count, that a trial let a request pass. `in_full` writes it whatever else came in this second."""
        event, refusal = CATALOGUE["would_refuse"], lifted.refusal
        if self.tally is not None:
            self.tally.event(event.name, {})
        if not self._logger.takes(event.level):
            return
        if in_full or self._admits(event, exchange, refusal.code):
            at = {"route": route} if route else {}
            why = {name: said for name in ("reason", "remedy") if (said := getattr(lifted, name)) is not None}
            about_refusal = {"refusal": refusal.code, "status": refusal.status, "by": lifted.defence}
            self._write(event, exchange, {**at, **about_refusal, "would": refusal.event, **why})

    def flush(self) -> None:
        """Tell what was counted and not yet told."""
        self._sums.flush()

    def _admits(self, event: Event, exchange: Exchange | None, kind: str) -> bool:
        if not event.summed or exchange is None:
            return True
        if exchange.principal is not None:
            return self._sums.admit(event.name, kind, exchange.principal.id, known=True)
        return self._sums.admit(event.name, kind, network_of(exchange.client), known=False)

    def _refusal_line(self, event: Event, refusal: Refusal, exchange: Exchange, now: float) -> str:
        """The line of a refusal, put together from its texts: a stranger causes many of them."""
        known, principal = self._quoted, exchange.principal
        claimed = "" if exchange.claimed is None else f',"claimed":{quoted(exchange.claimed)}'
        who = "" if principal is None else f',"who":{known(principal.id)}'
        reason = "" if exchange.reason is None else f',"reason":{quoted(exchange.reason)}'
        remedy = "" if exchange.remedy is None else f',"remedy":{quoted(exchange.remedy)}'
        by: Refuser | None = getattr(exchange, "by", None)
        declared = None if by is None else by.declared_at(exchange)
        whose = "" if by is None else f',"by":{known(by.named())}'
        line = "" if declared is None else f',"declared":{known(declared)}'
        return (
            f'{{"at":"{self._stamp(now)}","event":"{event.name}","level":"{_LEVELS[event.level]}",'
            f'"request_id":"{exchange.id}","client":{known(exchange.client)},"method":{known(exchange.method)},'
            f'"path":{quoted(str(exchange.scope.get("path", "")))}{claimed}{who},'
            f'"refusal":{known(refusal.code)},"status":{refusal.status}{whose}{line}{reason}{remedy}}}'
        )

    def record(
        self, event: Event, exchange: Exchange | None, fields: Mapping[str, object], now: float
    ) -> dict[str, object]:
        """What an event says, redacted: the members of its line."""
        record: dict[str, object] = {"at": self._stamp(now), "event": event.name, "level": _LEVELS[event.level]}
        if exchange is not None:
            record |= about(exchange)
        return record | redacted(fields)

    def tell(self, event: Event, record: Mapping[str, object], row: str | None) -> None:
        """Write the line of a record; `row` is where it is kept, if it is."""
        if self.tally is not None:
            self.tally.event(event.name, record)
        if self._logger.takes(event.level):
            told = record if row is None else {**record, "row": row}
            self._logger.write(event.level, encoded(told), self._clock.now())

    def _write(self, event: Event, exchange: Exchange | None, fields: Mapping[str, object]) -> None:
        now = self._clock.now()
        self._logger.write(event.level, encoded(self.record(event, exchange, fields, now)), now)

    def _tell_sum(self, found: Sum) -> None:
        fields: dict[str, object] = {
            "who" if found.known else "client": plain(found.source),
            "count": found.count,
            "first": self._stamp(found.first),
            "last": self._stamp(found.last),
        }
        if found.kind:
            fields[_KINDS.get(found.event, "refusal")] = plain(found.kind)
        self._write(CATALOGUE[found.event], None, fields)
