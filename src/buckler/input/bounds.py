"""Bounds for whatever a model gave none (ASVS 1.3.3, 1.4.2).

They are written into the schema that pydantic's core runs, so that most cost no Python per value and
stand in the document of the API. `value_bounds.py` says which each kind of value gets; here is the way to all of them:

1. Into everything that holds other values: collections, unions, defaults, validators, typed dicts, named tuples and
   the dataclasses of the standard library.
2. Other models, pydantic's dataclasses and field types of ours keep their own.
3. A kind of schema that is not known here is refused when the class is made: it could hold anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from buckler.errors import ConfigurationError
from buckler.input.value_bounds import MOST_MEMBERS as MOST_MEMBERS
from buckler.input.value_bounds import bounded_value, is_bounded

Schema = dict[str, Any]
_NESTS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("list", "set", "frozenset", "generator", "deque", "tuple"), ("items_schema",)),
    **dict.fromkeys(("dict", "frozendict", "ordered-dict", "counter"), ("keys_schema", "values_schema")),
    **dict.fromkeys(("function-before", "function-after", "function-wrap", "nullable", "default"), ("schema",)),
    **dict.fromkeys(("model", "dataclass", "custom-error", "json"), ("schema",)),
    **dict.fromkeys(("model-field", "dataclass-field", "typed-dict-field", "named-tuple-field"), ("schema",)),
    **dict.fromkeys(("model-fields", "typed-dict"), ("fields", "extras_schema", "extras_keys_schema")),
    **dict.fromkeys(("dataclass-args", "named-tuple"), ("fields",)),
    **dict.fromkeys(("arguments", "arguments-v3"), ("arguments_schema", "var_args_schema", "var_kwargs_schema")),
    **dict.fromkeys(("union", "tagged-union"), ("choices",)),
    "chain": ("steps",),
    "call": ("arguments_schema",),
    "lax-or-strict": ("lax_schema", "strict_schema"),
    "json-or-python": ("json_schema", "python_schema"),
    "definitions": ("schema", "definitions"),
    **dict.fromkeys(("any", "none", "bool", "int", "float", "complex", "fraction", "decimal", "str", "bytes"), ()),
    **dict.fromkeys(("date", "time", "datetime", "timedelta", "literal", "enum", "uuid", "url", "multi-host-url"), ()),
    **dict.fromkeys(("missing-sentinel", "ellipsis", "is-instance", "is-subclass", "callable", "function-plain"), ()),
    "definition-ref": (),
}
"""Every kind that is known, and where it holds others."""


def bounded(schema: Any, model: type, *, strict: bool, resolve: Callable[[Any], Any] | None = None) -> Any:
    """A copy of `schema` in which what has no bound has ours. `resolve` finds what it only refers to."""
    return _Bounding(model, strict, resolve).of(schema)


@dataclass(frozen=True, slots=True)
class _Bounding:
    """One walk through the schema of one model."""

    model: type
    strict: bool
    resolve: Callable[[Any], Any] | None
    met: set[str] = field(default_factory=set[str])

    def of(self, schema: Any) -> Any:
        """The copy of a schema, or of several in a row."""
        if isinstance(schema, list | tuple):
            members = [self.of(each) for each in cast("list[Any]", schema)]
            return members if isinstance(schema, list) else tuple(members)
        if not isinstance(schema, Mapping):
            return schema
        given = dict(cast("Mapping[str, Any]", schema))
        if _is_ours(given) or self._is_another_model(given):
            return given
        if given.get("type") == "definition-ref":
            self._follow(given)
        kept = {key: self._inside(given[key]) for key in self._nests_of(given) if key in given}
        return _named(given, bounded_value({**given, **kept}, strict=self.strict))

    def _is_another_model(self, schema: Schema) -> bool:
        """Whether it has a validator of its own, which pydantic takes whatever we write here."""
        kind, cls = schema.get("type"), schema.get("cls")
        return (kind == "model" and cls is not self.model) or (
            kind == "dataclass" and hasattr(cls, "__pydantic_validator__")
        )

    def _nests_of(self, schema: Schema) -> tuple[str, ...]:
        kind = schema.get("type")
        if kind is None:
            return ("schema",)  # an argument of a call
        if kind not in _NESTS:
            # Fail closed: nobody here knows what may come in it, nor how much.
            raise ConfigurationError(
                f"{self.model.__name__} has a field of pydantic's kind {kind!r}, to which no bounds are known. Give the"
                " field another type, or keep it in a plain BaseModel with bounds of its own."
            )
        return _NESTS[kind]

    def _follow(self, reference: Schema) -> None:
        """Give bounds to what `reference` stands for, in its own place: whoever refers to it gets them."""
        name = str(reference["schema_ref"])
        if self.resolve is None or name in self.met:
            return
        self.met.add(name)
        try:
            found = self.resolve(reference)
        except LookupError:
            return  # being made: its own model has its own walk
        made = self.of(found)
        found.clear()
        found.update(made)

    def _inside(self, nested: Any) -> Any:
        # A mapping of names, and not a schema: a field may well be called `type`.
        if isinstance(nested, dict) and not isinstance(_kind(nested), str):
            return {name: self.of(child) for name, child in _members(nested)}
        return self.of(nested)


def _is_ours(schema: Mapping[str, Any]) -> bool:
    """Whether it is a field type of ours, whose complaints have words of their own, or has its bounds."""
    steps = cast("list[Any]", schema.get("steps", ()) if schema.get("type") == "chain" else ())
    return (
        schema.get("type") == "custom-error"
        or is_bounded(schema)
        or any(_kind(step) == "custom-error" for step in steps)
    )


def _kind(schema: Any) -> Any:
    return schema.get("type")


def _members(several: Any) -> list[tuple[Any, Any]]:
    return list(several.items())


def _named(given: Schema, made: Schema) -> Schema:
    """`made` under the name that others refer to, where it stands around what had it."""
    if "ref" not in given or made.get("ref") == given["ref"]:
        return made
    return {**made, "ref": given["ref"]}
