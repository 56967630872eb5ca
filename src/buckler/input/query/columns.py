"""What a column takes from outside: the type and the bounds of a value, read off the column itself.

1. A number fits the column's own width. 10^30 is refused here, not by a driver in the middle of a statement.
2. A text is bounded and has no NUL: PostgreSQL has none either, and would answer with an error.
3. A time without a zone is UTC's. One that no calendar holds once it is moved there is refused.
4. A column whose values are none of these (blobs, JSON, arrays) is neither sorted nor filtered by.

Caveat: a bound by the declared type is a bound for values that come in; what the database holds already is its own,
and a cursor over it is read by the kind of the column alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from buckler.errors import ConfigurationError
from buckler.input.faults import fault

if TYPE_CHECKING:
    from sqlalchemy import SQLColumnExpression

LONGEST_TEXT: Final = 200
"""Characters of a text to look for."""
_DIGITS: Final = 38
_REWRITING: Final = ("process_bind_param", "process_result_value", "bind_expression", "column_expression")
"""What a decorated type changes values with, if it has its own."""
_BITS: Final = {"SmallInteger": 16, "SMALLINT": 16, "BigInteger": 64, "BIGINT": 64}
ORDERED: Final = (int, float, Decimal, datetime, date)
"""Kinds of values that are before or after one another for everybody alike."""


@dataclass(frozen=True, slots=True)
class Described:
    """A column, and what SQLAlchemy knows about it."""

    given: "SQLColumnExpression[Any]"
    """As the app wrote it; this stands in statements."""
    source: Any
    """The column of the table behind it."""
    declared: Any
    """Its SQL type; of a decorated one, the type that the database has."""
    kind: type[Any]
    """The Python type of its values; `object` where nobody knows."""

    @property
    def is_text(self) -> bool:
        return self.kind is str and not getattr(self.declared, "enums", None)

    @property
    def has_table(self) -> bool:
        return getattr(self.source, "table", None) is not None

    @property
    def nullable(self) -> bool:
        """Whether its own table may leave it empty; of a computed one nobody knows."""
        return bool(getattr(self.source, "nullable", True))


def describe(name: str, column: object) -> Described:
    """What is known about the column. Raises `ConfigurationError` for what is none."""
    try:
        from sqlalchemy import SQLColumnExpression
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"{name!r}: sorting, filtering and paging need SQLAlchemy, which is not installed:"
            " pip install 'buckler[accounts]'."
        ) from None
    if not isinstance(column, SQLColumnExpression):
        raise ConfigurationError(
            f"{name!r}: {type(column).__name__} is no column. Name one, as in Note.title or table.c.title:"
            " a text here would become SQL."
        )
    given = cast("Any", column)
    declared = getattr(given.type, "impl_instance", given.type)
    return Described(given, given.expression, declared, _kind_of(given.type, declared))


def type_of(name: str, column: Described, longest: int = LONGEST_TEXT) -> Any:
    """What pydantic reads a value of the column with. Raises `ConfigurationError` where there is no bounded type."""
    if issubclass(column.kind, Enum):
        return column.kind
    for known, bounded in _BOUNDED.items():
        if column.kind is known and not _is_guarded_text(column):
            return bounded(column.declared, longest)
    raise ConfigurationError(
        f"{name!r}: a column of type {column.declared!r} is neither sorted nor filtered by. It may hold text, numbers,"
        " dates, times, truth values, enumerations or UUIDs; a type of your own says which by its `python_type`."
    )


def place_of(name: str, column: Described, longest: int) -> Any:
    """What pydantic reads a value with that the column held: by its kind. Not every database keeps to a width."""
    declared = type_of(name, column, longest)
    return _held_text(longest) if column.is_text else _HELD.get(column.kind, declared)


def bits_of(column: Described) -> int:
    """The width of the whole numbers that the column holds."""
    return _bits_of(column.declared)


def looked_for(column: Described) -> Any:
    """What pydantic reads a text to look for with: one that has something in it."""
    return _text(column.declared, LONGEST_TEXT, shortest=1)


def _is_guarded_text(column: Described) -> bool:
    """Whether the database takes some texts only, and which ones its type alone knows."""
    from sqlalchemy import String

    return column.kind is str and not isinstance(column.declared, String)


def _kind_of(given: Any, declared: Any) -> type[Any]:
    """The kind of its values. Of a decorated type that says nothing itself, as SQLModel's texts: of the one inside.

    Not of one that rewrites values: what is looked for would be another one then.
    """
    from sqlalchemy import TypeDecorator

    try:
        kind: type[Any] = given.python_type
    except NotImplementedError:
        return object
    if kind is not object or not isinstance(given, TypeDecorator):
        return kind
    plain, own = cast("Any", TypeDecorator), cast("Any", type(cast("Any", given)))
    rewrites = any(getattr(own, name) is not getattr(plain, name) for name in _REWRITING)
    return object if rewrites else getattr(declared, "python_type", object)


def _text(declared: Any, longest: int, shortest: int | None = None) -> Any:
    choices = getattr(declared, "enums", None)
    if choices:
        return Literal[tuple(choices)]
    most = min(declared.length or longest, longest)
    return Annotated[str, StringConstraints(min_length=shortest, max_length=most), AfterValidator(_without_nul)]


def _bits_of(declared: Any) -> int:
    return _BITS.get(type(declared).__name__, 32)


def _integer(declared: Any, _: int) -> Any:
    bits = _bits_of(declared)
    return Annotated[int, Field(ge=-(2 ** (bits - 1)), le=2 ** (bits - 1) - 1)]


def _decimal(declared: Any, _: int) -> Any:
    digits = getattr(declared, "precision", None) or _DIGITS
    return Annotated[Decimal, Field(max_digits=digits, decimal_places=declared.scale, allow_inf_nan=False)]


def _moment(declared: Any, _: int) -> Any:
    told = _in_utc if declared.timezone else _in_utc_unsaid
    return Annotated[datetime, BeforeValidator(_written_out), AfterValidator(told)]


_BOUNDED: Final[dict[type, Callable[[Any, int], Any]]] = {
    bool: lambda _declared, _longest: bool,
    int: _integer,
    float: lambda _declared, _longest: Annotated[float, Field(allow_inf_nan=False)],
    Decimal: _decimal,
    str: _text,
    datetime: _moment,
    date: lambda _declared, _longest: Annotated[date, BeforeValidator(_written_out)],
    UUID: lambda _declared, _longest: UUID,
}


_HELD: Final[dict[type, Any]] = {
    int: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)],
    float: Annotated[float, Field(allow_inf_nan=True)],
    Decimal: Annotated[Decimal, Field(max_digits=_DIGITS, allow_inf_nan=False)],
}


def _held_text(longest: int) -> Any:
    return Annotated[str, StringConstraints(max_length=longest), AfterValidator(_without_nul)]


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise fault("text_nul")
    return text


def _written_out(value: object) -> object:
    """Pydantic would take 10 for ten seconds after midnight of the first of January 1970."""
    if isinstance(value, str) and value[4:5] == "-":
        return value
    raise fault("date_form")


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise fault("date_beyond") from None


def _in_utc_unsaid(moment: datetime) -> datetime:
    return _in_utc(moment).replace(tzinfo=None)
