"""What was not attacked, told by its reasons: a page of the same sentence helps nobody."""

from collections.abc import Iterable
from dataclasses import dataclass

from buckler.drill.attack import EVERYWHERE, Untested
from buckler.drill.report import Judged


@dataclass(frozen=True, slots=True)
class Gap:
    """A reason, and what it kept from being attacked."""

    reason: str
    count: int
    attacks: tuple[str, ...]
    """Ids, in their order."""
    routes: tuple[str, ...]
    """Keys, in the order they came; none where it is about the whole target."""


def gaps_of(untested: Iterable[Judged]) -> tuple[Gap, ...]:
    """Those that are untested, grouped by the reason; what is most frequent first."""
    grouped: dict[str, list[Judged]] = {}
    for each in untested:
        if isinstance(each.verdict, Untested):
            grouped.setdefault(each.verdict.reason, []).append(each)
    gaps = (_gap(reason, several) for reason, several in grouped.items())
    return tuple(sorted(gaps, key=lambda gap: (-gap.count, gap.reason)))


def _gap(reason: str, several: list[Judged]) -> Gap:
    routes = dict.fromkeys(each.verdict.route for each in several if each.verdict.route != EVERYWHERE)
    return Gap(reason, len(several), tuple(sorted({each.attack.id for each in several})), tuple(routes))
