"""Bounds for whatever a model gave none (ASVS 1.3.3, 1.4.2).

They are written into the schema that pydantic's core runs, so that they cost no Python per value and
stand in the document of the API.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from buckler.input.numbers import INT64
from buckler.input.texts import LONGEST_TEXT

MOST_MEMBERS: Final = 1000
_NO_NUL: Final = r"^[^\x00]*$"
_STRICT: Final = frozenset(("int", "float", "bool"))
_NESTS: Final = (
    "schema",
    "items_schema",
    "keys_schema",
    "values_schema",
    "extras_schema",
    "fields",
    "choices",
    "steps",
)
_MEMBERS: Final = frozenset(("list", "set", "frozenset", "dict"))


def bounded(schema: Any, model: type, *, strict: bool) -> Any:
    """A copy of `schema` in which what has no bound has ours. Other models, and field types of ours, keep their own."""
    if isinstance(schema, list | tuple):
        members = [bounded(each, model, strict=strict) for each in cast("list[Any]", schema)]
        return members if isinstance(schema, list) else tuple(members)
    if not isinstance(schema, Mapping):
        return schema
    given = dict(cast("Mapping[str, Any]", schema))
    if given.get("type") == "custom-error" or (given.get("type") == "model" and given.get("cls") is not model):
        return given
    nested: dict[str, Any] = {key: _inside(given[key], model, strict=strict) for key in _NESTS if key in given}
    return _with_bounds({**given, **nested}, strict=strict)


def _inside(nested: Any, model: type, *, strict: bool) -> Any:
    # A mapping of names, and not a schema: a field may well be called `type`.
    if isinstance(nested, dict) and not isinstance(_type(nested), str):
        return {name: bounded(child, model, strict=strict) for name, child in _members(nested)}
    return bounded(nested, model, strict=strict)


def _type(nested: Any) -> Any:
    return nested.get("type")


def _members(nested: Any) -> list[tuple[Any, Any]]:
    return list(nested.items())


def _with_bounds(schema: dict[str, Any], *, strict: bool) -> dict[str, Any]:
    kind = schema.get("type")
    if strict and kind in _STRICT:
        schema.setdefault("strict", True)
    if kind == "str":
        schema.setdefault("max_length", LONGEST_TEXT)
        schema.setdefault("pattern", _NO_NUL)
    elif kind == "int":
        _give_ends(schema)
    elif kind in _MEMBERS:
        schema.setdefault("max_length", MOST_MEMBERS)
    return schema


def _give_ends(schema: dict[str, Any]) -> None:
    if "ge" not in schema and "gt" not in schema:
        schema["ge"] = -INT64 - 1
    if "le" not in schema and "lt" not in schema:
        schema["le"] = INT64
        schema.setdefault("metadata", {"pydantic_js_updates": {"format": "int64"}})
