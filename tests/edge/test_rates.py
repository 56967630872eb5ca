"""A limit holds in every window, forgets nobody whom it still limits, and says rightly when to return."""

from math import ceil
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler import ConfigurationError, Limit, Public, Requires
from buckler.edge.rates import EXACT_UP_TO, Counter, Rate, network_of
from tests.clocks import FakeClock
from tests.stage import protect
from tests.wire import ask

STEPS = st.lists(
    st.sampled_from([0.0, 0.25, 1.0, 3.5, 7.0, 29.75, 30.0, 59.75, 60.0, 60.25, 119.0, 600.0]), max_size=60
)


class Model:
    """The rule in its plainest form: at most `quota` passed in the `window` before now."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._passed: list[float] = []

    def wait(self, now: float) -> float:
        inside = [at for at in self._passed if at > now - self._rate.window]
        if len(inside) < self._rate.quota:
            self._passed.append(now)
            return 0.0
        return inside[-self._rate.quota] + self._rate.window - now


def passes(counter: Counter, clock: FakeClock, steps: list[float], key: str = "k") -> list[float]:
    """When each event passed."""
    passed = []
    for step in steps:
        clock.advance(step)
        if counter.hit(key) == 0:
            passed.append(clock.monotonic())
    return passed


def most_in_a_window(times: list[float], window: int) -> int:
    return max((sum(start <= at < start + window for at in times) for start in times), default=0)


@given(st.integers(1, EXACT_UP_TO), STEPS)
@settings(deadline=None, max_examples=150)
def test_a_small_limit_is_exactly_the_sliding_window(quota: int, steps: list[float]) -> None:
    """Event by event, to the second, as a model that remembers everything."""
    clock = FakeClock()
    rate = Rate(quota, 60)
    counter, model = Counter(rate, clock), Model(rate)
    for step in steps:
        clock.advance(step)
        assert counter.hit("k") == pytest.approx(model.wait(clock.monotonic()))


@given(st.integers(EXACT_UP_TO + 1, 40), STEPS, st.integers(1, 4))
@settings(deadline=None, max_examples=100)
def test_a_large_limit_passes_at_most_twice_its_quota_less_one(quota: int, steps: list[float], burst: int) -> None:
    """In any window (GCRA); and never less than what the quota promises to an idle caller."""
    clock = FakeClock()
    counter = Counter(Rate(quota, 60), clock)
    times = passes(counter, clock, [each for step in steps for each in (step, *([0.0] * 10 * burst))])
    assert most_in_a_window(times, 60) <= 2 * quota - 1
    clock.advance(60)
    assert len(passes(counter, clock, [0.0] * (quota + 5))) == quota


@given(st.sampled_from([1, 2, 5, 16, 17, 30, 100]), STEPS)
@settings(deadline=None, max_examples=100)
def test_after_the_wait_the_next_one_passes_and_not_before(quota: int, steps: list[float]) -> None:
    """`Retry-After` is rounded up to whole seconds, and is never more than a second too long."""
    clock = FakeClock()
    counter = Counter(Rate(quota, 60), clock)
    for step in steps:
        clock.advance(step)
        while (wait := counter.hit("k")) == 0:
            pass
        if wait > 0.01:
            clock.advance(wait - 0.01)
            assert counter.hit("k") > 0
            clock.advance(0.01 - wait + ceil(wait))
        else:
            clock.advance(ceil(wait))
        assert counter.hit("k") == 0


@pytest.mark.parametrize("quota", [3, 30])
def test_a_limited_key_is_never_pushed_out(quota: int) -> None:
    """However many other keys a stranger brings meanwhile, and however often one asks in vain."""
    clock = FakeClock()
    counter = Counter(Rate(quota, 60), clock)
    assert len(passes(counter, clock, [0.0] * quota)) == quota
    for second in range(int(60 / quota) - 1):
        clock.advance(1)
        for other in range(300):
            counter.hit(f"{second} {other}")
        assert counter.hit("k") > 0


@pytest.mark.parametrize("quota", [3, 30])
def test_memory_is_freed_after_two_windows(quota: int) -> None:
    """Keys that nobody uses any more do not stay: what a stranger fills, time empties."""
    clock = FakeClock()
    counter = Counter(Rate(quota, 60), clock)
    for generation in range(6):
        for number in range(5000):
            counter.hit(f"{generation} {number}")
        assert len(counter) <= 10_000
        clock.advance(60)


@pytest.mark.parametrize("quota", [1, 5, 17])
def test_keys_do_not_share(quota: int) -> None:
    """One client exhausted, another served."""
    clock = FakeClock()
    counter = Counter(Rate(quota, 60), clock)
    assert len(passes(counter, clock, [0.0] * 50, "a")) == quota
    assert len(passes(counter, clock, [0.0] * 50, "b")) == quota


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("fe80::1%other", "fe80::/64"),
        ("", "local"),
        ("testclient", "local"),
        ("garbage", "local"),
        ("203.0.113.9:80", "local"),
        ("[::1]", "local"),
        ("203.0.113.09", "local"),
        ("1.2.3.4, 5.6.7.8", "local"),
    ],
)
def test_a_client_is_its_network(client: str, name: str) -> None:
    """Whoever holds one IPv6 address holds its /64; what is no address is one client, never exempt."""
    assert network_of(client) == name


@pytest.mark.parametrize(
    "text", ["", "5", "5/", "/minute", "0/minute", "-1/minute", "05/minute", "5/fortnight", "5 / minute", "5/minutes"]
)
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a rate"):
        Limit(text)


@pytest.mark.parametrize(
    "text", ["1.5/minute", "1e3/minute", "9999999999/day", "5/MINUTE", "5/minute\n", "\u0665/minute"]
)
def test_nor_one_in_another_notation(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a rate"):
        Rate.parse(text)


def make_app(clock: FakeClock) -> FastAPI:
    app = FastAPI()
    shared = APIRouter(prefix="/shared", dependencies=[Public("a test"), Limit("3/minute")])
    shared.add_api_route("/a", lambda: "a")
    shared.add_api_route("/b", lambda: "b")
    app.include_router(shared)
    app.add_api_route("/two", lambda: "two", dependencies=[Public("a test"), Limit("2/minute"), Limit("3/hour")])
    app.add_api_route("/mine", lambda: "mine", dependencies=[Requires(), Limit("2/minute")])
    return protect(app, clock=clock)


async def statuses(app: Any, path: str, count: int, **given: Any) -> list[int]:
    return [(await ask(app, "GET", path, **given)).status for _ in range(count)]


async def test_one_limit_on_a_router_is_one_budget_for_its_routes() -> None:
    app = make_app(FakeClock())
    assert await statuses(app, "/shared/a", 2) == [200, 200]
    assert await statuses(app, "/shared/b", 2) == [200, 429]
    assert await statuses(app, "/shared/a", 1) == [429]


async def test_an_exhausted_client_takes_nothing_from_another() -> None:
    app = make_app(FakeClock())
    assert await statuses(app, "/shared/a", 4, client=("203.0.113.1", 1)) == [200, 200, 200, 429]
    assert await statuses(app, "/shared/a", 1, client=("203.0.113.1", 2)) == [429]
    assert await statuses(app, "/shared/a", 1, client=("203.0.113.2", 1)) == [200]


async def test_addresses_of_one_network_and_no_address_at_all_are_one_client() -> None:
    app = make_app(FakeClock())
    spellings = [("2001:db8::1", 1), ("2001:db8::2", 1), ("2001:db8::ffff:1", 1), ("2001:db8::3", 1)]
    assert [(await statuses(app, "/shared/a", 1, client=each))[0] for each in spellings] == [200, 200, 200, 429]
    assert await statuses(app, "/shared/a", 4, client=None) == [200, 200, 200, 429]
    assert await statuses(app, "/shared/a", 1, client=("garbage", 1)) == [429]


async def test_a_client_cannot_say_where_it_comes_from() -> None:
    app = make_app(FakeClock())
    for number in range(3):
        await ask(app, "GET", "/shared/a", headers=[("x-forwarded-for", f"10.0.0.{number}")])
    fields = [("x-forwarded-for", "10.9.9.9"), ("forwarded", "for=10.9.9.9"), ("x-real-ip", "10.9.9.9")]
    assert (await ask(app, "GET", "/shared/a", headers=fields)).status == 429


async def test_an_account_has_its_own_budget_wherever_it_comes_from() -> None:
    """Strangers at the same address neither spend it nor have theirs spent."""
    app = make_app(FakeClock())
    assert await statuses(app, "/mine", 3) == [401, 401, 429]
    assert await statuses(app, "/mine", 1, token="alice", client=("203.0.113.1", 1)) == [200]
    assert await statuses(app, "/mine", 2, token="alice") == [200, 429]
    assert await statuses(app, "/mine", 1, token="bob") == [200]


async def test_guessing_tokens_is_counted() -> None:
    app = make_app(FakeClock())
    guesses = [(await ask(app, "GET", "/mine", token=f"guess {number}")).status for number in range(3)]
    assert guesses == [401, 401, 429]


async def test_retry_after_is_right_to_the_second() -> None:
    clock = FakeClock()
    app = make_app(clock)
    await ask(app, "GET", "/two")
    clock.advance(20.5)
    await ask(app, "GET", "/two")
    refused = await ask(app, "GET", "/two")
    assert (refused.status, refused.code, refused.header("retry-after")) == (429, "limited", "40")
    clock.advance(39)
    assert (await ask(app, "GET", "/two")).header("retry-after") == "1"
    clock.advance(1)
    assert (await ask(app, "GET", "/two")).status == 200


async def test_a_refused_request_spends_nothing_of_another_limit() -> None:
    """Else a client that asks again too early would lose its hour to a limit of a minute."""
    clock = FakeClock()
    app = make_app(clock)
    assert await statuses(app, "/two", 9) == [200, 200, 429, 429, 429, 429, 429, 429, 429]
    clock.advance(60)
    assert await statuses(app, "/two", 2) == [200, 429]


@given(st.sampled_from([1, 2, 5, 16, 17, 30]), STEPS)
@settings(deadline=None, max_examples=60)
def test_looking_ahead_says_what_a_hit_would(quota: int, steps: list[float]) -> None:
    """And counts nothing."""
    clock = FakeClock()
    counter = Counter(Rate(quota, 60), clock)
    for step in steps:
        clock.advance(step)
        for _ in range(quota // 2 + 1):
            expected = counter.wait("k")
            assert counter.wait("k") == expected
            assert counter.hit("k") == pytest.approx(expected, abs=1e-6)


async def test_the_longest_wait_of_several_limits_is_told() -> None:
    clock = FakeClock()
    app = make_app(clock)
    for _ in range(3):
        assert (await ask(app, "GET", "/two")).status == 200
        clock.advance(60)
    assert (await ask(app, "GET", "/two")).header("retry-after") == str(3600 - 180)
