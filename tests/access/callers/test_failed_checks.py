"""Tokens that fail too often are not looked at any more; everybody else is."""

import asyncio
import json

import pytest
from fastapi import FastAPI

from buckler import Authenticator, ConfigurationError, Principal, Public, Requires, Settings
from buckler.access.callers.authenticator import NotAccepted
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.twins.twin import Twin
from tests.waiting import wait_until_async
from tests.wire import Answer, ask

ALICE = Principal("alice", "alice", permissions=frozenset({"a:x"}))
LIMIT = "10/minute"


class Memory(Authenticator):
    """Knows one token, remembers it once it was checked, and counts its checks."""

    def __init__(self) -> None:
        self.checks = 0
        self.remembered: set[bytes] = set()
        self.withdrawn: list[bytes] = []

    def recall(self, token: bytes) -> Principal | None:
        return ALICE if token in self.remembered else None

    async def authenticate(self, token: bytes) -> Principal | None:
        self.checks += 1
        if token == b"odd":
            raise NotAccepted("it is odd\r\n\x1b[2J")
        if token != b"good":
            return None
        self.remembered.add(token)
        return ALICE

    async def withdraw(self, token: bytes) -> None:
        self.withdrawn.append(token)


class Site:
    """An app, its authenticator and its clock."""

    def __init__(self, *, without: str | None = None, memory: Memory | None = None, limit: str = LIMIT) -> None:
        self.memory = memory or Memory()
        self.clock = FakeClock()
        self.app = FastAPI()
        self.app.add_api_route("/mine", lambda: "mine", dependencies=[Requires("a:x")])
        self.app.add_api_route("/open", lambda: "open", dependencies=[Public("a test")])
        settings = production(failed_checks_limit=limit)
        if without is None:
            protect(self.app, settings=settings, authenticator=self.memory, clock=self.clock)
        else:
            Twin(self.app, without=without, settings=settings, authenticator=self.memory, clock=self.clock)

    async def ask(self, token: str | None, path: str = "/mine", *, client: str = "203.0.113.9", **more: str) -> Answer:
        return await ask(self.app, "GET", path, token=token, client=(client, 1), **more)

    async def guess(self, times: int, **more: str) -> list[int]:
        return [(await self.ask(f"guess-{number}", **more)).status for number in range(times)]


@pytest.mark.asvs("2.4.1")
async def test_a_flood_of_guesses_is_not_checked_beyond_the_budget() -> None:
    """The work is what an attacker buys with each guess: a signature, or a look into a store."""

    async def attack(site: Site) -> bool:
        await site.guess(200)
        return site.memory.checks > 10

    await two_sided_async(attack, whole=Site(), twin=Site(without="failed-checks"))


async def test_the_refusal_says_when_to_come_again() -> None:
    """In whole seconds; then it is so."""
    site = Site()
    assert await site.guess(12) == [401] * 10 + [429] * 2
    answer = await site.ask("guess")
    assert answer.code == "failed-checks"
    wait = int(answer.header("retry-after") or 0)
    assert 1 <= wait <= 60
    site.clock.advance(wait)
    assert (await site.ask("good")).status == 200


async def test_who_was_known_before_passes() -> None:
    """A stranger behind the same address signs nobody out."""
    site = Site()
    await site.ask("good")
    await site.guess(50)
    assert (await site.ask("good")).status == 200


async def test_another_network_is_not_held_up() -> None:
    """One /64 is one network."""
    site = Site()
    await site.guess(50, client="2001:db8::1")
    assert (await site.ask("good", client="2001:db8::2")).status == 429
    assert (await site.ask("good", client="2001:db8:0:1::1")).status == 200


async def test_who_shows_no_token_passes() -> None:
    """Nothing would be checked."""
    site = Site()
    await site.guess(50)
    assert (await site.ask(None, "/open")).status == 200
    assert (await ask(site.app, "GET", "/open", headers=[("authorization", "Basic eA==")])).status == 200
    assert (await site.ask(None)).status == 401


async def test_a_public_route_waits_too_where_a_token_comes_along() -> None:
    """At the edge no route is known yet; the page says so."""
    site = Site()
    assert (await site.ask("bad", "/open")).status == 200
    await site.guess(50)
    assert (await site.ask("bad", "/open")).status == 429


