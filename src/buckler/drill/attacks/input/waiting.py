"""Whether answers waited for something, on a machine that does other things too."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from buckler.drill.transport.answer import Exchange
from buckler.randomness import number_below

TURNS: Final = 5
"""Of both kinds: by chance all of one are slower than all of the other once in 252 times."""


def unmet(value: str) -> str:
    """The value with another number of four digits in it each time: what was sent before may be there by now."""
    return value.format(number=number_below(9000) + 1000)


def clearly_slower(slow: Sequence[Exchange], fast: Sequence[Exchange], seconds: float) -> bool:
    """Whether each of the slow ones takes longer than any fast one, and by that much than they do in the middle."""
    least = min(each.answer.seconds for each in slow)
    others = [each.answer.seconds for each in fast]
    return least > max(others) and least >= median(others) + seconds
