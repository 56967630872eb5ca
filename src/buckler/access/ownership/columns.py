"""Columns that name somebody or something: an owner, a tenant, a parent, the object itself.

1. A column of the model itself, as the model has it: not one of an alias, another table, a synonym or an expression,
   which would compare something else than what is written.
2. Texts become the column's own type strictly. One account has one spelling: `"042"` and `" 42"` are no 42.
3. A number fits the column's own width, a text its length, and no text has a NUL, which PostgreSQL cannot compare.

Caveat: the bounds are those of the declared type, not of what the database took in spite of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CHAR, Column, Table, TypeDecorator, UniqueConstraint, inspect
from sqlalchemy.orm import ColumnProperty, Mapper
from sqlalchemy.orm.attributes import InstrumentedAttribute

from buckler.errors import ConfigurationError
from buckler.input.query.columns import Described, bits_of, describe

_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}")
_UNSENDABLE: Final = re.compile("[\0\ud800-\udfff]")
"""What PostgreSQL has no text for, and UTF-8 none."""
_LONGEST: Final = 1000
"""Characters of a text where the column says nothing."""


@dataclass(frozen=True, slots=True)
class NamingColumn:
    """A column whose values name somebody or something, and how a text becomes one."""

    attribute: InstrumentedAttribute[Any]
    kind: type[int] | type[str] | type[UUID]
    bits: int = 32
    longest: int = _LONGEST

    @property
    def name(self) -> str:
        return self.attribute.key

    def value_of(self, given: object) -> int | str | UUID | None:
        """What the column would hold for this text, or for what a path converter made of one; None where it cannot."""
        if isinstance(given, str):
            found = _READERS[self.kind](given)
        else:
            found = cast("int | UUID", given) if type(given) is self.kind else None
        return found if found is not None and self._fits(found) else None

    def schema(self) -> dict[str, object]:
        """What it takes, as JSON schema has it."""
        if self.kind is int:
            most = 2 ** (self.bits - 1) - 1
            width = "int64" if self.bits > 32 else "int32"
            return {"type": "integer", "format": width, "minimum": -most - 1, "maximum": most}
        if self.kind is UUID:
            return {"type": "string", "format": "uuid", "minLength": 32, "maxLength": 36}
        return {"type": "string", "minLength": 1, "maxLength": self.longest}

    def _fits(self, value: int | str | UUID) -> bool:
        if isinstance(value, int):
            most: int = 2 ** (self.bits - 1) - 1
            return -most - 1 <= value <= most
        return not isinstance(value, str) or 0 < len(value) <= self.longest


def naming_column(model: type, given: object, said: str) -> NamingColumn:
    """The column that `said` names. Raises `ConfigurationError` for what is no such column of the model."""
    attribute = _attribute_of(mapper_of(model), given, said)
    described = _undecorated(describe(said, attribute))
    if described.kind not in _READERS or (described.kind is str and not described.is_text):
        raise ConfigurationError(
            f"{said}: a column of type {described.declared!r} names nobody. It may hold whole numbers, texts or UUIDs;"
            " a type of your own says which by its `python_type`."
        )
    if isinstance(described.declared, CHAR) and described.kind is str:
        raise ConfigurationError(
            f"{said}: CHAR pads its values with blanks, so none would be equal to what it should; make it a String."
        )
    return NamingColumn(attribute, described.kind, bits_of(described), _length_of(described))


def key_of(model: type, given: object, among: frozenset[str]) -> NamingColumn:
    """The column that tells objects of the model apart, alone or together with the columns `among`."""
    mapper = mapper_of(model)
    if given is not None:
        found = naming_column(model, given, "key=")
        if not _is_unique(mapper, found.attribute.property.columns[0], among):
            raise ConfigurationError(
                f"key={found.attribute}: two objects could have the same. Give the column unique=True, or name another."
            )
        return found
    if len(mapper.primary_key) != 1:
        told = ", ".join(column.name for column in mapper.primary_key)
        raise ConfigurationError(
            f"{model.__name__} has several columns for a key ({told}), and a path parameter names one: write"
            f" key={model.__name__}.... for a column that is unique by itself."
        )
    attribute = getattr(model, mapper.get_property_by_column(mapper.primary_key[0]).key)
    return naming_column(model, attribute, f"the key of {model.__name__}")


def mapper_of(model: object) -> Mapper[Any]:
    """The mapper of a model. Raises `ConfigurationError` for what is none."""
    known: Any = model
    found: Any = inspect(known, raiseerr=False) if isinstance(model, type) else None
    if not (found is not None and found.is_mapper):
        raise ConfigurationError(
            f"Owned({getattr(model, '__name__', repr(model))}): this is no mapped class. Name the model itself, as in"
            " Owned(Note, owner=Note.owner_id); a SQLModel needs table=True."
        )
    mapper: Mapper[Any] = found
    return mapper


def _attribute_of(mapper: Mapper[Any], given: object, said: str) -> InstrumentedAttribute[Any]:
    model = mapper.class_.__name__
    if not isinstance(given, InstrumentedAttribute):
        raise ConfigurationError(
            f"{said}: {type(given).__name__} is no column of {model}. Name it on the model, as in {model}.owner_id;"
            " a text, a table's column, a synonym or a hybrid will not do."
        )
    attribute = cast("Any", given)
    parent: object = attribute.parent
    if not isinstance(parent, Mapper) or not mapper.isa(cast("Any", parent)):
        raise ConfigurationError(
            f"{said}: {attribute} is a column of something else than {model}. Name one of {model};"
            " where the owner stands on a related model write through= as well, and name no alias."
        )
    prop: object = attribute.property
    if not isinstance(prop, ColumnProperty) or not isinstance(prop.columns[0], Column):
        raise ConfigurationError(f"{said}: {attribute} is no plain column, so no statement could be held to it.")
    # As this model has it: that of a parent class may be another column here.
    return cast("InstrumentedAttribute[Any]", getattr(mapper.class_, attribute.key))


def _undecorated(described: Described) -> Described:
    """With the kind of a UUID inside a decorator that rewrites it, as fastapi-users has one: one UUID stays one."""
    given: Any = described.given
    if described.kind is not object or not isinstance(given.type, TypeDecorator):
        return described
    kind: type[Any] = getattr(described.declared, "python_type", object)
    return replace(described, kind=kind) if kind is UUID else described


def _is_unique(mapper: Mapper[Any], column: Column[Any], among: frozenset[str]) -> bool:
    table: Table = column.table
    sets: list[list[Column[Any]]] = [[column]] if column.unique else []
    sets += [list(each.columns) for each in table.constraints if isinstance(each, UniqueConstraint)]
    sets += [list(each.columns) for each in table.indexes if each.unique]
    sets.append([each for each in mapper.primary_key if isinstance(each, Column)])
    return any(column in each and {one.key for one in each if one is not column} <= among for each in sets)


def _length_of(described: Described) -> int:
    return min(getattr(described.declared, "length", None) or _LONGEST, _LONGEST)


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _uuid(text: str) -> UUID | None:
    return UUID(text) if _UUID.fullmatch(text) else None


def _text(text: str) -> str | None:
    return None if _UNSENDABLE.search(text) else text


_READERS: Final[dict[type, Callable[[str], Any]]] = {int: _number, str: _text, UUID: _uuid}