async def test_good_tokens_cost_nothing_of_the_budget() -> None:
    site = Site()
    for _ in range(30):
        site.memory.remembered.clear()
        assert (await site.ask("good")).status == 200
    assert (await site.ask("bad")).status == 401


async def test_tokens_that_crossed_in_clear_are_under_the_same_budget() -> None:
    """One request over plain HTTP carries up to four; the good one that is remembered is ended all the same."""
    site = Site()
    await site.ask("good")
    before = site.memory.checks
    for number in range(20):
        tokens = f"Bearer {number}a {number}b {number}c {number}d"
        await ask(
            site.app, "GET", "/mine", headers=[("authorization", tokens)], client=("203.0.113.9", 1), scheme="http"
        )
    assert site.memory.checks - before == 10
    await site.ask("good", scheme="http")
    assert site.memory.withdrawn == [b"good"]


async def test_a_new_token_that_crossed_in_clear_is_ended() -> None:
    site = Site()
    await site.ask("good", scheme="http")
    assert site.memory.withdrawn == [b"good"]


async def test_a_bad_token_is_one_event_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    """On one line, whatever an authenticator says."""
    await Site().ask("odd")
    lines = [record.getMessage() for record in caplog.records if "authn_token_invalid" in record.getMessage()]
    assert len(lines) == 1
    event = json.loads(lines[0])
    assert (event["refusal"], event["reason"]) == ("invalid-token", "it is odd\\u000d\\u000a\\u001b[2J")


async def test_the_budget_is_told_as_an_event(caplog: pytest.LogCaptureFixture) -> None:
    await Site().guess(11)
    assert '"event":"excess_rate_limit_exceeded"' in caplog.text
    assert '"refusal":"failed-checks"' in caplog.text


async def test_a_day_later_nothing_is_held() -> None:
    """The watch over every request ends with the last failure that counts."""
    site = Site()
    await site.guess(50)
    site.clock.advance(86_400)
    assert (await site.ask("good")).status == 200
    assert (await site.guess(12)) == [401] * 10 + [429] * 2


@pytest.mark.parametrize("text", ["", "often", "0/minute", "-1/minute"])
def test_a_limit_that_is_no_rate_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"BUCKLER_FAILED_CHECKS_LIMIT.*is not a rate"):
        production(failed_checks_limit=text)


def test_the_limit_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKLER_FAILED_CHECKS_LIMIT", "7/minute")
    assert Settings.load(origin="https://api.example.test").failed_checks_limit == "7/minute"


class Slow(Memory):
    """Checks that wait for something, as those in a store do, until the test says go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    def recall(self, token: bytes) -> Principal | None:
        return super().recall(token) if self.go.is_set() else None

    async def authenticate(self, token: bytes) -> Principal | None:
        principal = await super().authenticate(token)
        await self.go.wait()
        return principal


async def test_guesses_side_by_side_are_no_cheaper() -> None:
    """A check that has not ended counts as failed; once all have, as many good ones as ever are taken."""

    async def attack(site: Site) -> bool:
        slow = site.memory
        assert isinstance(slow, Slow)
        guesses = [asyncio.create_task(site.ask(f"guess-{number}")) for number in range(100)]
        await wait_until_async(lambda: slow.checks >= 10)
        for _ in range(10):
            await asyncio.sleep(0)
        slow.go.set()
        statuses = [(await guess).status for guess in guesses]
        assert statuses.count(401) + statuses.count(429) == 100
        return slow.checks > 10

    await two_sided_async(attack, whole=Site(memory=Slow()), twin=Site(memory=Slow(), limit="1000/minute"))


async def test_good_tokens_side_by_side_pass() -> None:
    """Within the budget; and nothing is left of them afterwards."""
    slow = Slow()
    site = Site(memory=slow)
    asked = [asyncio.create_task(site.ask("good")) for _ in range(10)]
    await wait_until_async(lambda: slow.checks >= 10)
    slow.go.set()
    assert [(await each).status for each in asked] == [200] * 10
    assert (await site.ask("good")).status == 200
