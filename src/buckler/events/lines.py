"""Texts of the log: one line each, ASCII, in UTC (ASVS 16.2.1, 16.2.4).

- Every text that came from outside is made plain before it is quoted: line ends, escape codes and
  marks of direction are written out, so nobody forges a line or hides one.
- A path is written without its query: tokens and names travel there.
- A record says nothing of threads and of the caller's frame: `logging` finds those by walking the
  stack, which costs more than the line.
"""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import IO, Final

from buckler.asgi import Exchange
from buckler.redact import plain

_encode: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_THOUSANDTHS: Final = tuple(f".{number:03d}+00:00" for number in range(1001))
_UNTOLD: Final = frozenset(("process", "processName", "thread", "threadName", "taskName"))
"""Members of a record that are None, as `logging` has them where it is told not to look (`logThreads`)."""


def quoted(text: str) -> str:
    """`text` made plain, as a JSON text in ASCII."""
    return encode_basestring_ascii(plain(text))


def encoded(record: Mapping[str, object]) -> str:
    """A record as one line of JSON; its texts are plain already."""
    return _encode(record)


class Stamps:
    """Moments as texts, in milliseconds and UTC. Its second is remembered: most lines share it."""

    def __init__(self) -> None:
        self._known = (-1, "")

    def __call__(self, moment: float) -> str:
        second = int(moment)
        known, text = self._known
        if second != known:
            text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._known = (second, text)
        # Half a microsecond more: the fraction of a clock's number is never exact.
        return text + _THOUSANDTHS[int((moment - second) * 1000 + 0.0005)]


def about(exchange: Exchange) -> dict[str, object]:
    """Whose request it is, and which."""
    found: dict[str, object] = {
        "request_id": exchange.id,
        "client": plain(exchange.client),
        "method": plain(exchange.method),
        "path": plain(str(exchange.scope.get("path", ""))),
    }
    if exchange.claimed is not None:
        found["claimed"] = plain(exchange.claimed)
    if exchange.principal is not None:
        found["who"] = plain(exchange.principal.id)
    return found


class FinishedLines(logging.StreamHandler[IO[str]]):
    """Writes what comes as a finished line, as it stands."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.stream.write(record.getMessage() + self.terminator)
            self.stream.flush()
        except Exception:  # noqa: BLE001 - as every handler: a log that cannot be written breaks no request
            self.handleError(record)

    def write(self, line: str) -> bool:
        """Write a line without a record around it. False where that failed: a record can say so."""
        self.acquire()
        try:
            self.stream.write(line + self.terminator)
            self.stream.flush()
        except Exception:  # noqa: BLE001 - as above
            return False
        finally:
            self.release()
        return True


class LineLogger:
    """Hands finished lines to a logger of the standard library.

    Where that leads to `FinishedLines` and nowhere else, no record is made: it would cost as much as the line.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)
        self.takes = self._logger.isEnabledFor
        self._handle = self._logger.handle
        self._models: dict[int, dict[str, object]] = {}

    def write(self, level: int, line: str, moment: float) -> None:
        """One record, whose message is `line` as it stands."""
        handler = self._only_handler()
        if handler is not None and level >= handler.level and handler.write(line):
            return
        record = logging.LogRecord.__new__(logging.LogRecord)
        members = record.__dict__
        members.update(self._models.get(level) or self._model_of(level))
        members["msg"] = line
        members["created"] = moment
        members["msecs"] = moment % 1 * 1000
        self._handle(record)

    def _only_handler(self) -> FinishedLines | None:
        """Where every line ends, if nobody else looks at it. Asked each time: logging may be set up anew."""
        logger = self._logger
        if logger.propagate or logger.filters or len(logger.handlers) != 1:
            return None
        handler = logger.handlers[0]
        return handler if isinstance(handler, FinishedLines) and not handler.filters else None

    def _model_of(self, level: int) -> dict[str, object]:
        """What the records of a level have in common: all but the line and the moment."""
        given = {"name": self._logger.name, "levelno": level, "levelname": logging.getLevelName(level)}
        members = logging.makeLogRecord(given).__dict__
        model = self._models[level] = {each: None if each in _UNTOLD else value for each, value in members.items()}
        return model
