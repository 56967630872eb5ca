"""What a route reads and writes of guarded fields, as plain data: for the guard, for policies, for whoever reviews."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Way = Literal["answer", "input"]


@dataclass(frozen=True, slots=True)
class FieldUse:
    """One guarded field of a model that a route answers with or takes."""

    model: str
    """The model, with its module."""
    field: str
    read: str | None
    """The permission that it takes to read it; None where whoever may call may read it."""
    write: str | None
    """The permission that it takes to send it."""
    way: Way
    where: str
    """The file and the line that says so."""


def described(uses: Iterable[FieldUse]) -> dict[str, dict[str, dict[str, str | None]]]:
    """For each model and field what it takes: `{"app.Staff": {"salary": {"read": "salaries:read", "write": None}}}`."""
    found: dict[str, dict[str, dict[str, str | None]]] = {}
    for use in uses:
        found.setdefault(use.model, {})[use.field] = {"read": use.read, "write": use.write}
    return found
