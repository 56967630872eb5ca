"""A stranger cannot fill the disk: what repeats within a second is told by its number."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Principal, Public, Requires
from buckler.asgi import Exchange
from buckler.edge.host import UNKNOWN_HOST
from buckler.events import EventLog
from buckler.events.event import Event
from buckler.events.sums import IN_FULL_OF_A_CALLER, MOST_KINDS, MOST_SOURCES, Sum, Sums
from buckler.events.vocabulary import CATALOGUE
from tests.clocks import FakeClock
from tests.proof import two_sided
from tests.stage import protect
from tests.waiting import wait_until_async
from tests.wire import Lifespan, ask

SUMMED = [event.name for event in CATALOGUE.values() if event.summed]


class Unsummed(EventLog):
    """The twin: every event is a line."""

    def _admits(self, event: Event, exchange: Exchange | None, kind: str) -> bool:
        return True


class Room:
    """A clock, and sums that are kept as they are told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.told: list[Sum] = []
        self.sums = Sums(self.clock, self.told.append)

    def admit(self, source: str = "203.0.113.9", kind: str = "host-unknown", *, known: bool = False) -> bool:
        return self.sums.admit("malicious_direct_reference", kind, source, known=known)


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The lines of the event log, as they are written."""
    taken: list[str] = []

    class Taking(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            taken.append(record.getMessage())

    logger, handler = logging.getLogger("buckler.events"), Taking()
    logger.addHandler(handler)
    logger.propagate = False
    yield taken
    logger.propagate = True
    logger.removeHandler(handler)


def exchange(client: str = "203.0.113.9", who: str | None = None) -> Exchange:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": (client, 1)}
    made = Exchange(scope, None)
    made.principal = None if who is None else Principal(who, who)
    return made


def make_app(**given: Any) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/open", lambda: "ok", dependencies=[Public("a test")])
    app.add_api_route("/mine", lambda: "ok", dependencies=[Requires("a:x")])
    return protect(app, **given)


def test_a_flood_of_refusals_leaves_a_bounded_number_of_lines(lines: list[str]) -> None:
    """A hundred thousand in ten seconds, from a thousand networks: a few hundred lines, and each refusal is in one."""
    most = 10 * (2 * MOST_SOURCES + 1)

    def fills_the_disk(make: Callable[[FakeClock], EventLog]) -> bool:
        lines.clear()
        clock = FakeClock()
        log, one = make(clock), [exchange(f"198.51.{number // 250}.{number % 250}") for number in range(1000)]
        for _ in range(10):
            for number in range(10_000):
                log.emit_refusal(UNKNOWN_HOST, one[number % 1000])
            clock.advance(1)
            if len(lines) > most:
                return True
        log.flush()
        return len(lines) > most

    two_sided(fills_the_disk, whole=EventLog, twin=Unsummed)
    assert sum(json.loads(line).get("count", 1) for line in lines) == 100_000


def test_the_first_is_written_in_full_and_the_rest_by_their_number(lines: list[str]) -> None:
    """With when the first and the last of them came."""
    clock = FakeClock()
    log = EventLog(clock)
    for _ in range(4):
        log.emit_refusal(UNKNOWN_HOST, exchange())
        clock.advance(0.125)
    log.flush()
    first, rest = map(json.loads, lines)
    assert (first["status"], first["path"]) == (400, "/")
    assert rest == {
        "at": "2027-01-15T08:00:00.500+00:00",
        "event": "malicious_direct_reference",
        "level": "WARNING",
        "client": "203.0.113.9",
        "count": 3,
        "first": "2027-01-15T08:00:00.125+00:00",
        "last": "2027-01-15T08:00:00.375+00:00",
        "refusal": "host-unknown",
    }


def test_each_second_begins_anew() -> None:
    """What was counted is told before the first event of the next one is written."""
    room = Room()
    assert [room.admit() for _ in range(3)] == [True, False, False]
    room.clock.advance(1)
    assert room.admit()
    assert [each.count for each in room.told] == [2]


def test_a_second_without_repetition_leaves_no_sum() -> None:
    room = Room()
    for _ in range(5):
        assert room.admit()
        room.clock.advance(1)
    assert room.told == []


def test_events_and_sources_are_told_apart() -> None:
    """Another code, another network: each its own first. One /64 is one network."""
    room = Room()
    assert room.admit()
    assert room.admit(kind="host-missing")
    assert room.admit("203.0.113.10")
    assert not room.admit()


def test_of_a_caller_more_is_written_in_full() -> None:
    room = Room()
    admitted = [room.admit("alice", known=True) for _ in range(IN_FULL_OF_A_CALLER + 5)]
    assert admitted == [True] * IN_FULL_OF_A_CALLER + [False] * 5


def test_when_the_table_is_full_the_others_are_one() -> None:
    """Their number is not lost, and the table grows no further."""
    room = Room()
    for number in range(1000):
        room.admit(f"198.51.100.{number}")
    assert len(room.sums) == MOST_SOURCES + 1
    room.sums.flush()
    assert [(each.source, each.count) for each in room.told] == [("others", 1000 - MOST_SOURCES)]


def test_the_noise_of_strangers_hides_no_caller() -> None:
    """What an account does is written in full, however many networks shout."""
    room = Room()
    for number in range(1000):
        room.admit(f"198.51.100.{number}")
    assert room.admit("alice", known=True)


def test_a_source_called_like_the_others_is_not_taken_for_them() -> None:
    """An account may have any id."""
    room = Room()
    for number in range(MOST_SOURCES):
        room.admit(f"account {number}", known=True)
    room.admit("others", known=True)
    room.sums.flush()
    assert [(each.source, each.kind, each.count) for each in room.told] == [("others", "host-unknown", 1)]


def test_threads_lose_nothing() -> None:
    room = Room()

    def admit(_: int) -> int:
        return sum(room.admit() for _ in range(2000))

    with ThreadPoolExecutor(8) as pool:
        admitted = sum(pool.map(admit, range(8)))
    room.sums.flush()
    assert admitted + sum(each.count for each in room.told) == 16_000
    assert admitted == 1


async def test_a_second_ends_by_itself() -> None:
    """Nobody has to come again for the number to be told."""
    room = Room()
    room.admit()
    room.admit()
    await wait_until_async(lambda: bool(room.told))
    assert [each.count for each in room.told] == [1]


def test_a_loop_that_ended_takes_no_count_along() -> None:
    """The next loop's timer tells it, as under a test client that makes a loop for each request."""
    room = Room()

    async def admit() -> None:
        room.admit()

    async def admit_and_wait() -> None:
        room.admit()
        await wait_until_async(lambda: bool(room.told))

    for _ in range(3):
        asyncio.run(admit())
    assert room.told == []
    asyncio.run(admit_and_wait())
    assert [each.count for each in room.told] == [3]


