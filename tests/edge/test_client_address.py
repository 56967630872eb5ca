"""Who the client is: one answer, wherever it is used, and never one that a stranger chose."""

import json
import logging
from collections.abc import Iterable
from typing import Any

import pytest
from fastapi import FastAPI, Request, WebSocket

from buckler import Limit, Public, behind, direct
from buckler.asgi import Exchange
from buckler.clock import SystemClock
from buckler.edge.client_address import UNCLEAR, ClientAddress
from buckler.edge.proxies import Proxies
from buckler.events import EventLog
from tests.stage import protect
from tests.wire import HOST, Answer, Fields, ask, knock

PEER = "10.0.0.7"
CLIENT = "203.0.113.9"
FORGED = "198.51.100.66"
ONE, TWO = behind(hops=1), behind(hops=2)
INSIDE = behind(networks=("10.0.0.0/8", "fd00::/8"))


def make_app(proxies: Proxies = ONE, **given: Any) -> FastAPI:
    """An app that tells what its own code sees of the client."""
    app = FastAPI()

    @app.get("/", dependencies=[Public("a test"), Limit("2/minute")], name="root")
    async def root(request: Request) -> dict[str, str | None]:
        seen = request.client.host if request.client else None
        return {"client": seen, "scheme": request.url.scheme, "url": str(request.url_for("root"))}

    @app.websocket("/socket", dependencies=[Public("a test")])
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json({"client": websocket.client and websocket.client.host, "to": websocket.url.scheme})
        await websocket.close()

    return protect(app, client_address=proxies, **given)


async def look(
    app: FastAPI, fields: Fields, peer: str | None = PEER, scheme: str = "https", port: int = 5000
) -> Answer:
    return await ask(app, "GET", "/", headers=fields, client=(peer, port) if peer is not None else None, scheme=scheme)


def resolve(proxies: Proxies, fields: Iterable[tuple[str, str]], peer: str | None = PEER) -> Exchange | str:
    """What the defence makes of a head: the exchange, or the reason why it refuses."""
    headers = [(name.encode(), value.encode("latin-1")) for name, value in fields]
    client = (peer, 5000) if peer is not None else None
    exchange = Exchange({"type": "http", "headers": headers, "client": client, "scheme": "http", "method": "GET"}, None)
    refusal = ClientAddress(proxies, EventLog(SystemClock())).arrive(exchange)
    assert refusal in (None, UNCLEAR)
    return str(exchange.reason) if refusal else exchange


def client_of(proxies: Proxies, fields: Iterable[tuple[str, str]], peer: str | None = PEER) -> str | None:
    """The identity; None where it is refused."""
    found = resolve(proxies, fields, peer)
    return found.client if isinstance(found, Exchange) else None


def chain(*values: str, name: str = "x-forwarded-for") -> list[tuple[str, str]]:
    return [(name, value) for value in values]


SPELLINGS = [
    (CLIENT, CLIENT),
    (f"{CLIENT}:4711", CLIENT),
    (f"  {CLIENT}\t", CLIENT),
    (f"[{CLIENT}]", CLIENT),
    (f"::ffff:{CLIENT}", CLIENT),
    (f"[::FFFF:{CLIENT}]:80", CLIENT),
    ("2001:DB8::0:9", "2001:db8::9"),
    ("[2001:db8::9]", "2001:db8::9"),
    ("[2001:db8:0:0::9]:443", "2001:db8::9"),
    ("fe80::9%eth0", "fe80::9"),
    ("[fe80::9%25eth0]:1", "fe80::9"),
]
NO_ADDRESSES = [
    *("", "unknown", "_hidden", "unix:", "localhost", "203.0.113.09", "203.0.113", "203.0.113.9:port", "[203.0.113.9"),
    *("203.0.113.9]", "[2001:db8::9]x", "2001:db8::9]:80", "203.0.113.9 198.51.100.1", '"203.0.113.9"', "0xcb007109"),
    *("203.0.113.9;x", "203.0.113.9/32", "-", "203.0.113.9\xa0", "2" * 100, "[]", ":80", "203.0.113.9:999999"),
]


