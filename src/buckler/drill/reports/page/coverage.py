"""The grid of a report in rows and columns: routes down, families across, and the identities within each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from buckler.drill.attack import EVERYWHERE, Family
from buckler.drill.report import Report, Standing

MOST_ROWS: Final = 400
STATES: Final[Mapping[Standing, str]] = {
    "found": "an attack worked",
    "withstood": "attacked, and withstood",
    "untested": "could not be tested",
    "not applicable": "nothing to attack",
}


@dataclass(frozen=True)
class CoverageGrid:
    """What is drawn, and told as a table."""

    report: Report

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """Routes in the order of the document, then those it does not name; the whole target comes first."""
        seen = dict.fromkeys(route for route, _, _ in self.report.grid)
        known = [route for route in self.report.routes if route in seen]
        others = [route for route in seen if route not in set(self.report.routes) and route != EVERYWHERE]
        return tuple([*([EVERYWHERE] if EVERYWHERE in seen else []), *known, *others][:MOST_ROWS])

    @cached_property
    def columns(self) -> tuple[tuple[Family, tuple[str, ...]], ...]:
        """Each family with the identities that took part in it."""
        return tuple((family, self._identities(family)) for family in self.report.families)

    @cached_property
    def left(self) -> int:
        """Routes that are not shown."""
        return len({route for route, _, _ in self.report.grid}) - len(self.rows)

    def state(self, route: str, identity: str, family: Family) -> Standing | None:
        """What is known; None where there is no verdict."""
        return self.report.grid.get((route, identity, family))

    def told(self, route: str, family: Family) -> str:
        """The cells of one family in words."""
        by_state: dict[Standing, list[str]] = {}
        for identity in dict(self.columns)[family]:
            state = self.state(route, identity, family)
            if state is not None:
                by_state.setdefault(state, []).append(identity)
        return "; ".join(f"{state}: {', '.join(by_state[state])}" for state in STATES if state in by_state)

    def _identities(self, family: Family) -> tuple[str, ...]:
        seen = dict.fromkeys(identity for _, identity, of in self.report.grid if of == family)
        known = [each for each in self.report.identities if each in seen]
        return (*known, *(each for each in seen if each not in set(known)))


def name_of(route: str) -> str:
    """How a row is called."""
    return "the whole target" if route == EVERYWHERE else route
