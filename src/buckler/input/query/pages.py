"""Pages of a list: how many rows, in which order, from where on (ASVS 1.2.4, 2.2.1, 2.4.1).

1. A page has a size, and the size a limit. There is no list without one.
2. The next page begins behind the last row of this one, by its values (`cursors.py`): rows that come or go meanwhile
   move nothing, and a page deep inside costs what the first costs. Nobody can ask for page ten million.
3. A parameter of ours that comes twice is 422; nobody has to guess which counted. So is one that neither we nor
   the route declare (`declared.py`): misspelt and ignored, it would show more than was asked for.

Caveat: it adds columns to the statement. One that is DISTINCT or grouped means something else then; give it a subquery.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, NoReturn, TypeVar

from fastapi import Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from buckler.errors import ConfigurationError
from buckler.input.faults import Words
from buckler.input.query import cursors
from buckler.input.query.declared import DeclaredNames
from buckler.input.query.filters import Filters
from buckler.input.query.sorting import Order, Sorting

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

LARGEST: Final = 1000
_USUAL: Final = 20
_LIKE_A_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
"""A name of a stranger that may be told back to him: a misspelt one, and no text."""
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """Some rows of a list, and the cursor of those that follow; none where these are the last."""

    items: Annotated[list[Item], Field(max_length=LARGEST)]
    next: Annotated[str | None, Field(max_length=cursors.LONGEST, pattern=cursors.PATTERN)] = None


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What a request asks of a list."""

    order: Order
    size: int
    conditions: "tuple[ColumnElement[bool], ...]" = ()

    def narrow(self, statement: "Select[*tuple[Any, ...]]") -> "Select[*tuple[Any, ...]]":
        """`statement` for this page alone. What it says about whose rows these are stays as it is."""
        place = [key.expression.label(f"cursor_{number}") for number, key in enumerate(self.order.keys)]
        narrowed = statement.where(*self.conditions).order_by(None).order_by(*self.order.clauses())
        return narrowed.limit(self.size + 1).offset(None).add_columns(*place)

    def page(self, rows: Iterable[Sequence[Any]], make: Callable[..., Item]) -> Page[Item]:
        """The page of the rows that the narrowed statement gave; `make` gets what it selected, one row at a time."""
        found, width = list(rows), len(self.order.keys)
        shown = found[: self.size]
        more = len(found) > self.size
        following = cursors.write_cursor(self.order, tuple(shown[-1][-width:])) if more else None
        return Page(items=[make(*row[:-width]) for row in shown], next=following)


class Pages:
    """How a list is paged. A dependency: `asked: Annotated[PageQuery, Depends(Pages(sorting, filters))]`.

    Its parameters of the query are `sort`, `size`, `cursor`, and those of the filters.
    """

    __signature__: Signature

    def __init__(
        self, sorting: Sorting, filters: Filters | None = None, *, largest: int = 100, usual: int | None = None
    ) -> None:
        usual = min(_USUAL, largest) if usual is None else usual
        if not 1 <= usual <= largest <= LARGEST:
            raise ConfigurationError(
                f"largest={largest}, usual={usual}: a page has at least one row, usually no more than the largest,"
                f" and the largest is at most {LARGEST}."
            )
        self._sorting = sorting
        self._filters = filters or Filters({})
        own = ("sort", "size", "cursor")
        if taken := set(own) & set(self._filters.names):
            raise ConfigurationError(
                f"{', '.join(sorted(taken))}: pages have a parameter of this name; rename the filter."
            )
        self._names = frozenset((*own, *self._filters.names))
        self._single = self._names - self._filters.repeatable
        self._others = DeclaredNames()
        self._told = ", ".join(self._filters.names) or "nothing"
        self.__signature__ = Signature([*_parameters(sorting, largest, usual), *self._filters.signature()])

    async def __call__(
        self, request: Request, sort: str, size: int, cursor: str | None = None, **given: object
    ) -> PageQuery:
        self._check_names(request)
        order = self._sorting.order(sort)
        if order is None:
            _refuse("sort", "sort_unknown", self._sorting.words)
        conditions = self._filters.conditions(given)
        if cursor is None:
            return PageQuery(order, size, conditions)
        place = cursors.read_cursor(order, cursor)
        if place is None:
            _refuse("cursor", "cursor_unknown", "This is no cursor of this list in this order; begin without one")
        return PageQuery(order, size, (*conditions, order.after(place)))

    def _check_names(self, request: Request) -> None:
        seen: set[str] = set()
        for name, _ in request.query_params.multi_items():
            if name in seen and name in self._single:
                _refuse(name, "repeated", "This parameter comes once")
            # Fail closed: what nobody declares is refused. Of our own names the route need not be asked.
            if name not in self._names and not self._others.has(request.scope, name):
                words = f"There is no such parameter. Filter by {self._told}"
                _refuse(name if _LIKE_A_NAME.fullmatch(name) else "unknown", "filter_unknown", words)
            seen.add(name)


def _parameters(sorting: Sorting, largest: int, usual: int) -> list[Parameter]:
    """Those that every list has. Pattern and length are for the document: their check would not say what to ask."""
    sort = Query(json_schema_extra={"maxLength": sorting.longest, "pattern": sorting.pattern})
    cursor = Query(
        min_length=1, max_length=cursors.LONGEST, pattern=cursors.PATTERN, description="The `next` of the last page."
    )
    kept: Mapping[str, tuple[Any, Any]] = {
        "request": (Request, Parameter.empty),
        "sort": (Annotated[str, sort], sorting.default),
        "size": (Annotated[int, Query(ge=1, le=largest, json_schema_extra={"format": "int32"})], usual),
        "cursor": (Annotated[str | None, cursor], None),
    }
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in kept.items()
    ]


def _refuse(parameter: str, kind: str, words: str) -> NoReturn:
    error = {"type": kind, "loc": ("query", parameter), "msg": words, "ctx": {"words": Words(words)}}
    raise RequestValidationError([error])