async def test_one_timer_stands_however_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    armed: list[float] = []
    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", lambda delay, _: armed.append(delay))
    room = Room()
    for _ in range(100):
        room.admit()
    assert armed == [1.0]


async def test_the_stop_tells_what_is_left(lines: list[str]) -> None:
    """Before it says that the app has stopped."""
    app = make_app()
    async with Lifespan(app):
        for _ in range(5):
            await ask(app, "GET", "/open", host="evil.test")
    told = [json.loads(line) for line in lines]
    assert [(each["event"], each.get("count")) for each in told[-2:]] == [
        ("malicious_direct_reference", 4),
        ("sys_shutdown", None),
    ]


async def test_a_crash_that_strangers_repeat_is_told_by_its_kind(lines: list[str]) -> None:
    """A trace is long: whoever finds the request that breaks must not fill the disk with it."""
    app = FastAPI()

    @app.get("/crash", dependencies=[Public("a test")])
    async def crash() -> None:
        raise RuntimeError("the inside")

    protect(app)
    async with Lifespan(app):
        for _ in range(5):
            await ask(app, "GET", "/crash")
    crashes = [json.loads(line) for line in lines if "sys_crash" in line]
    assert [("where" in each, each["error"], each.get("count")) for each in crashes] == [
        (True, "RuntimeError", None),
        (False, "RuntimeError", 4),
    ]


async def test_a_caller_that_keeps_asking_is_summed_by_its_name(lines: list[str]) -> None:
    """Whatever address it comes from."""
    app = make_app()
    async with Lifespan(app):
        for number in range(IN_FULL_OF_A_CALLER + 3):
            await ask(app, "GET", "/mine", token="carol", client=(f"198.51.100.{number}", 1))
    found = [json.loads(line) for line in lines if '"count"' in line]
    assert [(each["who"], each["count"], each["refusal"]) for each in found] == [("carol", 3, "forbidden")]


@pytest.mark.parametrize("forgery", ["\r\n", '"}\n{"event":"authz_admin"}', "\x1b[2J", "\u202e", "\x7f", "\u2028"])
def test_a_sum_cannot_be_forged(lines: list[str], forgery: str) -> None:
    """Whatever a caller is called."""
    log = EventLog(FakeClock())
    for _ in range(IN_FULL_OF_A_CALLER + 1):
        log.emit_refusal(UNKNOWN_HOST, exchange(who=f"alice{forgery}"))
    log.flush()
    assert json.loads(lines[-1])["count"] == 1
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_what_the_change_of_something_is_told_by_is_never_summed() -> None:
    """Accounts, tokens, sessions and starts are a line each.

    Two with such names tell of no change: somebody was refused, and may have that as often as it likes.
    """
    refusals = {"authn_login_fail_max", "session_use_after_expire"}
    changing = ("user_", "session_", "authn_", "privilege_", "sys_start", "sys_keys", "sys_backup", "authz_admin")
    told = {name for name in CATALOGUE if name.startswith(changing)} - refusals
    assert {"user_created", "session_created", "session_ended", "authn_token_created", "authn_token_reuse"} <= told
    assert told & set(SUMMED) == {"authn_token_invalid", "authn_token_missing"}
    assert refusals <= set(SUMMED)


def test_two_strangers_with_many_kinds_hide_nobody() -> None:
    """A source takes one place, whatever it does; what goes beyond its own kinds is counted by kind."""
    room = Room()
    for source in ("198.51.100.1", "198.51.100.2"):
        for number in range(40):
            room.admit(source, f"kind-{number}")
    assert room.admit("203.0.113.66", "path-ambiguous")
    room.sums.flush()
    assert {each.source for each in room.told} == {"others"}
    assert {each.kind for each in room.told} == {f"kind-{number}" for number in range(MOST_KINDS, 40)}
