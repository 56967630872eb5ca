"""Numbers on an axis: round ones, few of them, and short to read."""

import math
from collections.abc import Iterable
from typing import Final

_ROUND: Final = (1, 2, 2.5, 5, 10)
_LINES: Final = 4
"""Lines above the base, at most."""
_UNITS: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
MOST: Final = 1e15
"""What is more is drawn as this: no count of ours gets there."""


def sound(value: float) -> float:
    """A value that can be drawn: what is no number, or below 0, is 0."""
    return min(max(float(value), 0.0), MOST) if value == value else 0.0


def axis(values: Iterable[float]) -> tuple[float, ...]:
    """Where the lines of an axis stand, from 0 up to the first round number that is not below any of the values.

    Counts are whole, so lines are at least 1 apart.
    """
    highest = max((sound(each) for each in values), default=0.0)
    step = _step(max(highest, 1.0) / _LINES)
    return tuple(step * number for number in range(math.ceil(max(highest, 1.0) / step) + 1))


def short(value: float) -> str:
    """A number in at most five letters: `950`, `1.2k`, `38M`."""
    value = sound(value)
    for size, unit in _UNITS:
        # From where it would be rounded up to the unit: 999 999 is 1M, and not 1000k.
        if value >= size * 0.9995:
            return _digits(value / size) + unit
    return _digits(value)


def _step(least: float) -> float:
    if least <= 1:
        return 1.0
    size = 10.0 ** math.floor(math.log10(least))
    return next(each * size for each in _ROUND if each * size >= least and (each * size).is_integer())


def _digits(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
