"""What every entry of the log is: whole, in UTC, of one form, one line, and in no place that is not listed."""

import ast
import io
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from buckler.asgi import Exchange
from buckler.cli.log_lines import write_log_lines
from buckler.errors import Refusal
from buckler.events import AccessLog, EventLog
from buckler.events import log as log_module
from buckler.events.lines import quoted
from tests.clocks import FakeClock
from tests.house.tree import ROOT, Module, modules
from tests.proof import two_sided

REFUSAL = Refusal(403, "forbidden", "No.", event="authz_fail")
FORGED = '","event":"authz_fail"}\n{"at":"2027-01-15T08:00:00.000+00:00","event":"authn_login_success","x":"'
LISTED = {
    "buckler/events/lines.py": "the two loggers of events and access lines",
    "buckler/staging/log_lines.py": "nowhere: it listens to what an app logs while it is drilled",
    "buckler/advisories/listing.py": "the pipe to the process that asked for a list of packages",
    "buckler/running.py": "the logger `buckler`: in words, why a start failed that no server tells",
    "buckler/cli/log_lines.py": "the error stream of `buckler serve`",
    "buckler/cli/serve/wire/lifespan.py": "nowhere: it silences what the server would say of a start",
    "buckler/events/journal/checkpoints.py": "the place of the checkpoints",
}
"""Files that write to a log, and where to; docs/operations/events.md lists the places."""


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    loggers = [logging.getLogger(name) for name in (None, "buckler.events", "buckler.access")]
    before = [(each, each.handlers, each.level, each.propagate) for each in loggers]
    stream = io.StringIO()
    write_log_lines(stream)
    logging.getLogger("buckler.access").setLevel(logging.INFO)
    yield stream
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def exchange(path: str = "/mine") -> Exchange:
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "headers": [], "client": ("203.0.113.9", 1)}
    return Exchange(scope, None)


def written(stream: io.StringIO, write: Callable[[], object]) -> list[str]:
    begun = stream.tell()
    write()
    return stream.getvalue()[begun:].splitlines()


@pytest.mark.asvs("16.4.1")
def test_nobody_forges_a_line(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path with a line end and a whole line behind it; the twin quotes texts without making them plain."""

    def forges(quote: Callable[[str], str]) -> bool:
        monkeypatch.setattr(log_module, "quoted", quote)
        lines = written(stream, lambda: EventLog(FakeClock()).emit_refusal(REFUSAL, exchange(f"/{FORGED}")))
        return any(json.loads(line)["event"] == "authn_login_success" for line in lines)

    two_sided(forges, whole=quoted, twin=lambda text: f'"{text}"')


@pytest.mark.asvs("16.2.2")
def test_moments_are_in_utc_wherever_the_machine_stands(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin is how `logging` writes a moment by itself: the wall clock of the machine, and no word whose."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    clock = FakeClock()
    right = datetime.fromtimestamp(clock.now(), UTC)

    def local() -> str:
        record = logging.makeLogRecord({"created": clock.now(), "msecs": 0})
        return logging.Formatter("%(asctime)s").format(record).replace(",", ".")

    def ours() -> str:
        (line,) = written(stream, lambda: EventLog(clock).emit("sys_crash", exchange(), error="X", where="y"))
        return str(json.loads(line)["at"])

    def misleads(write: Callable[[], str]) -> bool:
        told = datetime.fromisoformat(write())
        return told.utcoffset() != timedelta(0) or told != right

    try:
        two_sided(misleads, whole=ours, twin=local)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.asvs("16.2.1")
def test_an_entry_says_when_where_who_and_what(stream: io.StringIO) -> None:
    """The twin tells the same refusal with no request at hand, as a line of a library does."""
    log = EventLog(FakeClock())

    def leaves_open(write: Callable[[], None]) -> bool:
        (line,) = written(stream, write)
        return not {"at", "request_id", "client", "method", "path", "event", "refusal"} <= set(json.loads(line))

    two_sided(
        leaves_open,
        whole=lambda: log.emit_refusal(REFUSAL, exchange()),
        twin=lambda: log.emit("authz_fail", None, refusal="forbidden", status=403),
    )


@pytest.mark.asvs("16.2.4")
def test_everything_is_of_one_form(stream: io.StringIO) -> None:
    """Events, access lines and what libraries log with odd texts: all are lines of JSON. The twin: the usual form."""
    ours = logging.getLogger().handlers[0].formatter
    assert ours is not None

    def everything() -> None:
        clock = FakeClock()
        access = AccessLog(clock)
        EventLog(clock).emit("sys_crash", exchange(), error='"\n', where="y")
        EventLog(clock).emit_refusal(REFUSAL, exchange('/"\u2028'))
        access.end(exchange('/"\x00'), 200, access.begin())
        logging.getLogger("some.library").error('odd "text"\n')

    def cannot_be_read(formatter: logging.Formatter) -> bool:
        logging.getLogger().handlers[0].setFormatter(formatter)
        lines = written(stream, everything)
        return len(lines) != 4 or not all(map(_is_entry, lines))

    two_sided(cannot_be_read, whole=ours, twin=logging.Formatter(logging.BASIC_FORMAT))


def _is_entry(line: str) -> bool:
    try:
        found: Any = json.loads(line)
    except ValueError:
        return False
    return type(found) is dict and datetime.fromisoformat(str(found["at"])).utcoffset() == timedelta(0)


@pytest.mark.asvs("16.2.3")
def test_lines_go_to_the_listed_places_alone() -> None:
    """A rule over the source, which finds a file that prints, or has a logger of its own."""
    package = modules(ROOT / "src", "buckler")

    def writes_elsewhere(package: Sequence[Module]) -> bool:
        return bool(_places(package) - set(LISTED))

    text = "def debug(exchange):\n    print(exchange)\n"
    stray = Module(Path("buckler/edge/stray.py"), text, ast.parse(text))
    two_sided(writes_elsewhere, whole=package, twin=[*package, stray])
    assert _places(package) == set(LISTED)


def _places(package: Sequence[Module]) -> set[str]:
    return {
        module.path.as_posix()
        for module in package
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _is_to_a_log(node.func)
    }


def _is_to_a_log(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id in {"print", "_Raising", "SysLogHandler"}
    return isinstance(called, ast.Attribute) and (
        called.attr in {"getLogger", "SysLogHandler", "FileHandler", "SocketHandler"}
        or ast.unparse(called) in {"sys.stderr.write", "sys.stdout.write", "warnings.warn"}
    )
