"""A limit holds in every window, forgets nobody whom it still limits, and says rightly when to return."""

import asyncio
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler.edge.counting import Counter, counter_of
from buckler.edge.rates import EXACT_UP_TO, Rate
from tests.clocks import FakeClock

STEPS = st.lists(
    st.sampled_from([0.0, 0.25, 1.0, 3.5, 7.0, 29.75, 30.0, 59.75, 60.0, 60.25, 119.0, 600.0]), max_size=60
)
RATES = st.builds(
    lambda quota, window, burst: Rate(quota, window, min(burst, quota) if burst else None),
    st.integers(1, 40),
    st.sampled_from([1, 7, 60]),
    st.sampled_from([None, None, 1, 3, 20]),
)
EVENTS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0, 6.75, 7.0, 59.5]), st.integers(1, 5)), max_size=80
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


def bound(rate: Rate) -> int:
    """What the documentation promises: the most that passes in any window."""
    return rate.quota if rate.exact else rate.at_once + rate.quota - 1


def passes(counter: Counter, clock: FakeClock, steps: list[float], key: str = "k") -> list[float]:
    """When each event passed."""
    passed = []
    for step in steps:
        clock.advance(step)
        if counter.hit(key) == 0:
            passed.append(clock.monotonic())
    return passed


def most_in_a_window(times: list[tuple[float, int]], window: int) -> int:
    return max((sum(cost for at, cost in times if start <= at < start + window) for start, _ in times), default=0)


@given(st.integers(1, EXACT_UP_TO), STEPS)
@settings(deadline=None, max_examples=150)
def test_a_small_limit_is_exactly_the_sliding_window(quota: int, steps: list[float]) -> None:
    """Event by event, to the second, as a model that remembers everything."""
    clock = FakeClock()
    rate = Rate(quota, 60)
    counter, model = counter_of(rate, clock), Model(rate)
    for step in steps:
        clock.advance(step)
        assert counter.hit("k") == pytest.approx(model.wait(clock.monotonic()))


@given(RATES, EVENTS)
@settings(deadline=None, max_examples=300)
def test_no_window_holds_more_than_the_bound(rate: Rate, events: list[tuple[float, int]]) -> None:
    """For any rate, burst, cost and times of arrival: n exactly, b+n-1 with a burst, 2n-1 without."""
    clock = FakeClock()
    counter = counter_of(rate, clock)
    passed = []
    for step, wanted in events:
        clock.advance(step)
        cost = min(wanted, rate.at_once)
        if counter.hit("k", cost) == 0:
            passed.append((clock.monotonic(), cost))
    assert most_in_a_window(passed, rate.window) <= bound(rate)


@pytest.mark.parametrize("rate", [Rate(5, 60), Rate(100, 60), Rate(100, 60, 20), Rate(60, 60, 1)], ids=str)
def test_the_bound_is_reached_and_the_promise_kept(rate: Rate) -> None:
    """Whoever asks without end gets all that was promised, and an idle caller the whole burst at once."""
    clock = FakeClock()
    counter = counter_of(rate, clock)
    assert len(passes(counter, clock, [0.0] * 200)) == rate.at_once
    clock.advance(10 * rate.window)
    times = [(at, 1) for at in passes(counter, clock, [0.0] * 200 + [0.125] * 480)]
    assert most_in_a_window(times, rate.window) == bound(rate)


@given(RATES, EVENTS)
@settings(deadline=None, max_examples=200)
def test_what_is_left_and_when_more_comes_agree_with_what_then_happens(
    rate: Rate, events: list[tuple[float, int]]
) -> None:
    """`left` more pass at once and not one more; after the time told one more does than was left."""
    clock = FakeClock()
    counter = counter_of(rate, clock)
    for number, (step, wanted) in enumerate(events):
        clock.advance(step)
        cost = min(wanted, rate.at_once)
        expected = counter.look("k", cost)
        wait, left, renews = counter.take("k", cost)
        assert expected == pytest.approx((wait, left if wait else left + cost, expected[2]))
        assert 0 <= left <= rate.quota
        assert wait == 0 or left < cost
        if number == len(events) - 1 and (wait == 0 or renews <= wait):
            later = number % 2
            clock.advance(ceil(renews) * later)
            most = [counter.hit("k") for _ in range(rate.at_once + 1)].count(0.0)
            assert most >= min(left + later, rate.at_once) if later else most == left


