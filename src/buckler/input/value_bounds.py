"""What a value gets that has no bound of its own (ASVS 1.3.3, 1.4.2).

- Texts, bytes and addresses an end; texts no NUL. JSON in a text, and what pydantic reads by functions of its own
  (patterns, addresses of hosts), an end before it is read.
- Whole numbers 64 bits. `Decimal` 40 digits, exponent included: `int()` of 1E+300000 takes seconds. Fractions 40 digits
  each side, complex numbers finite parts.
- Collections 1,000 members. An `Iterable` is read at once, and is a list: read later, its errors would be ours.
- Dates and times from text that says so. Pydantic takes 10, and `10`, for ten seconds after midnight of 1970.
"""

import cmath
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import PydanticKnownError

from buckler.input.faults import fault, told_as
from buckler.input.numbers import INT64
from buckler.input.texts import LONGEST_TEXT

MOST_MEMBERS: Final = 1000
MOST_DIGITS: Final = 40
LONGEST_ADDRESS: Final = 2083
_NO_NUL: Final = r"^[^\x00]*$"
_STRICT: Final = frozenset(("int", "float", "bool"))
_COLLECTIONS: Final = frozenset(("list", "set", "frozenset", "deque", "dict", "frozendict", "ordered-dict", "counter"))
_FRACTION: Final = re.compile(r"-?[0-9]{1,40}(?:/[0-9]{1,40}|\.[0-9]{1,40})?")
Schema = dict[str, Any]


def bounded_value(schema: Schema, *, strict: bool) -> Schema:
    """`schema` with our bounds where it has none. Doing it again changes nothing."""
    kind = str(schema.get("type"))
    if strict and kind in _STRICT:
        schema.setdefault("strict", True)
    if kind in _COLLECTIONS:
        schema.setdefault("max_length", MOST_MEMBERS)
        return schema
    return _BOUNDS[kind](schema) if kind in _BOUNDS else schema


def is_bounded(schema: Mapping[str, Any]) -> bool:
    """Whether it has a look at the value in front of it that is ours."""
    function: Any = schema.get("function")
    return schema.get("type") == "function-before" and function["function"] in _LOOKS


def _text(schema: Schema) -> Schema:
    """The text, then its characters. It stands at both ends: the document shows the first or the last step."""
    text = {key: schema[key] for key in schema if key != "ref"}
    text.setdefault("max_length", LONGEST_TEXT)
    return {"type": "chain", "steps": [text, told_as("text_nul", {"type": "str", "pattern": _NO_NUL}), text]}


def _whole(schema: Schema) -> Schema:
    if "ge" not in schema and "gt" not in schema:
        schema["ge"] = -INT64 - 1
    if "le" not in schema and "lt" not in schema:
        schema["le"] = INT64
        schema.setdefault("metadata", {"pydantic_js_updates": {"format": "int64"}})
    return schema


def _tuple(schema: Schema) -> Schema:
    return schema if schema.get("variadic_item_index") is None else _with(schema, "max_length", MOST_MEMBERS)


def _with(schema: Schema, key: str, most: int) -> Schema:
    schema.setdefault(key, most)
    return schema


def _listed(schema: Schema) -> Schema:
    kept = {key: schema[key] for key in schema if key not in ("ref", "serialization")}
    return {**kept, "type": "list", "max_length": schema.get("max_length", MOST_MEMBERS)}


def _judged(judge: Callable[[object], object]) -> Callable[[Schema], Schema]:
    """Bounds for what the core has none for: a look at the value before it is read."""

    def bound(schema: Schema) -> Schema:
        inner = {key: schema[key] for key in schema if key != "ref"}
        return {"type": "function-before", "function": {"type": "no-info", "function": judge}, "schema": inner}

    return bound


def _short(sent: object) -> object:
    if isinstance(sent, str | bytes) and len(sent) > LONGEST_TEXT:
        raise PydanticKnownError("string_too_long", {"max_length": LONGEST_TEXT})
    return sent


def _written_date(sent: object) -> object:
    if _is_number(sent) or (isinstance(sent, str) and sent[4:5] != "-"):
        raise fault("date_form")
    return sent


def _written_time(sent: object) -> object:
    if _is_number(sent) or (isinstance(sent, str) and sent[2:3] != ":"):
        raise PydanticKnownError("time_type")
    return sent


def _written_span(sent: object) -> object:
    if _is_number(sent):
        raise PydanticKnownError("time_delta_type")
    return sent


def _fraction(sent: object) -> object:
    if isinstance(sent, str) and _FRACTION.fullmatch(sent) is None:
        raise fault("fraction")
    if isinstance(sent, float) or (isinstance(sent, int) and abs(sent) > INT64):
        raise fault("fraction")
    return sent


def _finite(sent: object) -> object:
    _short(sent)
    if isinstance(sent, str | int | float | complex) and not _is_finite(sent):
        raise PydanticKnownError("finite_number")
    return sent


def _is_finite(sent: str | complex) -> bool:
    try:
        return cmath.isfinite(complex(sent))
    except ValueError:
        return True  # no number at all: for pydantic to tell
    except OverflowError:
        return False


def _is_number(sent: object) -> bool:
    return isinstance(sent, int | float)


def _read_by_function(schema: Schema) -> Schema:
    """Functions of pydantic's own get an end; one that the app names has the bounds that it gives itself."""
    function: Any = schema["function"]
    own = str(getattr(function["function"], "__module__", "")).startswith("pydantic")
    return _judged(_short)(schema) if own else schema


_LOOKS: Final = (_short, _written_date, _written_time, _written_span, _fraction, _finite)
_BOUNDS: Final[dict[str, Callable[[Schema], Schema]]] = {
    "str": _text,
    "int": _whole,
    "tuple": _tuple,
    "generator": _listed,
    "bytes": lambda schema: _with(schema, "max_length", LONGEST_TEXT),
    "decimal": lambda schema: _with(schema, "max_digits", MOST_DIGITS),
    "url": lambda schema: _with(schema, "max_length", LONGEST_ADDRESS),
    "multi-host-url": lambda schema: _with(schema, "max_length", LONGEST_ADDRESS),
    "date": _judged(_written_date),
    "datetime": _judged(_written_date),
    "time": _judged(_written_time),
    "timedelta": _judged(_written_span),
    "fraction": _judged(_fraction),
    "complex": _judged(_finite),
    "json": _judged(_short),
    "function-plain": _read_by_function,
}
