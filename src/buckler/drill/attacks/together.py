"""One finding for a whole target, where one setting is behind what was seen at several routes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from buckler.drill.attack import EVERYWHERE, Finding

_NAMED: Final = 6


def as_one(found: Sequence[Finding]) -> Finding:
    """The first of them, about the whole target. Its words name the routes."""
    first = found[0]
    return replace(
        first, route=EVERYWHERE, place="", words=f"{first.words} Seen at {listed([f.route for f in found])}."
    )


def listed(names: Sequence[str]) -> str:
    """Some of the names, and how many more there are."""
    several = list(dict.fromkeys(names))
    more = len(several) - _NAMED
    return ", ".join(several[:_NAMED]) + (f" and {more} more" if more > 0 else "")
