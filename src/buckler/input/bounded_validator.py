"""What a value that does not fit may cost (ASVS 1.3.3, 2.2.1, 15.2.2).

A list of 50,000 empty objects weighs 150 kB. For a model of 24 fields it makes 1.2 million errors, which held
the loop for seconds and took more than a gigabyte. Pydantic has no bound for that, so:

1. A value of at most 1,000 members is judged as ever, and each of its errors is told.
2. A larger one is judged by a copy of the schema in which lists, sets and mappings stop at their first member that
   does not fit. In it a set, or a mapping whose keys are more than text, has at most 1,000 members where it
   declares no `max_length`: numbers and UUIDs can be chosen so that all of them land in one place of the table.
3. Where a type holds itself, at most 10,000 objects and lists: no list need be in it for errors to multiply.
4. More than 1,000 errors become one.

What fits passes as before, and only the way to the answer changes: nothing of this stands in the document.

Caveat: validators that the app calls itself, a model with an `__init__` of its own included, are pydantic's own.
Types whose work doubles with each level are refused before the app starts (`doubled_work.py`).
"""

from collections.abc import Iterator, Mapping, Sized
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, cast

from pydantic import TypeAdapter
from pydantic_core import PydanticKnownError, SchemaValidator, ValidationError

from buckler.input.bounds import MOST_MEMBERS
from buckler.input.faults import fault

MOST_ERRORS: Final = 1000
FEW: Final = 1000
"""Members, of all objects and lists together: what is judged to its end."""
MOST_NESTED: Final = 10_000
"""Objects and lists in a value of a type that holds itself."""
_NESTS: Final = frozenset(
    (
        "schema",
        "items_schema",
        "keys_schema",
        "values_schema",
        "extras_schema",
        "extras_keys_schema",
        "lax_schema",
        "strict_schema",
        "python_schema",
        "arguments_schema",
        "var_args_schema",
        "var_kwargs_schema",
        "default_schema",
    )
)
"""Where a schema has one other, or a list of them."""
_NAMED: Final = frozenset(("fields", "choices", "steps", "definitions"))
"""Where it has several, by names or in a row."""
_MAPPINGS: Final = frozenset(("dict", "frozendict", "ordered-dict", "counter"))
_STOPPING: Final = _MAPPINGS | {"list", "set", "frozenset", "tuple", "deque"}
_HASHED: Final = _MAPPINGS | {"set", "frozenset"}


class BoundedValidator:
    """Stands in the place of a `TypeAdapter`'s validator, and costs a glance at the value where that fits."""

    def __init__(self, theirs: SchemaValidator, schema: Mapping[str, Any]) -> None:
        kinds = set(_kinds_in(schema))
        self._theirs = theirs
        # A validator of its own for each model in it: the models' prebuilt ones do not stop.
        self._stopping = SchemaValidator(_stopping(schema), None, _use_prebuilt=False)
        self._reads_text = "json" in kinds
        self._holds_itself = holds_itself(schema)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._theirs, name)

    def validate_python(self, value: Any, **options: Any) -> Any:
        """Validate as pydantic does. Raises `ValidationError` with at most `MOST_ERRORS` errors."""
        validator = self._theirs
        if _has_more(value, FEW, reads_text=self._reads_text):
            validator = self._stopping
            if self._holds_itself and _nests_more(value, MOST_NESTED):
                raise _told_once("value_too_nested", validator.title)
        try:
            return validator.validate_python(value, **options)
        except ValidationError as error:
            if error.error_count() <= MOST_ERRORS:
                raise
            title = error.title
        raise _told_once("errors_too_many", title)


def bound(adapter: TypeAdapter[Any]) -> None:
    """Put a `BoundedValidator` into `adapter` where its values may have members. Doing it again changes nothing."""
    schema: Any = adapter.core_schema
    if isinstance(adapter.validator, SchemaValidator) and _MULTIPLYING.intersection(_kinds_in(schema)):
        adapter.validator = cast("SchemaValidator", BoundedValidator(adapter.validator, schema))


_MULTIPLYING: Final = _STOPPING | {"definition-ref", "model-fields", "typed-dict", "dataclass-args"}


