"""One grammar of rates; whatever else is written is refused with what was probably meant."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler import ConfigurationError, Limit
from buckler.edge.rates import EXACT_UP_TO, Rate

HOSTILE = 100_000


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("5/minute", Rate(5, 60)),
        ("1/second", Rate(1, 1)),
        ("100/hour burst 20", Rate(100, 3600, 20)),
        ("10/2 minutes", Rate(10, 120)),
        ("999999999/30 days burst 1", Rate(999_999_999, 30 * 86400, 1)),
    ],
)
def test_a_rate_is_read_and_written_alike(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate
    assert str(rate) == text


@given(st.integers(1, 10**9 - 1), st.integers(1, 9999), st.sampled_from([1, 60, 3600, 86400]), st.floats(0, 1))
def test_every_rate_can_be_written_and_read_again(quota: int, several: int, unit: int, share: float) -> None:
    """In the largest unit that fits, whichever one it was written in."""
    for burst in (None, max(1, int(quota * share))):
        rate = Rate(quota, several * unit, burst)
        if several * unit % 3600 == 0 or several * unit < 10_000:
            assert Rate.parse(str(rate)) == rate


@pytest.mark.parametrize(
    "text", ["", "5", "5/", "/minute", "0/minute", "-1/minute", "05/minute", "5/fortnight", "5 / minute", "5/minutes"]
)
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a rate"):
        Limit(text)


@pytest.mark.parametrize(
    "text",
    [
        "1.5/minute",
        "1e3/minute",
        "9999999999/day",
        "5/MINUTE",
        "5/minute\n",
        "\u0665/minute",
        "10/1 minute",
        "10/1 minutes",
        "10/2 minute",
        "10/0 minutes",
        "10/2minutes",
        "5/minute burst",
        "5/minute burst 0",
        "5/minute  burst 2",
        "5/minute burst 2 burst 3",
    ],
)
def test_nor_one_in_another_notation(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a rate"):
        Rate.parse(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("5/minutes", "5/minute"),
        ("5 per minute", "5/minute"),
        ("5 / MIN", "5/minute"),
        ("5/minuet", "5/minute"),
        ("10/h", "10/hour"),
        ("10/1 minute", "10/minute"),
        ("10 in 2 minutes", "10/2 minutes"),
        ("100/hours, burst 20", "100/hour burst 20"),
        ("100 per 2 days burst of 20", "100/2 days burst 20"),
    ],
)
def test_the_nearest_rate_is_named(text: str, meant: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Rate.parse(text)
    assert str(refused.value).endswith(f"Did you mean {meant!r}?")
    Rate.parse(meant)


@pytest.mark.parametrize("text", ["often", "1.5/minute", "five/minute", "5/fortnight", "0/minute", "/", "5" * 99])
def test_no_guess_is_better_than_a_wrong_one(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Rate.parse(text)
    assert "Did you mean" not in str(refused.value)


@pytest.mark.parametrize(("quota", "window", "burst"), [(0, 60, None), (5, 0, None), (5, 60, 0), (5, 60, 6)])
def test_what_could_not_be_held_to_is_refused(quota: int, window: int, burst: int | None) -> None:
    """A burst above the quota would let more come at once than in a whole window."""
    with pytest.raises(ConfigurationError, match="is not a rate"):
        Rate(quota, window, burst)


def test_a_rate_is_exact_while_its_times_are_few_enough_to_keep() -> None:
    assert Rate(EXACT_UP_TO, 60).exact
    assert not Rate(EXACT_UP_TO + 1, 60).exact
    assert not Rate(5, 60, 5).exact
    assert (Rate(5, 60).at_once, Rate(50, 60, 7).at_once) == (5, 7)


@pytest.mark.parametrize("text", ["1" * HOSTILE, "1/" * HOSTILE, "5/2 minute" * HOSTILE, "5/minute burst " * HOSTILE])
def test_a_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(ConfigurationError):
        Rate.parse(text[:HOSTILE])
    assert time.process_time() - begin < 0.5
