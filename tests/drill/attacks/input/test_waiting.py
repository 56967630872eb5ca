"""Waits told apart from chance, with times that are written down."""

import pytest

from buckler.drill.attacks.input.waiting import clearly_slower
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

SECONDS = 0.32


def _all(times: list[float]) -> list[Exchange]:
    return [Exchange(Request("GET", "/"), Answer(200, seconds=each)) for each in times]


@pytest.mark.parametrize(
    ("slow", "fast", "told"),
    [
        ([0.4] * 5, [0.01] * 5, True),
        ([0.4] * 4, [0.01] * 4, None),
        ([0.4, 0.9, 0.4, 0.5, 0.4], [0.01, 0.2, 0.01, 0.3, 0.01], True),
        ([0.4, 0.4, 0.31], [0.01] * 3, False),
        ([0.4] * 5, [0.01, 0.9, 0.01, 0.01, 0.01], None),
        ([0.4] * 7, [0.01, 0.9, *[0.01] * 5], True),
        ([0.4] * 7, [0.01, 0.9, 0.9, *[0.01] * 4], None),
        ([0.4] * 9, [0.01, 0.9, 0.9, *[0.01] * 6], True),
        ([0.4] * 3, [0.9] * 3, False),
        ([0.9], [0.95], None),
        ([0.9, 0.91, 0.92], [0.95] * 3, False),
        ([0.6] * 5, [0.35] * 5, False),
    ],
)
def test_waits_are_told_apart(slow: list[float], fast: list[float], told: bool | None) -> None:
    """None of them is early; one or two of the others may be late, and then more have to agree."""
    assert clearly_slower(_all(slow), _all(fast), SECONDS) is told


def test_chance_is_seldom_taken_for_a_wait() -> None:
    """Of all orders in which a machine is late at one answer in two, whatever was sent, one in a thousand looks so."""
    taken = 0
    for number in range(2**14):
        times = [0.5 if number >> place & 1 else 0.01 for place in range(14)]
        told = None
        for turns in range(1, 8):
            told = clearly_slower(_all(times[:turns]), _all(times[7 : 7 + turns]), SECONDS) if told is None else told
        taken += told is True
    assert taken / 2**14 < 0.002
