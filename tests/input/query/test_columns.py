"""What a column takes from outside, read off the column itself."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    Interval,
    Numeric,
    SmallInteger,
    String,
    TypeDecorator,
    Uuid,
    column,
)
from sqlalchemy.types import NullType, UserDefinedType
from sqlmodel import Field as SQLField
from sqlmodel import SQLModel

from buckler import ConfigurationError
from buckler.input.query.columns import describe, type_of


class Wide(TypeDecorator[int]):
    """A number in a coat."""

    impl = BigInteger
    cache_ok = True
    python_type = int


class Sealed(TypeDecorator[str]):
    """Whose values nobody knows: it changes them on their way."""

    impl = String(10)
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return value and value[::-1]


class Unsaid(UserDefinedType[object]):
    """Which does not say what its values are, as in SQLAlchemy before 2.1."""

    cache_ok = True

    @property
    def python_type(self) -> type[object]:
        raise NotImplementedError


def read(declared: Any, value: object) -> object:
    return TypeAdapter(type_of("x", describe("x", Column("x", declared)))).validate_python(value)


@pytest.mark.parametrize(
    ("declared", "value", "told"),
    [
        (SmallInteger, "-32768", -(2**15)),
        (Integer, str(2**31 - 1), 2**31 - 1),
        (BigInteger, str(2**63 - 1), 2**63 - 1),
        (Wide, str(2**63 - 1), 2**63 - 1),
        (BigInteger().with_variant(Integer, "sqlite"), str(2**63 - 1), 2**63 - 1),
        (Float, "1e300", 1e300),
        (Numeric(5, 2), "123.45", Decimal("123.45")),
        (Numeric, "9" * 38, Decimal("9" * 38)),
        (Boolean, "true", True),
        (String(3), "abc", "abc"),
        (String, "x" * 200, "x" * 200),
        (Date, "2026-01-31", date(2026, 1, 31)),
        (Uuid, "00000000-0000-0000-0000-000000000001", UUID(int=1)),
        (DateTime, "2026-01-01T02:00:00+02:00", datetime(2026, 1, 1)),  # noqa: DTZ001 - the column has no zone
        (DateTime(timezone=True), "2026-01-01T02:00:00", datetime(2026, 1, 1, 2, tzinfo=UTC)),
        (DateTime(timezone=True), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))), None),
    ],
)
def test_a_value_that_fits_is_read(declared: Any, value: object, told: object) -> None:
    """By the column's own width and kind; times are moved to UTC."""
    if told is None:
        with pytest.raises(ValidationError):
            read(declared, value)
    else:
        assert read(declared, value) == told


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (SmallInteger, 32768),
        (Integer, 2**31),
        (Wide, 2**63),
        (Integer, -(2**31) - 1),
        (BigInteger, 2**63),
        (BigInteger, "1" + "0" * 30),
        (Float, "nan"),
        (Float, "inf"),
        (Numeric(5, 2), "1234.5"),
        (Numeric(5, 2), "1.234"),
        (Numeric, "1e1000000"),
        (Numeric, "NaN"),
        (String(3), "abcd"),
        (String, "x" * 201),
        (String, "\0"),
        (Date, "1700000000"),
        (DateTime, "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(declared: Any, value: object) -> None:
    """Before a driver meets it."""
    with pytest.raises(ValidationError):
        read(declared, value)


@pytest.mark.parametrize("declared", [Interval, NullType, Uuid(as_uuid=False), Sealed, Unsaid()])
def test_a_column_without_a_bounded_type_is_no_column_for_strangers(declared: Any) -> None:
    """There is no positive rule to hold a value against."""
    with pytest.raises(ConfigurationError, match="neither sorted nor filtered"):
        type_of("x", describe("x", Column("x", declared)))


WITHOUT = """
import sys
sys.modules["sqlalchemy"] = None
from buckler import ConfigurationError
from buckler.input import Filters, Page, PageQuery, Pages, Sorting, contains, starts_with
try:
    Sorting({"title": object()}, default="title", tie=object())
except ConfigurationError as error:
    print(error)
"""


def test_without_sqlalchemy_the_names_stand_and_say_what_to_install() -> None:
    """It is an extra; who sorts nothing does not need it."""
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "pip install 'buckler[accounts]'" in done.stdout


def test_a_text_of_sqlmodel_is_a_text() -> None:
    """Its type is a decorator around ours, which says nothing of its values; one that rewrites them stays unknown."""

    class Shelf(SQLModel, table=True):
        id: int | None = SQLField(default=None, primary_key=True)
        name: str = SQLField(max_length=20)

    class Shouting(TypeDecorator[str]):
        impl = String
        cache_ok = True

        def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
            return value and value.upper()

    assert describe("name", Shelf.name).is_text
    assert TypeAdapter(type_of("name", describe("name", Shelf.name))).validate_python("x" * 20) == "x" * 20
    with pytest.raises(ValidationError):
        TypeAdapter(type_of("name", describe("name", Shelf.name))).validate_python("x" * 21)
    assert describe("loud", column("loud", Shouting())).kind is object
