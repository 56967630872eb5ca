"""What an app logs is seen, record by record, as it would be written."""

import logging
import logging.config
from collections.abc import Iterator

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


def test_what_an_app_silenced_is_heard_again_after_it() -> None:
    """`dictConfig` switches off every logger that it does not name, unless told not to, and takes handlers away."""
    before, root = logging.getLogger("known.before"), logging.getLogger()
    handlers = root.handlers[:]
    with logged():
        logging.config.dictConfig({"version": 1, "root": {"handlers": [], "level": "ERROR"}})
        assert before.disabled
    assert not before.disabled
    assert root.handlers == handlers


def test_a_logger_that_an_app_took_for_its_own_is_as_it_was() -> None:
    """As a server started within the app does with its own name: `uvicorn` passes nothing on then."""
    server, within = logging.getLogger("known.server"), logging.getLogger("known.server.error")
    within.setLevel(logging.WARNING)
    with logged():
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "handlers": {"own": {"class": "logging.NullHandler"}},
                "loggers": {
                    "known.server": {"handlers": ["own"], "propagate": False},
                    "known.server.error": {"level": "CRITICAL"},
                },
            }
        )
        assert not server.propagate
    assert server.propagate
    assert server.handlers == []
    assert within.level == logging.WARNING


@pytest.fixture
def own_root() -> Iterator[logging.Logger]:
    """The root, which is after as it was before."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize("way", ["force", "dictConfig", "removed", "propagate"])
def test_no_configuration_of_an_app_takes_the_listener_away(own_root: logging.Logger, way: str) -> None:
    """Whatever it does with the handlers of the root, and with loggers of its own."""
    log = logging.getLogger(f"shop.{way}")
    with logged() as lines:
        if way == "force":
            logging.basicConfig(level=logging.INFO, force=True)
        elif way == "dictConfig":
            root = {"handlers": ["own"], "level": "INFO"}
            handlers = {"own": {"class": "logging.NullHandler"}}
            kept = {"version": 1, "handlers": handlers, "root": root, "disable_existing_loggers": False}
            logging.config.dictConfig(kept)
        elif way == "removed":
            own_root.handlers.clear()
        else:
            log.propagate = False
        log.info("searched")
        assert lines == [f"INFO shop.{way}: searched"]
    log.info("later")
    assert len(lines) == 1
    assert logging.Logger.callHandlers.__module__ == "logging"


def test_what_was_added_to_the_root_is_gone_after() -> None:
    """Nothing of ours is left."""
    before = logging.getLogger().handlers[:]
    with logged():
        assert len(logging.getLogger().handlers) == len(before) + 1, "else a warning is written where nobody asked"
    assert logging.getLogger().handlers == before
