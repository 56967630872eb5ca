"""Writing events: one JSON line each through stdlib `logging`, in UTC, redacted (ASVS 16.2)."""

import json
import logging
from datetime import UTC, datetime
from typing import Final

from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.events.vocabulary import CATALOGUE
from buckler.redact import plain, redacted

LOGGER_NAME: Final = "buckler.events"


class EventLog:
    """Where every part reports. The sink is the stdlib logger `buckler.events`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._logger = logging.getLogger(LOGGER_NAME)

    def emit(self, name: str, exchange: Exchange | None = None, **fields: object) -> None:
        """Write one event.

        `name` must stand in the catalogue (`KeyError` otherwise: a spelling mistake must not
        become a silent event). Fields with secret-sounding names are written as stars.
        """
        event = CATALOGUE[name]
        if self._logger.isEnabledFor(event.level):
            self._logger.log(event.level, "%s", self._line(name, event.level, exchange, fields))

    def _line(self, name: str, level: int, exchange: Exchange | None, fields: dict[str, object]) -> str:
        record: dict[str, object] = {
            "at": datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="milliseconds"),
            "event": name,
            "level": logging.getLevelName(level),
        }
        if exchange is not None:
            record |= _about(exchange)
        return json.dumps(record | redacted(fields), ensure_ascii=True, separators=(",", ":"))


def _about(exchange: Exchange) -> dict[str, object]:
    about: dict[str, object] = {
        "request_id": exchange.id,
        "client": plain(exchange.client),
        "method": plain(exchange.method),
        "path": plain(str(exchange.scope.get("path", ""))),
    }
    if exchange.principal is not None:
        about["who"] = plain(exchange.principal.id)
    return about
