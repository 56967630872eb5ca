"""A duration is a whole number and a unit, and is told in the largest unit that fits."""

from typing import Any

import pytest

from buckler import ConfigurationError
from buckler.access.declarations.durations import seconds_of, told_duration


@pytest.mark.parametrize(
    ("text", "seconds", "told"),
    [
        ("30s", 30, "30s"),
        ("5m", 300, "5m"),
        ("90 s", 90, "90s"),
        ("60m", 3600, "1h"),
        ("2h", 7200, "2h"),
        ("1d", 86400, "1d"),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int, told: str) -> None:
    assert (seconds_of(text), told_duration(seconds)) == (seconds, told)


@pytest.mark.parametrize(
    "text", ["", "5", 5, None, "0m", "-5m", "5 minutes", "5M", "1.5h", "5m\n", "\u0665m", "9999999s"]
)
def test_anything_else_says_what_to_write(text: Any) -> None:
    with pytest.raises(ConfigurationError, match="write a number and a unit"):
        seconds_of(text)
