"""Whether a text is the digest of the clock: of the moment at which it was given out, alone or beside a name.

1. The moment lies between asking and being answered. All moments of that time are written as Python writes them: a date
   to the microsecond, seconds with their fraction, milliseconds, whole seconds.
2. Each is put alone, before and behind a name of the account, with what people put between, and digested.
3. Two texts have to be met, each by its own time: one alone may be an accident.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Final

from buckler.drill.attacks.tokens.guesswork import DIGESTS

_MOST: Final = 0.015
"""Seconds before an answer that are looked through: what signs in checks a password first, and that may take long."""
_MOST_COARSE: Final = 10.0
"""The same for whole seconds and milliseconds, of which there are fewer: a token may be made before what takes long."""
_BETWEEN: Final = ("", "-", "_", ":", "|", ".")
_EARLIER: Final = 0.0005
"""Seconds by which a clock may be read before the time of asking was."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was given out, and when: between these seconds since 1970; and the names of whom it was for."""

    text: str
    after: float
    before: float
    names: tuple[str, ...] = ()


def made_of_the_clock(given: Sequence[Moment]) -> bool:
    """Whether two of these are digests of the moments at which they were given out: those that came soonest."""
    soonest = sorted(given, key=lambda moment: moment.before - moment.after)[:2]
    return len(soonest) > 1 and all(map(_is_of_its_moment, soonest))


def _is_of_its_moment(moment: Moment) -> bool:
    digest = next((each for each in DIGESTS.values() if len(each(b"")) == len(moment.text)), None)
    if digest is None or not set(moment.text) <= set("0123456789abcdef"):
        return False
    return any(
        digest(text.encode()) == moment.text for time in _written(moment) for text in _beside(time, moment.names)
    )


def _beside(time: str, names: Iterable[str]) -> Iterator[str]:
    yield time
    for name in names:
        for between in _BETWEEN:
            yield f"{name}{between}{time}"
            yield f"{time}{between}{name}"


def _written(moment: Moment) -> Iterator[str]:
    before = moment.before
    asked = max(moment.after - _EARLIER, before - _MOST_COARSE)
    yield from (str(second) for second in range(int(asked), int(before) + 1))
    yield from (str(each) for each in range(int(asked * 1000), int(before * 1000) + 1))
    after = max(asked, before - _MOST)
    yield from chain.from_iterable(map(_as_dates, range(int(after * 1_000_000), int(before * 1_000_000) + 1)))
    seconds = after
    while seconds <= before:
        yield str(seconds)
        seconds = math.nextafter(seconds, math.inf)


def _as_dates(microseconds: int) -> Iterator[str]:
    seconds, rest = divmod(microseconds, 1_000_000)
    universal = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
    local = datetime.fromtimestamp(seconds).replace(microsecond=rest)  # noqa: DTZ006 - as apps write it
    for date in dict.fromkeys((universal.replace(tzinfo=None), local)):
        yield str(date)
        yield date.isoformat()
    yield str(universal)
    yield universal.isoformat()
