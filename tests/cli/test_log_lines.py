"""What libraries log: one JSON line, and of an exception only its kind and place."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from buckler.asgi import Exchange
from buckler.cli.log_lines import write_access_lines, write_log_lines
from buckler.clock import SystemClock
from buckler.events import AccessLog, EventLog
from tests.proof import two_sided

HOSTILE = "first\nsecond\r\x1b[31mred\u202eright to left\u2028third"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    loggers = [logging.getLogger(name) for name in (None, "buckler.events", "buckler.access")]
    before = [(each, each.handlers, each.level, each.propagate) for each in loggers]
    stream = io.StringIO()
    write_log_lines(stream)
    yield stream
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.mark.parametrize("name", ["uvicorn.error", "some.library", ""])
def test_a_record_of_any_library_is_one_line(stream: io.StringIO, name: str) -> None:
    """Line ends, escape codes and direction marks are written out, so no record forges another."""
    logging.getLogger(name).error("%s", HOSTILE)
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["message"].startswith("first\\u000asecond\\u000d\\u001b[31mred")


def test_what_is_not_a_warning_is_left_out(stream: io.StringIO) -> None:
    """A server's chatter is no event."""
    logging.getLogger("uvicorn.error").info("Started server process")
    assert stream.getvalue() == ""


def raise_and_log() -> None:
    try:
        int("password=hunter2")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")


@pytest.mark.asvs("16.2.5")
def test_the_text_of_an_exception_stays_inside(stream: io.StringIO) -> None:
    """The usual formatter writes what the exception says, which may be what a client sent; ours does not."""

    def leaks(formatter: logging.Formatter) -> bool:
        begun = stream.tell()
        logging.getLogger().handlers[0].setFormatter(formatter)
        raise_and_log()
        return "hunter2" in stream.getvalue()[begun:]

    ours = logging.getLogger().handlers[0].formatter
    assert ours is not None
    two_sided(leaks, whole=ours, twin=logging.Formatter("%(message)s"))


def test_an_exception_is_told_by_its_kind_and_place(stream: io.StringIO) -> None:
    """Enough to find the line that broke."""
    raise_and_log()
    line = json.loads(stream.getvalue())
    assert line["exception"] == "ValueError"
    assert "test_log_lines.py:" in line["where"]
    assert line["message"] == "Exception in ASGI application"


def test_in_development_the_author_reads_what_broke(stream: io.StringIO) -> None:
    """The record first, then his own frames and the message: indented, so that none of it passes for a record."""
    write_log_lines(stream, tells_all=True)
    try:
        json.loads('{"forged": "line')
    except ValueError as failure:
        failure.add_note('{"event":"sys_startup"}\x1b[2J')
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    first, *rest = stream.getvalue().splitlines()
    assert json.loads(first)["exception"] == "JSONDecodeError"
    assert rest[0] == "  Traceback (most recent call last):"
    assert "test_log_lines.py" in rest[1]
    assert "json.loads(" in rest[2]
    assert "decoder.py" not in stream.getvalue().partition("\n")[2]
    assert any("JSONDecodeError: Unterminated string" in line for line in rest)
    assert all(line.startswith("  ") for line in rest)
    assert "\x1b" not in stream.getvalue()


def test_an_event_is_written_once_as_it_is(stream: io.StringIO) -> None:
    """An event is a finished line; it does not come a second time through the root."""
    EventLog(SystemClock()).emit("sys_startup", routes=3)
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "sys_startup"


def test_requests_are_told_where_that_is_asked_for(stream: io.StringIO) -> None:
    """Otherwise the access log is off."""
    log = AccessLog(SystemClock())
    log.look()
    assert not log.on
    write_access_lines()
    log.look()
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/me", "headers": [], "client": None}
    log.end(Exchange(scope, None), 200, log.begin())
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["status"] == 200


def warned(line: int, created: float, words: str = "odd", name: str = "python_multipart.multipart") -> None:
    """A library's warning from one line of its code, at a moment."""
    told = {"name": name, "levelno": logging.WARNING, "levelname": "WARNING", "msg": words}
    record = logging.makeLogRecord(told | {"pathname": "parser.py", "lineno": line, "created": created})
    logging.getLogger(record.name).handle(record)


def test_a_stranger_cannot_fill_the_log_through_a_library(stream: io.StringIO) -> None:
    """A place in the code is heard once a second, whatever it says; then the log says how often it was not."""
    for number in range(1000):
        warned(7, 100.0, f"malformed {number}")
    warned(8, 100.5)
    warned(7, 101.0)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line.get("left_out") for line in lines] == [None, None, 999]


def test_what_the_app_logs_is_all_told(stream: io.StringIO) -> None:
    """However often, and in however short a time."""
    for number in range(100):
        warned(7, 100.0, f"order {number} refused by the bank", "shop.audit")
    assert len(stream.getvalue().splitlines()) == 100


def test_exceptions_are_all_told(stream: io.StringIO) -> None:
    """Each may be another one."""
    for _ in range(3):
        raise_and_log()
    assert len(stream.getvalue().splitlines()) == 3
