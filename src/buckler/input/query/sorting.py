"""The order of a list, by names from a closed list (ASVS 1.2.4, 2.2.1).

1. A request names columns by our words for them, at most `MOST_NAMES`; `-` in front turns one around. A name that is
   not in the list is 422, and the answer says which are. No text of the request becomes SQL.
2. Behind what was asked stands a column that is unique, so that no two rows stand at the same place.
3. Rows without a value come last, whichever way round: databases differ there, so we say it ourselves.
4. Of a text the first `COMPARED` characters count, so that the place of a row fits a cursor.

Caveat: who may sort by a column learns its order, and with pages its values. Never list one that the answer hides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from buckler.errors import ConfigurationError
from buckler.input.query.columns import Described, describe, place_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, SQLColumnExpression

MOST_NAMES: Final = 3
COMPARED: Final = 100
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of an order, in one direction."""

    expression: "ColumnElement[Any]"
    reads: TypeAdapter[Any]
    nullable: bool
    unique: bool
    descending: bool

    def clauses(self) -> "tuple[ColumnElement[Any], ...]":
        """What stands in ORDER BY."""
        turned = self.expression.desc() if self.descending else self.expression.asc()
        if not self.nullable:
            return (turned,)
        from sqlalchemy import case

        return (case((self.expression.is_(None), 1), else_=0), turned)

    def same(self, value: object) -> "ColumnElement[bool]":
        """Whether a row stands at the same place as `value`."""
        return self.expression.is_(None) if value is None else self.expression == self._bound(value)

    def beyond(self, value: object) -> "ColumnElement[bool]":
        """Whether a row stands behind `value`."""
        from sqlalchemy import false

        if value is None:
            return false()
        place = self._bound(value)
        behind = self.expression < place if self.descending else self.expression > place
        return behind | self.expression.is_(None) if self.nullable else behind

    def not_before(self, value: object) -> "ColumnElement[bool]":
        """Whether a row of a column that always has a value stands at `value` or behind it."""
        place = self._bound(value)
        return self.expression <= place if self.descending else self.expression >= place

    def _bound(self, value: object) -> "ColumnElement[Any]":
        """The value as a parameter, whatever it is: True and False would be written into the statement."""
        from sqlalchemy import BigInteger, Integer, literal

        declared = self.expression.type
        # A cursor may name a number that the column is too narrow for; a driver would choke on it.
        return literal(value, BigInteger() if isinstance(declared, Integer) else declared)


@dataclass(frozen=True, slots=True)
class Order:
    """A whole order: what was asked, and the column that makes it whole."""

    text: str
    keys: tuple[SortKey, ...]

    def clauses(self) -> "list[ColumnElement[Any]]":
        """What stands in ORDER BY."""
        return [clause for key in self.keys for clause in key.clauses()]

    def after(self, values: tuple[object, ...]) -> "ColumnElement[bool]":
        """Whether a row comes behind the place that `values` are."""
        *rest, (last, end) = zip(self.keys, values, strict=True)
        condition = last.beyond(end)
        for key, value in reversed(rest):
            condition = key.beyond(value) | (key.same(value) & condition)
        first = self.keys[0]
        # Says nothing new, but an index on the first column serves it: no page is dearer than the first.
        return condition if first.nullable else first.not_before(values[0]) & condition


class Sorting:
    """By what a list may be sorted: `Sorting({"made": Note.made}, default="-made", tie=Note.id)`.

    `columns` are the names that a request may use. `default` is the order of a request that names none.
    `tie` is a column that is unique and never empty: the primary key, as a rule.
    """

    def __init__(
        self, columns: "Mapping[str, SQLColumnExpression[Any]]", *, default: str, tie: "SQLColumnExpression[Any]"
    ) -> None:
        described = {name: describe(name, column) for name, column in columns.items()}
        unique = describe("tie", tie)
        _check_tie(unique)
        self.names = tuple(columns)
        self.default = default
        self._keys = {
            sign + name: _key(name, column, unique, descending=bool(sign))
            for name, column in described.items()
            for sign in ("", "-")
        }
        self._ties = {descending: _key("tie", unique, unique, descending=descending) for descending in (False, True)}
        self._check_names()
        names = "|".join(self.names)
        self.pattern = f"^-?({names})(,-?({names})){{0,{MOST_NAMES - 1}}}$"
        self.words = f"Sort by {', '.join(self.names)}; at most {MOST_NAMES} of them, and a - in front turns one around"
        self.longest = MOST_NAMES * (max(map(len, self.names)) + 2)

    def order(self, text: str) -> Order | None:
        """The order that `text` asks for, or None where it asks for one that is not in the list."""
        asked = text.split(",", MOST_NAMES)
        if len(asked) > MOST_NAMES or any(name not in self._keys for name in asked):
            return None
        keys: dict[str, SortKey] = {}
        for name in asked:
            keys.setdefault(name.removeprefix("-"), self._keys[name])
        return Order(text, self._whole(list(keys.values())))

    def _whole(self, keys: list[SortKey]) -> tuple[SortKey, ...]:
        """`keys` up to the first that is unique; where none is, with the tie behind them."""
        for place, key in enumerate(keys, start=1):
            if key.unique:
                return tuple(keys[:place])
        return (*keys, self._ties[keys[-1].descending])

    def _check_names(self) -> None:
        for name in self.names:
            if not NAME.fullmatch(name):
                raise ConfigurationError(
                    f"{name!r}: a name to sort by is small letters, digits and _, at most 40 of them."
                )
        if self.order(self.default) is None:
            raise ConfigurationError(
                f"default={self.default!r}: write one of {', '.join(self.names)}, or up to {MOST_NAMES}"
                " with commas between; a - in front turns one around."
            )


def _key(name: str, column: Described, tie: Described, *, descending: bool) -> SortKey:
    unique = column.given is tie.given
    always_there = column.has_table and column.source.table == tie.source.table and not column.nullable
    nullable = not (unique or always_there)
    reads: Any = place_of(name, column, COMPARED)
    adapter: TypeAdapter[Any] = TypeAdapter(reads | None if nullable else reads)
    return SortKey(_shortened(column, unique=unique), adapter, nullable, unique, descending)


def _shortened(column: Described, *, unique: bool) -> Any:
    """The column; of one whose texts may be too long for a cursor, their beginning."""
    if unique or not column.is_text or _fits_a_cursor(column):
        return column.given
    from sqlalchemy import func

    return func.substr(column.given, 1, COMPARED)


def _fits_a_cursor(column: Described) -> bool:
    return 0 < (column.declared.length or 0) <= COMPARED


def _check_tie(tie: Described) -> None:
    is_key = tie.has_table and [*tie.source.table.primary_key] == [tie.source]
    is_unique = bool(getattr(tie.source, "unique", False)) and not tie.nullable
    if not is_key and not is_unique:
        raise ConfigurationError(
            f"tie={tie.given}: it must be a primary key of one column, or unique=True and never empty: where two rows"
            " stand at the same place, a page could lose one of them."
        )
    if tie.is_text and not _fits_a_cursor(tie):
        raise ConfigurationError(f"tie={tie.given}: a text here is declared as String(n), n at most {COMPARED}.")
