"""What a chart is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "plain", "quiet"]
"""What something means; the style sheet has a colour for each."""


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of time along the bottom of a chart."""

    label: str
    """Short, as `14:00`."""
    told: str
    """In full, as `Sat 29 Nov, 14:00 to 15:00`."""


@dataclass(frozen=True, slots=True)
class Series:
    """One thing that is shown, with a value for each step."""

    name: str
    tone: Tone
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class OverTime:
    """Something as time went by: what `columns` and `levels` draw."""

    key: str
    """Tells it from the other charts of a page: small letters and hyphens."""
    title: str
    steps: Sequence[Step]
    series: Sequence[Series]
    empty: str
    """What is said where every value is 0."""
    first_label: int = 0
    """The step under which the labels begin, so that they stand at round times."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value > 0 for each in self.series for value in each.values)


@dataclass(frozen=True, slots=True)
class Ranked:
    """Things with a value each, the largest first: what `bars` draws."""

    key: str
    title: str
    items: Sequence[tuple[str, float]]
    tone: Tone
    empty: str
