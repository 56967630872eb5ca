"""Which defences a request meets by its shape: never fewer than have something to say about it."""

from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler import Public
from buckler.access.callers.credential import OneCredential
from buckler.asgi import Exchange, Receive
from buckler.clock import SystemClock
from buckler.defence import Arrival, Reception, Shape
from buckler.edge.client_address import ClientAddress
from buckler.edge.framing import Framing
from buckler.edge.heads import Heads
from buckler.edge.host import Host
from buckler.edge.paths import Paths
from buckler.edge.proxies import direct
from buckler.edge.sizes import Sizes
from buckler.edge.ways import Ways
from buckler.errors import Refusal
from buckler.events import EventLog
from tests.stage import production, protect
from tests.wire import HOST, ask

MOST = 512
NAMES = (
    *("host", "accept", "authorization", "range", "content-length", "content-type", "transfer-encoding", "te"),
    *("connection", "upgrade", "x-forwarded-for", "x-forwarded-host", ":path", "x-" + "a" * 700),
)
VALUES = st.sampled_from(
    ("", "1", "5", "9" * 30, "-1", "chunked", "bytes=0-1", "bytes=x", HOST, "trailers", "v" * 800, "Bearer x")
)


class Named(Reception):
    """Judges what the default judges."""

    name = "named"

    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        return receive


def arrivals() -> tuple[Arrival, ...]:
    return (
        ClientAddress(direct(), EventLog(SystemClock())),
        Heads(1024),
        Framing(),
        Paths(),
        Host([HOST]),
        Sizes(10),
        OneCredential(),
    )


def exchange_of(
    headers: list[tuple[str, str]], kind: str = "http", version: str | None = "1.1", method: str | None = "GET"
) -> Exchange:
    lines = [(name.encode(), value.encode()) for name, value in headers]
    scope: dict[str, Any] = {"type": kind, "headers": lines, "raw_path": b"/me", "path": "/me", "query_string": b""}
    scope |= {"client": ("203.0.113.7", 5000), "scheme": "https"}
    if method is None and kind == "http":
        method = "GET"  # a server always says it
    scope |= {} if version is None else {"http_version": version}
    return Exchange(scope | ({} if method is None else {"method": method}), None)


def key_of(exchange: Exchange) -> tuple[object, ...]:
    scope = exchange.scope
    return (scope["type"], scope.get("http_version"), scope.get("method"), *exchange.headers)


def first_refusal(looks: Any, exchange: Exchange) -> Refusal | None:
    found = (look(exchange) for look in looks)
    return next((refusal for refusal in found if refusal is not None), None)


@given(
    headers=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=7),
    kind=st.sampled_from(("http", "websocket")),
    version=st.sampled_from(("1.0", "1.1", "2", "3", "0.9", None)),
    method=st.sampled_from(("GET", "POST", "TRACE", "", "OPTIONS", None)),
)
@settings(max_examples=600, deadline=None)
def test_a_shape_changes_no_answer(
    headers: list[tuple[str, str]], kind: str, version: str | None, method: str | None
) -> None:
    """What is left out of the way would have let the request on: the first refusal is the same with all of them."""
    parts = arrivals()
    whole = first_refusal([each.arrive for each in parts], exchange_of(headers, kind, version, method))
    exchange = exchange_of(headers, kind, version, method)
    looks, _ = Ways(parts, ()).think(key_of(exchange), exchange)
    assert first_refusal(looks, exchange) == whole


def test_a_shape_is_thought_out_once() -> None:
    """The second request of a shape finds the way of the first, whatever its values; another order is another."""
    ways = Ways(arrivals(), ())
    exchange = exchange_of([("host", HOST), ("accept", "a")])
    way = ways.think(key_of(exchange), exchange)
    assert ways.known(key_of(exchange_of([("host", "evil.example"), ("accept", "b")]))) is way
    assert ways.known(key_of(exchange_of([("accept", "b"), ("host", HOST)]))) is None


def test_a_usual_request_meets_half_of_the_arrivals() -> None:
    """And all of them where a line came twice, which has no shape."""
    parts = arrivals()
    ways = Ways(parts, ())
    usual, twice = exchange_of([("host", HOST)]), exchange_of([("host", HOST), ("host", HOST)])
    assert len(ways.think(key_of(usual), usual)[0]) == 3
    assert len(ways.think(key_of(twice), twice)[0]) == len(parts)
    assert len(ways) == 1


@pytest.mark.parametrize(
    "headers", [[(f"x-{number}", "v") for number in range(41)], [("x-" + "a" * 1023, "v")]], ids=["many", "long"]
)
def test_strange_names_are_not_kept(headers: list[tuple[str, str]]) -> None:
    """A stranger chooses names: many or long ones take no room here, and meet every defence."""
    parts = arrivals()
    ways, exchange = Ways(parts, ()), exchange_of(headers)
    looks, _ = ways.think(key_of(exchange), exchange)
    assert (len(ways), len(looks)) == (0, len(parts))


def test_a_flood_of_shapes_is_bounded_and_ends() -> None:
    """The oldest makes room; who comes again is thought out again."""
    ways = Ways(arrivals(), ())
    for number in range(2 * MOST):
        exchange = exchange_of([("host", HOST), (f"x-{number}", "v")])
        ways.think(key_of(exchange), exchange)
    assert len(ways) == MOST
    assert ways.known(key_of(exchange_of([("host", HOST), ("x-0", "v")]))) is None
    assert ways.known(key_of(exchange_of([("host", HOST), (f"x-{2 * MOST - 1}", "v")]))) is not None


@pytest.mark.parametrize(
    ("shape", "judged"),
    [
        (Shape("http", "1.1", "GET", frozenset()), False),
        (Shape("http", "1.0", "OPTIONS", frozenset({b"host"})), False),
        (Shape("http", "1.1", "POST", frozenset()), True),
        (Shape("http", "2", "GET", frozenset()), True),
        (Shape("http", "1.1", "GET", frozenset({b"content-length"})), True),
        (Shape("http", "1.1", "GET", frozenset({b"transfer-encoding"})), True),
        (Shape("http", "1.1", "GET", frozenset({b"content-type"})), True),
        (Shape("websocket", "1.1", None, frozenset()), True),
    ],
)
def test_a_reception_is_asked_where_a_body_may_come(shape: Shape, judged: bool) -> None:
    """Unless it says otherwise."""
    assert Named().judges(shape) is judged


async def test_the_answer_does_not_depend_on_who_came_before() -> None:
    """A request of a shape that was let on is refused for its own values."""
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test")])
    async def root() -> str:
        return "ok"

    protect(app, settings=production())
    for host, status in ((HOST, 200), ("evil.example", 400), (HOST, 200)):
        assert (await ask(app, "GET", "/", host=host)).status == status
