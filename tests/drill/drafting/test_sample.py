"""Values that schemas allow."""

import re

import pytest

from buckler.drill.drafting.sample import Samples
from buckler.drill.plan.schema import Schemas


@pytest.mark.parametrize(
    ("schema", "holds"),
    [
        ({"type": "integer", "minimum": 5, "maximum": 9}, lambda v: v == 5),
        ({"type": "integer", "exclusiveMinimum": 5}, lambda v: v == 6),
        ({"type": "integer", "maximum": -3}, lambda v: v == -3),
        ({"type": "integer", "minimum": 4, "multipleOf": 5}, lambda v: v == 5),
        ({"type": "number", "minimum": 0.5, "maximum": 0.7}, lambda v: 0.5 <= v <= 0.7),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}, lambda v: 0 < v < 0.5),
        ({"type": "number", "minimum": 0.2, "exclusiveMaximum": 0.5}, lambda v: 0.2 <= v < 0.5),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, lambda v: v == 6),
        ({"type": "integer", "exclusiveMaximum": 1}, lambda v: v == 0),
        ({"type": "integer", "minimum": 2, "maximum": 1}, lambda v: isinstance(v, int)),
        ({"type": "boolean"}, lambda v: v is True),
        ({"type": "string", "maxLength": 3}, lambda v: 0 < len(v) <= 3),
        ({"type": "string", "minLength": 40}, lambda v: len(v) >= 40),
        ({"type": "string", "format": "email"}, lambda v: "@" in v),
        ({"type": "string", "format": "date"}, lambda v: re.fullmatch(r"\d{4}-\d\d-\d\d", v)),
        ({"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2}$"}, lambda v: re.fullmatch("[A-Z]{3}-[0-9]{2}", v)),
        ({"enum": ["red", "blue"]}, lambda v: v == "red"),
        ({"const": 7}, lambda v: v == 7),
        ({"type": "string", "examples": ["as told"]}, lambda v: v == "as told"),
        ({"type": "string", "examples": ["a few words"]}, lambda v: re.fullmatch(r"a few words \d+", v)),
        ({"type": "string", "examples": ["a few words"], "maxLength": 12}, lambda v: v == "a few words"),
        ({"type": "string", "examples": ["a few words"], "pattern": "^[a-z ]+$"}, lambda v: v == "a few words"),
        ({"type": "string", "examples": ["a few words"], "format": "odd"}, lambda v: v == "a few words"),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, lambda v: v == 1),
        ({"type": ["string", "null"]}, lambda v: isinstance(v, str)),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, lambda v: v == [1, 1]),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}]}, lambda v: v == [1, True]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, lambda v: v == {"drill": 1}),
        ({"type": "object", "additionalProperties": True}, lambda v: v == {}),
        ({"type": "object", "minProperties": 2}, lambda v: len(v) == 2),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "examples": ["as told"]}, lambda v: v == "as told"),
        ({"anyOf": [{"oneOf": [{"type": "integer"}]}, {"type": "null"}]}, lambda v: v == 1),
        (
            {"properties": {"a": {"type": "integer"}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            lambda v: v == {"a": 1},
        ),
        (
            {"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"required": []}]},
            lambda v: v == {"a": 1},
        ),
    ],
)
def test_a_value_keeps_the_bounds(schema: object, holds: object) -> None:
    """Kinds, formats, bounds, choices and patterns are kept."""
    value = Samples(Schemas({})).value(schema, "thing")
    assert holds(value), value  # type: ignore[operator]


def test_no_two_texts_are_the_same() -> None:
    """Unique columns take the second one too."""
    samples = Samples(Schemas({}))
    assert len({samples.value({"type": "string"}, name) for name in ("name", "email", "name", "email")}) == 4


def test_names_help_where_nothing_else_is_said() -> None:
    """An address looks like one, and a password is long."""
    samples = Samples(Schemas({}))
    assert "@" in str(samples.value({"type": "string"}, "user_email"))
    assert len(str(samples.value({"type": "string"}, "password"))) > 15


def test_an_example_that_calls_something_is_given_once() -> None:
    """There may be one of a name. Words of a list, and what has no room or no such pattern, stay as they are."""
    samples = Samples(Schemas({}))
    title = {"type": "string", "example": "book"}
    several = [samples.value(title, "book_title") for _ in range(3)]
    assert several[0] == "book"
    assert len({*several}) == 3
    for schema in ({**title, "enum": ["book"]}, {**title, "maxLength": 4}, {**title, "pattern": "^[a-z]+$"}):
        assert {samples.value(schema, "book_title") for _ in range(2)} == {"book"}
    assert {samples.value(title, "country") for _ in range(2)} == {"book"}


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("start_date", "end_date"),
        ("starts_at", "ends_at"),
        ("check_in_date", "check_out_date"),
        ("validFrom", "validUntil"),
        ("from_date", "to_date"),
        ("created_at", "expires_at"),
    ],
)
@pytest.mark.parametrize("form", ["date", "date-time"])
def test_what_ends_comes_after_what_begins(begins: str, ends: str, form: str) -> None:
    """Apps refuse a stay of no night."""
    day = {"type": "string", "format": form}
    made = Samples(Schemas({})).value({"properties": {ends: day, begins: day}, "required": [begins, ends]})
    assert isinstance(made, dict)
    assert made[begins] < made[ends]
