"""Requests of ours: where they may go, and what is taken for an answer. Attacks run on a plain httpx2 client too."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from buckler import ConfigurationError
from buckler.input.outbound import Outbound, OutboundError, OutboundFailed, OutboundRefused
from tests.clocks import FakeClock
from tests.input.outbound.spellings import READ_BY_THE_SYSTEM, SPELLINGS, WHOLE_URLS
from tests.input.outbound.test_resolving import Changing
from tests.input.outbound.upstream import Upstream, upstream
from tests.proof import two_sided_async

Open = Callable[[], httpx2.AsyncClient]
AUTHORITIES = httpx2.create_ssl_context(trust_env=False)


class Rates(BaseModel):
    rate: int


@pytest.fixture
async def other() -> AsyncIterator[Upstream]:
    async with upstream() as stub:
        yield stub


def ours(stub: Upstream, **given: Any) -> Outbound:
    """An agreement with the stub: the one host on loopback that is named, at its port."""
    settings = {"hosts": (), "allow_private": {"127.0.0.1"}, "schemes": {"http"}, "ports": {stub.port}}
    return Outbound(**{**settings, **given})


def stranger_s(stub: Upstream, **given: Any) -> Outbound:
    """An agreement that takes any public host, whose resolver leads every name to loopback."""
    settings = {"hosts": "public", "schemes": {"http", "https"}, "ports": {80, 443, stub.port}}
    return Outbound(**{**settings, "resolver": Changing(["127.0.0.1"]), **given})


def plain() -> httpx2.AsyncClient:
    """The twin: the library as it comes, without the environment's proxies."""
    return httpx2.AsyncClient(trust_env=False, timeout=5, verify=AUTHORITIES)


async def body_of(open_client: Open, url: str, **given: Any) -> bytes | None:
    """The body that was taken, or None where a request was refused or failed."""
    try:
        async with open_client() as client:
            return (await client.get(url, **given)).content
    except OutboundError:
        return None


async def code_of(asked: Awaitable[object]) -> str:
    """The code that refuses `asked`."""
    with pytest.raises(OutboundError) as refused:
        await asked
    return refused.value.code


@pytest.mark.asvs("1.3.6")
@pytest.mark.parametrize("spelling", READ_BY_THE_SYSTEM)
async def test_a_host_of_this_machine_is_not_reached(other: Upstream, spelling: str) -> None:
    """A plain client reaches it under all these names; of ours, no connection is ever seen."""

    async def attack(open_client: Open) -> bool:
        before = other.connections
        await body_of(open_client, f"http://{spelling}:{other.port}/ok")
        return other.connections > before

    await two_sided_async(attack, whole=stranger_s(other).client, twin=plain)


def test_the_table_of_spellings_is_long() -> None:
    """And none stands in it twice."""
    assert len(set(SPELLINGS)) == len(SPELLINGS) >= 200


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_reaches_anything(other: Upstream, spelling: str) -> None:
    """Each is refused as it is written, or for the address it leads to; loopback sees no connection."""
    outbound = stranger_s(other)
    for url in (f"http://{spelling}:{other.port}/ok", f"https://{spelling}/"):
        code = await code_of(outbound.fetch_json(url, Rates))
        assert code in {"url-malformed", "host-malformed", "address-not-public"}
    assert other.connections == 0


@pytest.mark.parametrize("url", WHOLE_URLS)
async def test_no_odd_url_reaches_anything(other: Upstream, url: str) -> None:
    """No other scheme, no missing host, no name before the host."""
    code = await code_of(stranger_s(other).fetch_json(url.replace(":80/", f":{other.port}/"), Rates))
    refusals = {"url-malformed", "scheme-not-allowed", "host-malformed", "credentials-in-url", "port-not-allowed"}
    assert code in refusals
    assert other.connections == 0


@pytest.mark.asvs("1.3.6", "13.2.4")
async def test_a_host_that_is_not_named_is_not_reached(other: Upstream) -> None:
    """Nor one whose name begins, ends or looks like one that is; the twin takes any public host."""
    names = ["partner.example.evil.example", "evil-partner.example", "xn--prtner-5fd.example", "127.0.0.1"]

    class AnyPublic:
        def client(self) -> httpx2.AsyncClient:
            return plain()

    async def attack(outbound: Any) -> bool:
        before = other.connections
        await body_of(outbound.client, f"http://127.0.0.1:{other.port}/ok")
        return other.connections > before

    partner = ours(other, hosts={"partner.example"}, allow_private=(), resolver=Changing(["127.0.0.1"]))
    await two_sided_async(attack, whole=partner, twin=AnyPublic())
    for name in names:
        assert await code_of(partner.fetch_json(f"http://{name}:{other.port}/ok", Rates)) == "host-not-allowed"
    assert await code_of(partner.fetch_json(f"http://PARTNER.example:{other.port}/", Rates)) == "address-not-public"


