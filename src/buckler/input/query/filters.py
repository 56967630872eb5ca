"""Which rows of a list, by names, comparisons and values from a closed list (ASVS 1.2.4, 2.2.1).

1. `title.contains=oak&made.after=2026-01-01`: a name of ours, a dot, a comparison that was allowed for it. Equality
   is the name alone. Each is a query parameter of its own, so the API's document shows it with its type and bounds.
2. Values have the column's own type and width (`columns.py`) and travel as bound parameters.
3. A name that is not in the list is 422, not ignored (`pages.py`): a filter that silently does nothing shows more
   than was asked for.

Caveat: who may filter by a column can find out its values. Never list one that the answer hides.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import Query
from pydantic import Field

from buckler.errors import ConfigurationError
from buckler.input.query.columns import ORDERED, Described, describe, looked_for, type_of
from buckler.input.query.like import contains, starts_with
from buckler.input.query.sorting import NAME

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, SQLColumnExpression

Comparison = Literal["is", "in", "after", "before", "from", "to", "contains", "starts_with"]
MOST_CHOICES: Final = 20
_TEXT: Final = ("contains", "starts_with")
_SPAN: Final = ("after", "before", "from", "to")
_CONDITIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "is": operator.eq,
    "in": lambda column, values: column.in_(values),
    "after": operator.gt,
    "before": operator.lt,
    "from": operator.ge,
    "to": operator.le,
    "contains": contains,
    "starts_with": starts_with,
}


@dataclass(frozen=True, slots=True)
class _Filter:
    """One parameter of the query."""

    parameter: str
    column: "SQLColumnExpression[Any]"
    comparison: str
    reads: Any

    def signature(self, place: str) -> Parameter:
        """How FastAPI shall read it."""
        optional: Any = self.reads | None
        taken = Annotated[optional, Query(alias=self.parameter)]
        return Parameter(place, Parameter.KEYWORD_ONLY, default=None, annotation=taken)

    def condition(self, value: object) -> "ColumnElement[bool]":
        return _CONDITIONS[self.comparison](self.column, value)  # type: ignore[no-any-return]


class Filters:
    """By what a list may be filtered: `Filters({"title": (Note.title, "contains"), "made": (Note.made, "after")})`."""

    def __init__(self, columns: "Mapping[str, tuple[SQLColumnExpression[Any], *tuple[Comparison, ...]]]") -> None:
        made = [
            _filter(name, column, comparison)
            for name, (column, *comparisons) in ((name, _judged(name, each)) for name, each in columns.items())
            for comparison in comparisons or ["is"]
        ]
        self._by_place = {f"filter_{number}": each for number, each in enumerate(made)}
        self.names = tuple(each.parameter for each in made)
        self.repeatable = frozenset(each.parameter for each in made if each.comparison == "in")

    def signature(self) -> list[Parameter]:
        """The query parameters, as FastAPI reads them."""
        return [each.signature(place) for place, each in self._by_place.items()]

    def conditions(self, given: Mapping[str, object]) -> "tuple[ColumnElement[bool], ...]":
        """What a row must be, for the values that were given."""
        return tuple(
            each.condition(given[place]) for place, each in self._by_place.items() if given.get(place) is not None
        )


def _judged(name: str, given: object) -> tuple[Any, ...]:
    parts: list[Any] = [*given] if type(given) is tuple else []
    if not parts:
        raise ConfigurationError(
            f"Filters: {name!r} has no column with its comparisons: write them in brackets, as in"
            f' {{{name!r}: (Note.{name}, "is")}}.'
        )
    return tuple(parts)


def _filter(name: str, column: "SQLColumnExpression[Any]", comparison: str) -> _Filter:
    if not NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r}: a name to filter by is small letters, digits and _, at most 40 of them.")
    known = describe(name, column)
    _check_comparison(name, known, comparison)
    reads: Any = type_of(name, known)
    if comparison == "in":
        reads = Annotated[list[reads], Field(min_length=1, max_length=MOST_CHOICES)]
    elif comparison in _TEXT:
        reads = looked_for(known)
    return _Filter(name if comparison == "is" else f"{name}.{comparison}", column, comparison, reads)


def _check_comparison(name: str, column: Described, comparison: str) -> None:
    if comparison not in _CONDITIONS:
        told = ", ".join(_CONDITIONS)
        raise ConfigurationError(f"{name}.{comparison}: there is no such comparison; it is one of {told}.")
    if comparison in _TEXT and not column.is_text:
        raise ConfigurationError(f"{name}.{comparison}: only a text is looked into.")
    if comparison in _SPAN and column.kind not in ORDERED:
        raise ConfigurationError(f"{name}.{comparison}: only numbers, dates and times are before and after others.")
