"""What each figure may cost, and what was found.

A budget is a promise about ratios on the same machine in the same run. Those in microseconds
stand for steps too small to compare with a request; read them with the machine in mind.
"""

from dataclasses import dataclass
from typing import Final, Literal

from bench.spread import Spread

Unit = Literal["x", "us", "ms", "bytes"]


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a row may cost, under its number."""

    number: str
    most: float


@dataclass(frozen=True, slots=True)
class Row:
    """One finding. `against` says what a ratio is a ratio to."""

    name: str
    title: str
    unit: Unit
    found: Spread
    against: str = ""
    microseconds: float | None = None

    @property
    def budget(self) -> Budget | None:
        return BUDGETS.get(self.name)

    @property
    def over(self) -> bool:
        """Whether the middle is over the budget; the spread is shown, not judged."""
        return self.budget is not None and self.found.middle > self.budget.most


BUDGETS: Final = {
    "buckler_default": Budget("B1", 1.20),
    "buckler_requires": Budget("B2", 1.45),
    "refused_host": Budget("B3", 0.25),
    "refused_path": Budget("B3", 0.25),
    "refused_length": Budget("B3", 0.25),
    "refused_client": Budget("B3", 0.25),
    "refused_unknown_key": Budget("B3", 0.25),
    "refused_hs256": Budget("B3", 0.25),
    "refused_forged": Budget("B3", 0.25),
    "checked_forged": Budget("B3", 1.25),
    "limit_step": Budget("B4", 0.5),
    "limit_bytes": Budget("B4", 130),
    "limit_stall": Budget("B4", 1.0),
    "verify_cached": Budget("B5", 0.5),
    "verify_uncached": Budget("B5", 1.25),
    "access_line": Budget("B7", 4.0),
    "login": Budget("B8", 1.11),
    "login_late": Budget("B8", 15.0),
    "buckler_thousand": Budget("B9", 1.05),
    "json_judge": Budget("json", 6.0),
}
"""By the name of the row. B2 is the first figure: 1.20 once declarations leave FastAPI's solver.

B8 is nine in ten of what the cores can hash: 1.11 times the hash.
"""