@pytest.mark.asvs("1.3.6")
async def test_a_scheme_or_port_that_is_not_named_is_refused(other: Upstream) -> None:
    """HTTPS at 443 unless others are named: what listens elsewhere on a host is not for us."""

    async def attack(open_client: Open) -> bool:
        before = other.connections
        await body_of(open_client, f"{other.url}/ok")
        return other.connections > before

    await two_sided_async(attack, whole=ours(other, ports=None).client, twin=plain)
    usual = Outbound(hosts="public", resolver=Changing(["127.0.0.1"]))
    assert await code_of(usual.fetch_json("http://api.example/", Rates)) == "scheme-not-allowed"
    assert await code_of(usual.fetch_json("https://api.example:8443/", Rates)) == "port-not-allowed"
    assert await code_of(usual.fetch_json("https://api.example/", Rates)) == "address-not-public"


@pytest.mark.asvs("15.3.2")
async def test_an_answer_that_leads_elsewhere_is_not_followed(other: Upstream) -> None:
    """Even by a client that was told to follow."""

    async def attack(open_client: Open) -> bool:
        other.heads.clear()
        await body_of(open_client, f"{other.url}/redirect", follow_redirects=True)
        return len(other.heads) > 1

    await two_sided_async(attack, whole=ours(other).client, twin=plain)
    assert await code_of(ours(other).fetch_json(f"{other.url}/redirect", Rates)) == "redirected"
    assert await code_of(ours(other).fetch_json(f"{other.url}/unchanged", Rates)) == "answer-status"


@pytest.mark.parametrize("path", ["/huge", "/bomb", "/bomb-in-two-lines"])
async def test_an_answer_without_measure_is_cut_off(other: Upstream, path: str) -> None:
    """6 MB in parts, 20 kB that unfold to 20 MB, and the same folded twice behind a second line that says otherwise."""

    async def attack(open_client: Open) -> bool:
        body = await body_of(open_client, other.url + path)
        return body is not None and len(body) > 5_000_000

    await two_sided_async(attack, whole=ours(other).client, twin=plain)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/huge", "answer-too-large"),
        ("/declared-huge", "answer-too-large"),
        ("/bomb", "answer-encoded"),
        ("/bomb-in-two-lines", "answer-encoded"),
        ("/no-gzip", "answer-encoded"),
        ("/crumbs", "answer-too-large"),
        ("/long-length", "broken-off"),
        ("/many-fields", "answer-head-too-large"),
        ("/long-field", "answer-head-too-large"),
        ("/upgrade", "broken-off"),
        ("/garbage", "broken-off"),
        ("/reset", "broken-off"),
        ("/missing", "answer-status"),
        ("/text", "answer-media-type"),
        ("/broken", "answer-malformed"),
        ("/twice", "answer-malformed"),
        ("/not-a-number", "answer-malformed"),
        ("/unfit", "answer-unfit"),
    ],
)
async def test_a_hostile_answer_is_refused(other: Upstream, path: str, code: str) -> None:
    """Each with its code; no word of the answer or of the URL is in what is raised, nor in its causes' chain."""
    with pytest.raises(OutboundError) as refused:
        await ours(other).fetch_json(f"{other.url}{path}?key=canary", Rates)
    assert refused.value.code == code
    assert "canary" not in repr(refused.value) + repr(refused.value.__cause__)


async def test_an_answer_that_changes_the_protocol_is_refused(other: Upstream) -> None:
    """Even where the request, with a header that a stranger chose, has asked for it."""
    asked = ours(other).fetch_json(f"{other.url}/upgrade", Rates, headers={"Connection": "Upgrade", "Upgrade": "chat"})
    assert await code_of(asked) == "answer-upgraded"


async def test_a_good_answer_is_handed_over(other: Upstream) -> None:
    """As the model; of any JSON media type."""
    for path in ("/ok", "/problem", "/empty-coding"):
        assert await ours(other).fetch_json(f"{other.url}{path}", Rates, headers={"X-Key": "1"}) == Rates(rate=3)
    assert "X-Key: 1" in other.heads[0]
    assert "Accept-Encoding: identity" in other.heads[0]
    async with ours(other).client() as client:
        async with client.stream("POST", f"{other.url}/ok", json={"a": 1}) as answer:
            assert await answer.aread() == b'{"rate": 3}'
        assert (
            await client.get(f"{other.url}/ok", headers={"Host": "elsewhere", "Accept-Encoding": "gzip"})
        ).is_success
    assert f"Host: 127.0.0.1:{other.port}" in other.heads[-1]
    assert "gzip" not in other.heads[-1]


