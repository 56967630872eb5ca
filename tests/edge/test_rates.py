"""A limit holds in every window, forgets nobody whom it still limits, and says rightly when to return."""

from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler import ConfigurationError, Limit
from buckler.edge.rates import EXACT_UP_TO, Counter, Rate
from tests.clocks import FakeClock

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
