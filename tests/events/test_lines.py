"""The pieces of a line: moments, texts, and the record that carries it."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.events.lines import FinishedLines, LineLogger, Stamps, quoted

NAME = "buckler.test.lines"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    logger, stream = logging.getLogger(NAME), io.StringIO()
    logger.addHandler(handler := logging.StreamHandler(stream))
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)


@given(st.lists(st.integers(0, 4_000_000_000_000), min_size=1, max_size=5))
def test_a_moment_is_told_to_the_millisecond(moments: list[int]) -> None:
    """Also when seconds come out of order."""
    stamp = Stamps()
    for moment in moments:
        found = datetime.fromisoformat(stamp(moment / 1000))
        assert found == datetime.fromtimestamp(moment // 1000, UTC).replace(microsecond=moment % 1000 * 1000)


@given(st.text())
def test_a_quoted_text_is_one_line_of_ascii(text: str) -> None:
    found = quoted(text)
    assert found.isascii()
    assert found.isprintable()


def test_a_handler_of_any_format_can_write_the_record(stream: io.StringIO) -> None:
    """It has every member that a record has; what is not known is said to be so."""
    handler = logging.getLogger(NAME).handlers[0]
    names = ("asctime", "levelname", "name", "msecs", "thread", "process", "lineno", "funcName", "message")
    handler.setFormatter(logging.Formatter(" ".join(f"{name}=%({name})s" for name in names)))
    LineLogger(NAME).write(logging.WARNING, "100 % done, %s", 1_800_000_000.25)
    text = stream.getvalue()
    assert "levelname=WARNING" in text
    assert f"name={NAME}" in text
    assert "msecs=250" in text
    assert "thread=None process=None" in text
    assert text.endswith("message=100 % done, %s\n")


@contextmanager
def finished() -> Iterator[tuple[FinishedLines, io.StringIO]]:
    """A logger as `buckler serve` sets it up. In the test itself: pytest adds handlers of its own before."""
    logger, stream = logging.getLogger(NAME), io.StringIO()
    handler = FinishedLines(stream)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    yield handler, stream
    logger.handlers, logger.propagate = [], True


def test_a_finished_line_is_written_without_a_record() -> None:
    """Where nobody else would see the record."""
    with finished() as (handler, stream):
        made: list[object] = []
        handler.emit = made.append  # type: ignore[method-assign]
        LineLogger(NAME).write(logging.INFO, "a line", 0.0)
        assert (stream.getvalue(), made) == ("a line\n", [])


def test_whoever_else_looks_gets_a_record() -> None:
    """A second handler, a filter on either: what the team set up holds."""
    with finished() as (handler, stream):
        logger, lines, seen = logging.getLogger(NAME), LineLogger(NAME), io.StringIO()
        logger.addHandler(second := logging.StreamHandler(seen))
        lines.write(logging.INFO, "one", 0.0)
        assert (stream.getvalue(), seen.getvalue()) == ("one\n", "one\n")
        logger.removeHandler(second)
        for place in (logger, handler):
            place.addFilter(refusing := logging.Filter("another"))
            lines.write(logging.INFO, "two", 0.0)
            place.removeFilter(refusing)
        handler.setLevel(logging.ERROR)
        lines.write(logging.INFO, "three", 0.0)
        assert stream.getvalue() == "one\n"


def test_a_stream_that_fails_breaks_no_request(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told on the error stream, as `logging` does."""
    with finished() as (_, stream):
        stream.close()
        LineLogger(NAME).write(logging.INFO, "a line", 0.0)
    assert "ValueError" in capsys.readouterr().err


def test_the_logger_is_asked_for_its_level_each_time(stream: io.StringIO) -> None:
    lines = LineLogger(NAME)
    assert lines.takes(logging.INFO)
    logging.getLogger(NAME).setLevel(logging.ERROR)
    assert not lines.takes(logging.INFO)