async def test_an_answer_that_never_ends_is_left(other: Upstream) -> None:
    """A byte now and then keeps every read short; the time for the whole is over all the same."""
    clock = FakeClock()
    other.between = lambda: clock.advance(0.1)

    async def attack(open_client: Open) -> bool:
        body = await body_of(open_client, f"{other.url}/drip")
        return body is not None and len(body) > 399

    await two_sided_async(attack, whole=ours(other, clock=clock).client, twin=plain)
    assert await code_of(ours(other, clock=clock).fetch_json(f"{other.url}/drip", Rates)) == "too-slow"


async def test_a_server_that_says_nothing_is_left(other: Upstream) -> None:
    """By the machine's own clock."""
    assert await code_of(ours(other, seconds=0.05).fetch_json(f"{other.url}/silent", Rates)) == "too-slow"


async def test_a_time_that_is_over_before_the_first_step_is_over(other: Upstream) -> None:
    """A clock that ran on while we waited for our turn."""

    class Runs(FakeClock):
        def monotonic(self) -> float:
            self.advance(2)
            return super().monotonic()

    assert await code_of(ours(other, clock=Runs(), seconds=1).fetch_json(f"{other.url}/ok", Rates)) == "too-slow"
    assert other.connections == 0


@pytest.mark.asvs("4.2.5")
async def test_a_request_never_outgrows_its_receiver(other: Upstream) -> None:
    """A server that sets a cookie on each answer makes a plain client send more and more; ours sends none."""

    async def attack(open_client: Open) -> bool:
        async with open_client() as client:
            for _ in range(2):
                await client.get(f"{other.url}/cookie")
        return len(other.heads[-1]) > 3000

    await two_sided_async(attack, whole=ours(other).client, twin=plain)


@pytest.mark.asvs("4.2.5")
@pytest.mark.parametrize(
    ("path", "headers"),
    [("/ok?" + "a" * 4096, {}), ("/ok", {"Cookie": "a" * 4096}), ("/ok", {f"X-{n}": "a" * 1000 for n in range(9)})],
)
async def test_a_request_that_is_too_large_is_not_sent(other: Upstream, path: str, headers: dict[str, str]) -> None:
    """Address, one line, or all lines together."""

    async def attack(open_client: Open) -> bool:
        before = len(other.heads)
        await body_of(open_client, other.url + path, headers=headers)
        return len(other.heads) > before

    await two_sided_async(attack, whole=ours(other).client, twin=plain)
    assert await code_of(ours(other).fetch_json(other.url + path, Rates, headers=headers)) == "request-too-large"


async def test_nothing_of_the_environment_is_used(other: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names sees nothing of ours; a plain client goes through it."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, other.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def attack(open_client: Open) -> bool:
        before = other.connections
        await body_of(open_client, "http://partner.example/ok")
        return other.connections > before

    resolver = Changing(OSError())
    whole = Outbound(hosts={"partner.example"}, schemes={"http"}, resolver=resolver)
    await two_sided_async(attack, whole=whole.client, twin=httpx2.AsyncClient)


async def test_a_host_without_an_answer_is_a_failure(other: Upstream) -> None:
    """No address, or nobody at home."""
    nowhere = ours(other, allow_private={"nowhere.example"}, resolver=Changing(OSError()))
    assert await code_of(nowhere.fetch_json(f"http://nowhere.example:{other.port}/", Rates)) == "unresolved"
    async with upstream() as gone:
        outbound = ours(gone)
    with pytest.raises(OutboundFailed):
        await outbound.fetch_json(f"{gone.url}/ok", Rates)
    assert not issubclass(OutboundFailed, OutboundRefused)


@pytest.mark.parametrize(
    "given",
    [
        {"hosts": "partner.example"},
        {"hosts": {"https://partner.example"}},
        {"hosts": {"*.partner.example"}},
        {"hosts": {"partner.example."}},
        {"hosts": {"169.254.169.254"}},
        {"allow_private": {"0.0.0.0"}},
        {"allow_private": {"127.1"}},
        {"schemes": {"ftp"}},
        {"schemes": ()},
        {"ports": ()},
        {"ports": {0}},
        {"ports": {65536}},
        {"answer_bytes": 0},
        {"seconds": 0},
        {"seconds": 1e9},
    ],
    ids=str,
)
def test_an_agreement_that_cannot_hold_cannot_be_made(given: dict[str, Any]) -> None:
    """Each says what it is about."""
    with pytest.raises(ConfigurationError, match="Outbound"):
        Outbound(**{"hosts": "public", **given})


def test_a_machine_without_the_extra_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the agreement is made, not at the first request."""
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'buckler\[outbound\]'"):
        Outbound(hosts="public")
