"""The fields parse as structured fields, agree with what then happens, and promise nothing too fast."""

from fractions import Fraction
from math import ceil

import http_sf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler import ConfigurationError
from buckler.edge.counting import counter_of
from buckler.edge.quota_fields import Field, Quota, limit_field, policy_field, retry_after
from buckler.edge.rates import Rate
from tests.clocks import FakeClock

RATES = st.sampled_from([Rate(1, 1), Rate(5, 60), Rate(16, 60), Rate(100, 60), Rate(100, 3600, 20), Rate(10**6, 86400)])
EVENTS = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 7.25, 59.75, 3000.0]), st.integers(1, 5)), max_size=60)


def parsed(field: Field) -> dict[str, dict[str, int]]:
    """The items of a list of strings, each with its parameters."""
    return {str(name): dict(found) for name, found in http_sf.parse(field[1], tltype="list")}


def test_a_policy_tells_quota_window_and_burst() -> None:
    field = policy_field(Quota("5/minute", Rate(5, 60)).policy, Quota("x", Rate(100, 3600, 20)).policy)
    assert field[0] == b"ratelimit-policy"
    assert parsed(field) == {"5/minute": {"q": 5, "w": 60}, "x": {"q": 100, "w": 3600, "buckler-burst": 20}}


@given(RATES, EVENTS)
@settings(deadline=None, max_examples=200)
def test_what_is_told_agrees_with_what_happens(rate: Rate, events: list[tuple[float, int]]) -> None:
    """`r` is never negative nor above `q`; `t` is whole seconds; `r` in `t` seconds is no faster than the rate."""
    clock, quota = FakeClock(), Quota("x", rate)
    counter = counter_of(rate, clock)
    for step, wanted in events:
        clock.advance(step)
        taken = counter.take("k", min(wanted, rate.at_once))
        wait, left, _ = taken
        item = parsed(limit_field(quota.refused(taken) if wait else quota.left(taken)))["x"]
        assert item["r"] == left
        assert 0 <= item["r"] <= rate.quota
        assert item["t"] >= 1
        if wait:
            assert item["t"] <= int(retry_after(wait)[1])
        else:
            assert Fraction(item["r"], item["t"]) <= Fraction(rate.quota, rate.window)


@given(RATES, EVENTS)
@settings(deadline=None, max_examples=100)
def test_after_t_seconds_more_passes_than_was_left(rate: Rate, events: list[tuple[float, int]]) -> None:
    clock, quota = FakeClock(), Quota("x", rate)
    counter = counter_of(rate, clock)
    left, wait = rate.at_once, 0.0
    for step, wanted in events:
        clock.advance(step)
        taken = counter.take("k", min(wanted, rate.at_once))
        wait, left, _ = taken
        item = parsed(limit_field(quota.refused(taken) if wait else quota.left(taken)))["x"]
    if events:
        clock.advance(item["t"])
        assert counter.look("k", min(left + 1, rate.at_once))[0] == 0


def test_what_was_not_exceeded_is_told_without_a_time() -> None:
    """`Retry-After` belongs to what was: a later time beside it would contradict it."""
    assert parsed(limit_field(Quota("x", Rate(5, 60)).refused((0.0, 4, 60.0)))) == {"x": {"r": 4}}


@pytest.mark.parametrize(("wait", "seconds"), [(1e-9, b"1"), (1.0, b"1"), (1.25, b"2"), (86_400.0, b"86400")])
def test_retry_after_is_whole_seconds_rounded_up(wait: float, seconds: bytes) -> None:
    assert retry_after(wait) == (b"retry-after", seconds)
    assert int(seconds) >= ceil(wait)


@pytest.mark.parametrize(
    "name", ["", " x", "x ", 'a"b', "a\\b", "a,b", "a;b", "a%d", "x" * 65, "\u00e9", "a\nb", None, 5]
)
def test_a_name_that_could_break_a_field_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="callers read it in a header field"):
        Quota(name, Rate(5, 60))
