"""What an app logs is seen, record by record, as it would be written."""

import logging

import pytest

from buckler.staging.log_lines import Lines, logged


def test_every_record_is_a_line() -> None:
    """With its level and its logger; one with a line end within is one line still, and a trace stands in it."""
    log = logging.getLogger("an.app")
    with logged() as lines:
        log.info("for %s", "bob")
        log.warning("two\nlines")
        log.debug("too fine")
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            log.exception("failed")
        assert lines[:2] == ["INFO an.app: for bob", "WARNING an.app: two\nlines"]
        assert lines[2].startswith("ERROR an.app: failed\nTraceback")
        assert len(lines) == 3
    log.warning("later")
    assert len(lines) == 3


def test_the_levels_are_as_they_were() -> None:
    """A finer one is left as it is."""
    root = logging.getLogger()
    for level in (logging.WARNING, logging.DEBUG):
        before = root.level
        root.setLevel(level)
        try:
            with logged():
                assert root.level == min(level, logging.INFO)
            assert root.level == level
        finally:
            root.setLevel(before)


def test_a_line_has_a_bound_and_a_record_that_cannot_be_written_stops_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As with every handler."""
    handler = Lines()
    handler.handle(logging.makeLogRecord({"msg": "x" * 100_000, "name": "an.app"}))
    handler.handle(logging.makeLogRecord({"msg": "%d", "args": ("no number",), "name": "an.app"}))
    assert [len(each) for each in handler.lines] == [20_000]
    assert "Logging error" in capsys.readouterr().err
