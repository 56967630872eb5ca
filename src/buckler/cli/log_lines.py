"""What the process writes to its error stream: one JSON line a record, redacted (ASVS 16.2.5, 16.4.1).

Events come as finished lines. What libraries log comes through here: its message on one line, and
of an exception only its kind and place, because its text may carry what a client sent. In development
the author's own frames and the message follow, indented, so that no line of it passes for a record.
The server and the parsers write a line for each malformed request, which a stranger can send at will: the
same line of theirs is written once a second, and the next time says how often it was left out.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import IO, Final

from buckler.cli.own_frames import describe
from buckler.events.access_log import ACCESS_LOGGER_NAME
from buckler.events.lines import FinishedLines
from buckler.events.log import LOGGER_NAME
from buckler.redact import plain

_LEFT_OUT: Final = "left_out_of_buckler"
_DRIVEN_BY_CLIENTS: Final = frozenset(("asyncio", "python_multipart", "uvicorn", "websockets"))


class JsonLine(logging.Formatter):
    """A record of any library as one JSON line; `tells_all` in development alone."""

    def __init__(self, *, tells_all: bool = False) -> None:
        super().__init__()
        self._tells_all = tells_all

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": plain(record.getMessage().strip()),
        }
        left_out = getattr(record, _LEFT_OUT, 0)
        if left_out:
            line["left_out"] = left_out
        failure = record.exc_info[1] if record.exc_info else None
        if failure is not None:
            line |= _about(failure)
        text = json.dumps(line, separators=(",", ":"))
        return text + _indented(describe(failure)) if failure is not None and self._tells_all else text


class OnceASecond(logging.Filter):
    """Lets a line that strangers can cause through once a second. Exceptions, and what the app logs, always pass."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds: dict[tuple[str, int], int] = {}
        self._left_out: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """By the place in the code, not the words: those may quote what a client sent."""
        if record.name.partition(".")[0] not in _DRIVEN_BY_CLIENTS:
            return True
        place, second = (record.pathname, record.lineno), int(record.created)
        if record.exc_info is None and self._seconds.get(place) == second:
            self._left_out[place] = self._left_out.get(place, 0) + 1
            return False
        self._seconds[place] = second
        setattr(record, _LEFT_OUT, self._left_out.pop(place, 0))
        return True


def write_log_lines(stream: IO[str] | None = None, *, tells_all: bool = False) -> None:
    """Send every record of this process to `stream` (the error stream), one line each."""
    target = sys.stderr if stream is None else stream
    records = logging.StreamHandler(target)
    records.setFormatter(JsonLine(tells_all=tells_all))
    records.addFilter(OnceASecond())
    _send(logging.getLogger(), records, logging.WARNING)
    for name, level in ((LOGGER_NAME, logging.INFO), (ACCESS_LOGGER_NAME, logging.WARNING)):
        _send(logging.getLogger(name), FinishedLines(target), level)
        logging.getLogger(name).propagate = False


def write_access_lines() -> None:
    """From now on, a line for each request too."""
    logging.getLogger(ACCESS_LOGGER_NAME).setLevel(logging.INFO)


def _send(logger: logging.Logger, handler: logging.Handler, level: int) -> None:
    logger.handlers = [handler]
    logger.setLevel(level)


def _indented(text: str) -> str:
    return "".join(f"\n  {plain(line)}" for line in text.split("\n"))


def _about(failure: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(failure.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return {"exception": type(failure).__qualname__, "where": plain(place)}
