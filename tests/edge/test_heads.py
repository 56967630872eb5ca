"""How large a head may be, and which methods and ranges are taken."""

import time

import pytest
from fastapi import FastAPI

from buckler import ConfigurationError, Public
from buckler.edge.heads import LONGEST_TARGET, METHODS, MOST_LINES, Heads
from tests.stage import production, protect
from tests.wire import Fields, ask, knock

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY")


def make_app(**settings: object) -> FastAPI:
    app = FastAPI()

    @app.api_route("/", methods=list(VERBS), dependencies=[Public("a test")])
    async def root() -> str:
        return "ok"

    @app.get("/{rest:path}", dependencies=[Public("a test")])
    async def rest(rest: str) -> int:
        return len(rest)

    @app.websocket("/socket", dependencies=[Public("a test")])
    async def socket(websocket: object) -> None:
        """Never reached."""

    return protect(app, settings=production(**settings))


def lines(count: int, size: int = 1) -> list[tuple[str, str]]:
    return [(f"x-{number}", "v" * size) for number in range(count)]


async def code_of(fields: Fields, target: str = "/", method: str = "GET", **settings: object) -> tuple[int, str]:
    answer = await ask(make_app(**settings), method, target, headers=fields)
    return answer.status, answer.code if answer.status >= 400 else ""


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (lines(MOST_LINES - 1), 200),
        (lines(MOST_LINES), 431),
        (lines(10_000), 431),
        ([("x-a", "v")] * MOST_LINES, 431),
        ([("x-a", "v" * 1000)] * 15, 200),
        ([("x-a", "v" * 1000)] * 17, 431),
        ([("x-a", "v" * 8000)], 200),
        ([("x-a", "v" * 8192)], 431),
        ([("x-" + "a" * 8192, "v")], 431),
        (lines(4, 4000), 200),
        (lines(5, 4000), 431),
    ],
)
async def test_a_head_of_a_hundred_lines_and_16_kib(fields: Fields, status: int) -> None:
    """Half of it in one line; repeated lines count like others."""
    answer = await ask(make_app(), "POST", "/", headers=fields)
    assert (answer.status, answer.received) == (status, 0)
    assert status == 200 or answer.code == "head-too-large"


async def test_the_operator_may_widen_it() -> None:
    """For cookies and tickets of other systems."""
    ticket = [("x-ticket", "v" * 20_000)]
    assert (await code_of(ticket))[0] == 431
    assert (await code_of(ticket, max_header_bytes=65_536))[0] == 200


@pytest.mark.parametrize("wrong", [0, 1023])
def test_less_than_a_browser_needs_is_refused(wrong: int) -> None:
    with pytest.raises(ConfigurationError, match="no browser"):
        Heads(wrong)
    with pytest.raises(ConfigurationError, match="MAX_HEADER_BYTES"):
        production(max_header_bytes=wrong)


async def test_a_target_of_8_kib() -> None:
    """Path and query together."""
    assert await code_of([], "/" + "a" * (LONGEST_TARGET - 1)) == (200, "")
    assert await code_of([], "/" + "a" * LONGEST_TARGET) == (414, "target-too-long")
    assert await code_of([], "/a?" + "b" * LONGEST_TARGET) == (414, "target-too-long")


@pytest.mark.parametrize("method", VERBS)
async def test_registered_methods_are_the_routes_matter(method: str) -> None:
    assert (await ask(make_app(), method, "/")).status == 200


@pytest.mark.parametrize(
    "method", ["TRACE", "TRACK", "CONNECT", "PRI", "get", "Get", "JEFF", "GET ", "*", "", "G\x00T"]
)
async def test_any_other_is_405(method: str) -> None:
    """Also where a mount would take whatever comes; the answer names the usual ones (RFC 9110 section 15.5.6)."""
    assert method not in METHODS
    answer = await ask(make_app(), method, "/")
    assert (answer.status, answer.code, answer.received) == (405, "method-refused", 0)
    assert "GET" in (answer.header("allow") or "")


@pytest.mark.parametrize(
    "field",
    [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
        "x-original-url",
        "x-rewrite-url",
        "x-original-method",
    ],
)
@pytest.mark.parametrize("value", ["TRACE", "DELETE", "/elsewhere", "//x", "/%00"])
async def test_no_field_changes_method_or_target(field: str, value: str) -> None:
    """The answer is that of the request line, byte for byte but for the request's own id."""
    app = make_app()
    assert (await ask(app, "GET", "/abc", headers=[(field, value)])).body == b"3"
    refused = await ask(app, "TRACE", "/", headers=[(field, "GET")])
    assert refused.status == 405


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("bytes=0-", 200),
        ("bytes=0-1", 200),
        ("bytes=-5", 200),
        ("Bytes = 0-1 , 4-5", 200),
        ("bytes=" + ",".join(["0-1"] * 16), 200),
        ("bytes=" + ",".join(["0-1"] * 17), 416),
        ("bytes=" + ",".join(["0-"] * 10_000), 416),
        ("items=1-2", 200),
        ("bytes=", 400),
        ("bytes=-", 400),
        ("bytes=1", 400),
        ("bytes=a-b", 400),
        ("bytes=0-1,,2-3", 400),
        ("bytes=0-1;2-3", 400),
        ("bytes=--1", 400),
        ("bytes=0-" + "9" * 40, 400),
        ("bytes 0-1", 400),
        ("", 400),
    ],
)
async def test_ranges(value: str, status: int) -> None:
    """CVE-2025-62727: each of ten thousand ranges was compared with all the others."""
    assert (await code_of([("range", value)], max_header_bytes=1_000_000))[0] == status


async def test_two_range_lines_are_400() -> None:
    assert await code_of([("range", "bytes=0-1"), ("range", "bytes=2-3")]) == (400, "range-malformed")


async def test_a_websocket_is_held_to_the_same() -> None:
    assert (await knock(make_app(), "/socket", headers=lines(MOST_LINES))).code == 1008


async def test_100_kb_of_hostile_ranges_cost_nothing() -> None:
    """Every pattern here is linear."""
    started = time.process_time()
    for text in ("bytes=" + "0" * 100_000, " " * 100_000, "bytes" + " " * 100_000, "bytes=" + "-" * 100_000):
        await code_of([("range", text)], max_header_bytes=1_000_000)
    assert time.process_time() - started < 1
