"""Without a proxy of ours no forwarding field is believed, nor a server that believed one."""

import json
import time
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler import Buckler, ConfigurationError, Public, direct
from buckler.asgi import Exchange
from buckler.clock import SystemClock
from buckler.edge.client_address import ClientAddress
from buckler.events import EventLog
from buckler.identity.owners.registration import is_loopback
from tests.edge.test_client_address import (
    CLIENT,
    FORGED,
    INSIDE,
    ONE,
    PEER,
    TWO,
    chain,
    client_of,
    look,
    make_app,
    resolve,
)
from tests.stage import development, production
from tests.wire import ask


async def test_an_address_that_the_server_took_from_the_field_buys_nothing() -> None:
    """uvicorn, where nobody told it otherwise, believes a peer on its own machine: all such are one client."""
    app = make_app(direct())
    statuses = [(await look(app, chain(f"1.2.3.{n}"), f"1.2.3.{n}", port=0)).status for n in range(4)]
    assert statuses == [200, 200, 429, 429]
    for n, (written, peer) in enumerate(TAKEN):
        answer = await look(app, chain(f"{FORGED}, {written}"), peer, port=0)
        assert (n, answer.status) == (n, 429)
    assert (await look(app, chain("1.2.3.9"), "198.51.100.1")).status == 200


TAKEN = [
    ("1.2.3.4", "1.2.3.4"),
    (" 1.2.3.4\t, 10.0.0.1", "1.2.3.4"),
    ("[2001:db8::9]", "2001:db8::9"),
    ("[2001:db8::9]:0", "2001:db8::9"),
    ("[2001:db8::9]:x", "2001:db8::9"),
    ("1.2.3.4:44", "1.2.3.4:44"),
    ("no address at all", "no address at all"),
    ("caf\xe9", "caf\xe9"),
]
"""What stands in the field, and what servers of several ages make of it, with port 0."""


