"""Middle and spread of many measurements, without assuming any shape of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Spread:
    """The median, and the range that holds eight in ten of the measurements."""

    middle: float
    low: float
    high: float
    count: int


def spread_of(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    if len(values) < 2:
        return Spread(values[0], values[0], values[0], len(values))
    tenths = quantiles(values, n=10, method="inclusive")
    return Spread(median(values), tenths[0], tenths[-1], len(values))