@given(st.sampled_from([1, 2, 5, 16, 17, 30, 100]), STEPS, st.integers(1, 3))
@settings(deadline=None, max_examples=100)
def test_after_the_wait_the_next_one_passes_and_not_before(quota: int, steps: list[float], wanted: int) -> None:
    """`Retry-After` is rounded up to whole seconds, and is never more than a second too long."""
    clock = FakeClock()
    counter = counter_of(Rate(quota, 60), clock)
    cost = min(wanted, quota)
    for step in steps:
        clock.advance(step)
        while (wait := counter.hit("k", cost)) == 0:
            pass
        if wait > 0.01:
            clock.advance(wait - 0.01)
            assert counter.hit("k", cost) > 0
            clock.advance(0.01 - wait + ceil(wait))
        else:
            clock.advance(ceil(wait))
        assert counter.hit("k", cost) == 0


@given(st.sampled_from([1, 2, 5, 16, 17, 30]), STEPS)
@settings(deadline=None, max_examples=60)
def test_looking_says_what_a_hit_would(quota: int, steps: list[float]) -> None:
    """And counts nothing."""
    clock = FakeClock()
    counter = counter_of(Rate(quota, 60), clock)
    for step in steps:
        clock.advance(step)
        for _ in range(quota // 2 + 1):
            expected = counter.look("k")
            assert counter.look("k") == expected
            assert counter.wait("k") == expected[0]
            assert counter.hit("k") == pytest.approx(expected[0], abs=1e-6)


@pytest.mark.parametrize("quota", [3, 30])
def test_a_limited_key_is_never_pushed_out(quota: int) -> None:
    """However many other keys a stranger brings meanwhile, and however often one asks in vain."""
    clock = FakeClock()
    counter = counter_of(Rate(quota, 60), clock)
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
    counter = counter_of(Rate(quota, 60), clock)
    for generation in range(6):
        for number in range(5000):
            counter.hit(f"{generation} {number}")
        assert len(counter) <= 10_000
        clock.advance(60)


@pytest.mark.parametrize("quota", [1, 5, 17])
def test_keys_do_not_share(quota: int) -> None:
    """One client exhausted, another served."""
    clock = FakeClock()
    counter = counter_of(Rate(quota, 60), clock)
    assert len(passes(counter, clock, [0.0] * 50, "a")) == quota
    assert len(passes(counter, clock, [0.0] * 50, "b")) == quota


@pytest.mark.parametrize("quota", [3, 30])
def test_a_full_counter_lets_nobody_in_uncounted_and_forgets_nobody(quota: int) -> None:
    """Those it knows keep their own budget; newcomers share one a shard until old keys have gone."""
    clock, told = FakeClock(), list[float]()
    counter = counter_of(Rate(quota, 60), clock, lambda: told.append(clock.monotonic()), most_keys=1024)
    counter.take("k", quota)
    for number in range(5000):
        counter.hit(f"first {number}")
    assert len(counter) <= 1024 + 256
    assert counter.hit("k") > 0
    flood = sum(counter.hit(f"then {number}") == 0 for number in range(20_000))
    assert flood <= 256 * quota
    assert counter.look("then again")[0] > 0
    assert told == [1000.0]
    clock.advance(61)
    counter.hit("k")
    assert counter.hit("newcomer") == 0


@pytest.mark.parametrize("quota", [3, 30])
def test_that_a_counter_is_full_is_told_once_a_minute(quota: int) -> None:
    clock, told = FakeClock(), list[float]()
    counter = counter_of(Rate(quota, 3600), clock, lambda: told.append(clock.monotonic()), most_keys=256)
    for second in range(150):
        for number in range(20):
            counter.hit(f"{second} {number}")
        clock.advance(1)
    assert [at - told[0] for at in told] == [0, 60, 120]


@pytest.mark.parametrize("quota", [3, 30])
def test_what_has_ended_is_freed_a_part_at_a_time(quota: int) -> None:
    """Giving all of it back in one step would stall everybody; the count of those still limited stays right."""
    clock = FakeClock()
    counter = counter_of(Rate(quota, 60), clock)
    for generation in range(2):
        for number in range(80_000):
            counter.hit(f"{generation} {number}")
        clock.advance(61)
    clock.advance(60)
    counter.take("k", quota)
    held = len(counter)
    for number in range(5000):
        counter.hit("k" if number % 2 else f"then {number}")
        freed, held = held - len(counter), len(counter)
        assert freed <= 256
    assert held < 10_000
    assert counter.hit("k") > 0


async def test_tasks_that_interleave_share_one_count() -> None:
    """A step waits for nothing between reading and writing."""
    for quota in (7, 70):
        counter = counter_of(Rate(quota, 60), FakeClock())

        async def one(counter: Counter = counter) -> Any:
            await asyncio.sleep(0)
            return counter.take("k")

        taken = await asyncio.gather(*(one() for _ in range(500)))
        assert sorted(left for wait, left, _ in taken if wait == 0) == list(range(quota))