@pytest.mark.parametrize(("written", "address"), SPELLINGS)
@pytest.mark.parametrize("left", ["", f"{FORGED}, ", "garbage,,\xff, ", "10.0.0.1, "])
def test_every_spelling_is_one_identity(written: str, address: str, left: str) -> None:
    """Behind one proxy and two, by hops and by networks, whatever stands further left."""
    assert client_of(ONE, chain(f"{left}{written}")) == address
    assert client_of(TWO, chain(f"{left}{written}, 10.0.0.8")) == address
    assert client_of(INSIDE, chain(f"{left}{written}")) == address
    assert client_of(INSIDE, chain(f"{left}{written}, 10.0.0.8, 10.0.0.9:80")) == address
    assert client_of(direct(), chain(f"{left}{written}")) == PEER


@pytest.mark.parametrize("written", NO_ADDRESSES)
def test_what_is_no_address_is_refused_where_it_matters(written: str) -> None:
    """And is nobody's business further left."""
    for proxies in (ONE, INSIDE):
        assert client_of(proxies, chain(written)) is None
        assert client_of(proxies, chain(f"{CLIENT}, {written}")) is None
        assert client_of(proxies, chain(f"{written}, {CLIENT}")) == CLIENT
    assert client_of(TWO, chain(f"{CLIENT}, {written}, 10.0.0.8")) is None
    assert client_of(TWO, chain(f"{CLIENT}, {written}")) == CLIENT


@pytest.mark.parametrize(
    "lines",
    [
        [f"{FORGED}, {CLIENT}, 10.0.0.8"],
        [FORGED, f"{CLIENT}, 10.0.0.8"],
        [f"{FORGED}, {CLIENT}", "10.0.0.8"],
        [FORGED, CLIENT, "10.0.0.8"],
    ],
)
def test_repeated_lines_are_one_list_in_their_order(lines: list[str]) -> None:
    """RFC 9110 section 5.2."""
    assert client_of(TWO, chain(*lines)) == CLIENT
    assert client_of(ONE, chain(*lines)) == "10.0.0.8"
    assert client_of(INSIDE, chain(*lines)) == CLIENT


@pytest.mark.parametrize(
    "fields", [[], chain(CLIENT), chain(CLIENT, name="x_forwarded_for"), chain(CLIENT, name="x-real-ip")]
)
def test_fewer_addresses_than_proxies_are_refused(fields: Fields) -> None:
    """Such a request came past a proxy. Other names, or underscores, stand for nothing."""
    assert client_of(TWO, fields) is None  # type: ignore[arg-type]


def test_an_underscore_adds_nothing() -> None:
    both = [*chain(CLIENT), *chain(FORGED, name="x_forwarded_for")]
    assert client_of(ONE, both) == CLIENT
    assert client_of(TWO, both) is None


def test_a_peer_outside_the_networks_is_direct() -> None:
    """Whatever it claims."""
    for peer in ("198.51.100.1", "::ffff:198.51.100.1", "fe80::1", "11.0.0.1"):
        assert client_of(INSIDE, [*chain(CLIENT), *chain("https", name="x-forwarded-proto")], peer) == peer
    for peer in ("10.255.255.255", "::ffff:10.0.0.1", "fd00::1%eth0"):
        assert client_of(INSIDE, chain(CLIENT), peer) == CLIENT


def test_a_proxy_that_forwards_for_nobody_is_the_client() -> None:
    """A health check by the balancer itself; by hops nobody can tell it from one that came past the proxy."""
    assert client_of(INSIDE, []) == PEER
    assert client_of(ONE, []) is None


def test_a_client_in_our_own_networks() -> None:
    """Where every hop is one of ours, the first of them asked."""
    assert client_of(INSIDE, chain("10.1.1.1, 10.0.0.8")) == "10.1.1.1"


