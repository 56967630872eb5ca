"""Whether answers waited for something, on a machine that does other things too."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from buckler.drill.transport.answer import Exchange
from buckler.randomness import number_below

TURNS: Final = 5
"""Of both kinds: by chance all of one are slower than all of the other once in 252 times."""
_MORE: Final = 2
"""Turns more for each that was late though nothing made it wait."""
_LATE: Final = 2


def unmet(value: str) -> str:
    """The value with another number of four digits in it each time: what was sent before may be there by now."""
    return value.format(number=number_below(9000) + 1000)


def clearly_slower(slow: Sequence[Exchange], fast: Sequence[Exchange], seconds: float) -> bool | None:
    """Whether those of one kind wait and those of the other do not; None where more turns have to tell.

    1. What waits is never early: a single one that is ends it.
    2. What does not wait may be late beside other work, once or twice. Each of those asks for more turns, in which all
       of the others keep their order: chance gets no easier by them.
    3. In the middle the two kinds are apart by as much as was asked for.
    """
    least, others = min(each.answer.seconds for each in slow), [each.answer.seconds for each in fast]
    late = sum(each >= least for each in others)
    if least < seconds or late > _LATE:
        return False
    if len(slow) < TURNS + _MORE * late:
        return None
    return least >= median(others) + seconds