@pytest.mark.parametrize(
    ("written", "port"), [("1.2.3.4:44", 44), ("[1.2.3.4]:44", 44), ("1.2.3.4: 4_4", 44), ("x, 1.2.3.4:+44 ,y", 44)]
)
async def test_a_peer_that_names_its_own_port_is_nobody_in_particular(
    written: str, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A server may have taken both from there, or a stranger may have written its own: 400 for either."""
    answer = await look(make_app(direct()), chain(written), "1.2.3.4", port=port)
    assert (answer.status, answer.code) == (400, "client-unclear")
    event = json.loads(caplog.records[-1].message)
    assert event["client"] == "1.2.3.4"
    assert "--no-proxy-headers" in event["remedy"]


@pytest.mark.parametrize("written", ["203.0.113.7", "203.0.113.7:44", "[203.0.113.7]", "x, 203.0.113.7, y"])
async def test_a_stranger_that_names_itself_has_no_second_budget(written: str) -> None:
    """A real peer has a port, and is who it is, whatever it writes."""
    app = make_app(direct())
    statuses = [(await look(app, [], "203.0.113.7")).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await look(app, chain(written), "203.0.113.7")).status == 429


async def test_addresses_are_compared_whole() -> None:
    """1.2.3.4 stands in 11.2.3.40, and is not meant."""
    app = make_app(direct())
    for port in (0, 5000):
        answer = await look(app, chain("11.2.3.40, 1.2.3.4.example, x1.2.3.4"), "1.2.3.4", port=port)
        assert json.loads(answer.body)["client"] == "1.2.3.4"


async def test_who_was_written_over_has_a_budget_apart_from_a_unix_sockets() -> None:
    app = make_app(direct())
    assert [(await look(app, [], None)).status for _ in range(3)] == [200, 200, 429]
    assert (await look(app, chain("1.2.3.4"), "1.2.3.4", port=0)).status == 200


async def test_what_was_claimed_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever reads it knows that nobody vouches for it."""
    app = make_app(direct())
    for _ in range(3):
        await look(app, chain("1.2.3.4\u00e9"), "1.2.3.4\u00e9", port=0)
    event = json.loads(caplog.records[-1].message)
    assert (event["event"], event["client"]) == ("excess_rate_limit_exceeded", "unknown")
    assert event["claimed"].startswith("1.2.3.4")


async def test_a_field_of_64_kb_costs_little() -> None:
    """Each entry is looked at once, and only where it holds the peer's address."""
    app = make_app(direct())
    line = ",".join(f"1.2.3.4:{n}" for n in range(5000))
    started = time.process_time()
    await look(app, chain(line), "1.2.3.4", port=7000)
    assert time.process_time() - started < 1


async def test_such_a_client_is_not_on_this_machine() -> None:
    """A development server behind a tunnel is not open to whoever says that it is here."""
    app = make_app(direct(), settings=development())
    answer = await ask(
        app, "GET", "/", client=("127.0.0.1", 0), headers=chain("127.0.0.1"), scheme="http", host="localhost"
    )
    assert answer.code == "development-only"
    here = await ask(
        app, "GET", "/", client=("127.0.0.1", 5), headers=chain("10.1.1.1"), scheme="http", host="localhost"
    )
    assert here.status == 200
    assert not is_loopback("unknown")


async def test_what_is_ignored_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Each with its remedy; a stranger cannot fill the log with it."""
    app = make_app(direct())
    for n in range(3):
        await look(app, chain(CLIENT), f"192.0.2.{n}")
        await look(app, chain(f"1.2.3.{n}"), f"1.2.3.{n}", port=0)
    told = [json.loads(each.message) for each in caplog.records if "sys_forwarding_ignored" in each.message]
    assert len(told) == 2
    assert "BUCKLER_BEHIND=1" in told[0]["remedy"]
    assert "--no-proxy-headers" in told[1]["remedy"]


def test_an_edge_inside_another_leaves_the_client_as_it_is() -> None:
    """Its scope tells who was found; reading the fields again could only find somebody else."""
    scope: dict[str, Any] = {"type": "http", "headers": [(b"x-forwarded-for", CLIENT.encode())], "client": (PEER, 1)}
    exchange = Exchange({**scope, "method": "GET", "scheme": "http"}, None)
    ClientAddress(ONE, EventLog(SystemClock())).arrive(exchange)
    for proxies in (direct(), INSIDE, ONE, TWO):
        again = Exchange(exchange.scope, None)
        assert ClientAddress(proxies, EventLog(SystemClock())).arrive(again) is None
        assert again.client == CLIENT


@settings(deadline=None)
@given(left=st.lists(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40), max_size=6))
def test_nothing_on_the_left_changes_the_identity(left: list[str]) -> None:
    """By hops and by networks, in either field, in one line or several."""
    via = f"{CLIENT}, 10.0.0.8"
    elements = f'for="{CLIENT}:1";proto=https, for=10.0.0.8'
    for proxies in (TWO, INSIDE):
        for lines in ([*left, via], [", ".join([*left, via])]):
            assert client_of(proxies, chain(*lines)) == CLIENT
        for lines in ([*left, elements], [", ".join([*left, elements])]):
            found = resolve(proxies, chain(*lines, name="forwarded"))
            assert isinstance(found, Exchange)
            assert (found.client, found.is_secure) == (CLIENT, True)
        several = [*chain(via), *chain(", ".join([*left, "https", "https"]), name="x-forwarded-proto")]
        found = resolve(proxies, several)
        assert isinstance(found, Exchange)
        assert found.is_secure


def test_the_code_wins_over_the_setting() -> None:
    app = FastAPI()
    app.add_api_route("/", lambda: "ok", dependencies=[Public("a test")])
    with pytest.raises(ConfigurationError, match="write direct"):
        Buckler(app, settings=production(), client_address="10.0.0.1")  # type: ignore[arg-type]


async def test_the_setting_holds_where_the_code_says_nothing() -> None:
    """`BUCKLER_BEHIND=1` is `behind(hops=1)`."""
    app = make_app(None, settings=production(behind="1"))  # type: ignore[arg-type]
    assert json.loads((await look(app, chain(CLIENT))).body)["client"] == CLIENT
    overruled = make_app(direct(), settings=production(behind="1"))
    assert json.loads((await look(overruled, chain(CLIENT))).body)["client"] == PEER
