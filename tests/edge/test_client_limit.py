"""Whatever a client asks for counts; another client is served meanwhile; nothing turns it off."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.websockets import WebSocket

from buckler import ConfigurationError, Public, Requires
from buckler.asgi import Exchange
from buckler.edge.client_limit import ClientLimit
from buckler.edge.rates import Rate
from buckler.events import EventLog
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.wire import ask, knock

LIMIT = production(client_limit="4/minute")
STRANGER = ("203.0.113.9", 1)


def make_app(clock: FakeClock | None = None, **given: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/open", dependencies=[Public("a test")])
    async def open_() -> str:
        return "open"

    app.add_api_route("/mine", lambda: "mine", dependencies=[Requires("a:x")])

    @app.get("/crash", dependencies=[Public("a test")])
    async def crash() -> None:
        raise RuntimeError("a test")

    @app.websocket("/talk", dependencies=[Public("a test")])
    async def talk(socket: WebSocket) -> None:
        await socket.accept()

    return protect(app, **{"settings": LIMIT, "clock": clock or FakeClock(), **given})


@pytest.mark.parametrize(
    ("path", "status", "given"),
    [
        ("/nothing", 404, {}),
        ("/mine", 401, {}),
        ("/mine", 403, {"token": "carol"}),
        ("/crash", 500, {}),
        ("/open", 200, {}),
        ("/open", 413, {"headers": [("content-length", "99999999")]}),
    ],
)
async def test_every_answer_counts(path: str, status: int, given: dict[str, Any]) -> None:
    """Not found, refused, failed or served: the attack is the asking."""

    async def attack(app: FastAPI) -> bool:
        return [(await ask(app, "GET", path, **given)).status for _ in range(6)] == [status] * 6

    await two_sided_async(attack, whole=make_app(), twin=make_app(kind=Twin, without="client-limit"))


async def test_one_client_exhausted_another_is_served() -> None:
    """Addresses of one /64 are one client, and so are all that come without an address."""
    app = make_app()
    for client in (("2001:db8::1", 1), ("2001:db8::ffff", 2), ("2001:db8::1:1:1:1", 3), ("2001:db8::2", 4)):
        assert (await ask(app, "GET", "/open", client=client)).status == 200
    assert (await ask(app, "GET", "/open", client=("2001:db8::3", 1))).status == 429
    assert (await ask(app, "GET", "/open", client=("2001:db8:0:1::3", 1))).status == 200
    unknown = [(await ask(app, "GET", "/open", client=each)).status for each in (None, ("", 0), None, None, ("", 0))]
    assert unknown == [200, 200, 200, 200, 429]


async def test_opening_a_socket_counts() -> None:
    app = make_app()
    opened = [(await knock(app, "/talk")).accepted for _ in range(6)]
    assert opened == [True] * 4 + [False] * 2
    assert (await ask(app, "GET", "/open")).status == 429


async def test_the_refusal_says_when_to_come_back_and_what_was_exceeded() -> None:
    """And the answers before it say nothing of the limit."""
    clock = FakeClock()
    app = make_app(clock)
    for _ in range(4):
        assert (await ask(app, "GET", "/open")).header("ratelimit") is None
    clock.advance(20.5)
    refused = await ask(app, "GET", "/open")
    assert (refused.status, refused.code, refused.header("retry-after")) == (429, "client-limited", "40")
    assert refused.header("ratelimit-policy") == '"client";q=4;w=60'
    assert refused.header("ratelimit") == '"client";r=0;t=40'
    assert refused.problem["violated-policies"] == ["client"]
    clock.advance(40)
    assert (await ask(app, "GET", "/open")).status == 200


async def test_a_refusal_costs_the_client_nothing_more() -> None:
    """Whoever asks in vain is not kept out for longer."""
    clock = FakeClock()
    app = make_app(clock)
    for _ in range(20):
        await ask(app, "GET", "/open")
    clock.advance(60)
    assert (await ask(app, "GET", "/open")).status == 200


async def test_a_request_for_another_host_takes_nothing() -> None:
    """A page elsewhere that names a wrong host for its visitors does not exhaust them."""
    app = make_app()
    for _ in range(6):
        assert (await ask(app, "GET", "/open", host="evil.test")).status == 400
    assert (await ask(app, "GET", "/open")).status == 200


@pytest.mark.parametrize("text", ["off", "0", "0/minute", "none", "unlimited", "-1/minute"])
def test_it_can_be_set_high_and_never_off(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"BUCKLER_CLIENT_LIMIT: .* is not a rate"):
        production(client_limit=text)
    assert production(client_limit="999999999/second").client_limit


async def test_an_ordinary_page_never_meets_it() -> None:
    """A thousand requests at once, and a hundred a second after them."""
    clock = FakeClock()
    app = make_app(clock, settings=production())
    for number in range(1400):
        if number >= 1000:
            clock.advance(0.011)
        assert (await ask(app, "GET", "/open", client=STRANGER)).status == 200
    assert [(await ask(app, "GET", "/open", client=STRANGER)).status for _ in range(100)].count(429) > 50


def test_that_newcomers_share_is_an_event(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    limit = ClientLimit(Rate(5, 60), clock, EventLog(clock), most_clients=256)
    for number in range(2000):
        limit.arrive(_from(f"203.0.{number >> 8}.{number & 255}"))
    found = [record.getMessage() for record in caplog.records]
    assert len(found) == 1
    assert '"event":"sys_counter_full"' in found[0]
    assert '"limit":"5/minute"' in found[0]


def _from(address: str) -> Exchange:
    exchange = Exchange.__new__(Exchange)
    exchange.client = address
    return exchange