def _told_once(kind: Any, title: str) -> ValidationError:
    return ValidationError.from_exception_data(title, [{"type": fault(kind), "input": None}])


def _has_more(value: Any, most: int, *, reads_text: bool) -> bool:
    """Whether `value` has more than `most` members, or a text that may have them within.

    One plain loop: every request with a body pays for it.
    """
    waiting: list[Any] = [(value,)]
    members = 0
    for held in waiting:  # grows while it is walked
        members += len(held)
        if members > most:
            return True
        for each in held:
            if type(each) is dict:
                waiting.append(cast("dict[str, Any]", each).values())
            elif type(each) is list:
                waiting.append(each)
            elif reads_text and isinstance(each, str | bytes) and len(each) > most:
                return True
    return False


def _nests_more(value: Any, most: int) -> bool:
    """Whether there are more than `most` objects and lists in `value`."""
    waiting: list[Any] = [(value,)]
    for held in waiting:
        waiting += [_held_in(each) for each in held if type(each) is dict or type(each) is list]
        if len(waiting) > most:
            return True
    return False


def _held_in(value: Any) -> Any:
    return cast("Mapping[str, Any]", value).values() if isinstance(value, Mapping) else value


def _kinds_in(schema: Any) -> Iterator[str]:
    for each in schemas_in(schema):
        yield str(each.get("type"))


def schemas_in(nested: Any) -> Iterator[Mapping[str, Any]]:
    """A schema and every one inside it; what it only refers to is among its definitions."""
    if isinstance(nested, list | tuple):
        for each in cast("list[Any]", nested):
            yield from schemas_in(each)
    elif isinstance(nested, Mapping):
        schema = cast("Mapping[str, Any]", nested)
        yield schema
        for key in schema:
            yield from schemas_in(schema[key]) if key in _NESTS else ()
            yield from schemas_in(list(_held_in(schema[key]))) if key in _NAMED else ()


def holds_itself(schema: Any) -> bool:
    """Whether there is a type in it that leads to itself. A type that only stands in two places does not."""
    leads = {
        each["ref"]: {str(inner["schema_ref"]) for inner in schemas_in(each) if inner.get("type") == "definition-ref"}
        for each in schemas_in(schema)
        if "ref" in each
    }
    try:
        TopologicalSorter(leads).prepare()
    except CycleError:
        return True
    return False


def _stopping(nested: Any) -> Any:
    """A copy of `nested`, a schema or a row of them, that stops at the first member that does not fit."""
    if isinstance(nested, list | tuple):
        row = [_stopping(each) for each in cast("list[Any]", nested)]
        return row if isinstance(nested, list) else tuple(row)
    if not isinstance(nested, Mapping):
        return nested
    schema = dict(cast("Mapping[str, Any]", nested))
    for key in schema:
        if key in _NESTS:
            schema[key] = _stopping(schema[key])
        elif key in _NAMED:
            schema[key] = _stopping_named(schema[key])
    return _with_ends(schema)


def _stopping_named(several: Any) -> Any:
    if isinstance(several, Mapping):
        named = cast("Mapping[str, Any]", several)
        return {name: _stopping(each) for name, each in named.items()}
    return _stopping(several)


def _with_ends(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    if kind not in _STOPPING:
        return schema
    schema["fail_fast"] = True
    if kind not in _HASHED or _has_text_keys(schema) or schema.get("max_length") is not None:
        return schema
    ref = {"ref": schema.pop("ref")} if "ref" in schema else {}
    return {"type": "function-before", "function": {"type": "no-info", "function": _short}, "schema": schema, **ref}


def _has_text_keys(schema: Mapping[str, Any]) -> bool:
    """Whether what is hashed is text, or nothing else than the names that JSON had: those hash by a secret."""
    is_mapping = schema["type"] in _MAPPINGS
    hashed: Any = schema.get("keys_schema" if is_mapping else "items_schema")
    if hashed is None or hashed["type"] == "any":
        return is_mapping
    return bool(hashed["type"] == "str")


def _short(value: Any) -> Any:
    if isinstance(value, Sized) and len(value) > MOST_MEMBERS:
        told = {"field_type": "Value", "max_length": MOST_MEMBERS, "actual_length": len(value)}
        raise PydanticKnownError("too_long", told)
    return value