def test_a_chain_without_end_is_not_followed() -> None:
    assert client_of(INSIDE, chain(", ".join([CLIENT, *["10.0.0.8"] * 9]))) == CLIENT
    assert client_of(INSIDE, chain(", ".join([CLIENT, *["10.0.0.8"] * 10]))) is None
    assert client_of(INSIDE, chain(", ".join(["10.0.0.8"] * 5000))) is None


def test_a_unix_socket() -> None:
    """A proxy may be on it; a client on it is one client, like all others there."""
    assert client_of(ONE, chain(CLIENT), None) == CLIENT
    assert client_of(ONE, [], None) is None
    assert client_of(direct(), chain(CLIENT), None) == ""
    assert client_of(INSIDE, chain(CLIENT), None) == ""


@pytest.mark.parametrize("field", ["x-forwarded-host", "forwarded"])
async def test_a_forwarded_host_must_be_ours(field: str) -> None:
    """Just as `Host` must, and beside it."""
    value = "{}" if field != "forwarded" else f'for={CLIENT};proto=https;host="{{}}"'
    via = [*chain(CLIENT), ("x-forwarded-proto", "https")]
    app = make_app()
    for host in (HOST, f"{HOST.upper()}:8443"):
        assert (await look(app, [*via, (field, value.format(host))])).status == 200
        app = make_app()
    for host in ("evil.test", f"{HOST}.evil.test", f"{HOST}@evil.test", ""):
        answer = await look(app, [*via, (field, value.format(host))])
        code = "hosts-differ" if host.endswith(".test") and "@" not in host else "host-malformed"
        assert (answer.status, answer.code) == (400, code)
    if field == "x-forwarded-host":
        assert (await look(app, [*via, (field, f"evil.test, {HOST}")])).status == 200
        assert (await look(app, [*via, (field, f"{HOST}, evil.test")])).status == 400
    assert (await ask(app, "GET", "/", host="evil.test", headers=[*via, (field, value.format(HOST))])).status == 400


async def test_the_same_identity_everywhere(caplog: pytest.LogCaptureFixture) -> None:
    """In the app's own request and its links, in the limit's key and in the log."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = make_app(TWO)
    for left, peer in ((FORGED, PEER), ("garbage", None), (f"{CLIENT}, {CLIENT}", "10.9.9.9")):
        fields = [*chain(f"{left}, [::ffff:{CLIENT}]:1", "10.0.0.8"), ("x-forwarded-proto", "https")]
        answer = await look(app, fields, peer, "http")
        if answer.status == 200:
            assert json.loads(answer.body) == {"client": CLIENT, "scheme": "https", "url": f"https://{HOST}/"}
            assert answer.header("strict-transport-security")
    assert answer.status == 429
    (event,) = [json.loads(each.message) for each in caplog.records if "excess_rate" in each.message]
    assert event["client"] == CLIENT
    assert (await look(app, [*chain("203.0.113.10, 10.0.0.8"), ("x-forwarded-proto", "https")])).status == 200


async def test_a_websocket_has_the_same() -> None:
    fields = [*chain(f"{FORGED}, {CLIENT}"), ("x-forwarded-proto", "https")]
    knocked = await knock(make_app(), "/socket", headers=fields, scheme="ws", client=(PEER, 1))
    assert json.loads(knocked.messages[1]["text"]) == {"client": CLIENT, "to": "wss"}
    plain = await knock(make_app(), "/socket", headers=chain(CLIENT), scheme="ws", client=(PEER, 1))
    assert not plain.accepted


async def test_a_refusal_names_the_reason_in_the_log_and_ends_no_token(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody can say over what such a request came, so its token does not count as exposed."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = make_app()
    answer = await ask(app, "GET", "/", token="alice", scheme="http", client=(PEER, 1))
    assert (answer.status, answer.code, answer.received) == (400, "client-unclear", 0)
    event = json.loads(caplog.records[-1].message)
    assert (event["event"], event["reason"], event["client"]) == (
        "sys_request_refused",
        "no address was forwarded",
        PEER,
    )
