"""Which models stand in a type, and which of their fields are guarded.

Read from the schema that pydantic validates and serialises by, so that generics, unions and models that hold
themselves are found like the rest. A field that a class overrides without `Visible` keeps the guard of its base.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast, get_type_hints

from pydantic import BaseModel, TypeAdapter

from buckler.access.declarations.field_use import FieldUse, Way, described
from buckler.access.fields.visible import FieldGuard
from buckler.input.bounded_validator import schemas_in

Model = type[BaseModel]
Schema = Mapping[str, Any]
_OPEN: Final = frozenset(("any", "is-instance", "is-subclass", "function-plain", "callable"))
"""Schemas that say nothing of what is inside."""
_OBJECTS: Final = frozenset(("model", "dataclass", "enum", "function-after", "function-wrap"))
_KNOWN: Final = "contents_of_buckler"
"""Where an adapter keeps what was found in it: the routes of an app are judged again whenever one is added."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a type may hold."""

    models: tuple[Model, ...]
    schemas: tuple[Schema, ...]
    is_open: bool
    """Whether it may hold models that it does not name."""

    @property
    def holds_objects(self) -> bool:
        """Whether there are objects of the app's own in it, which may hold what their type does not say."""
        return any(each.get("type") in _OBJECTS for each in self.schemas)

    @property
    def guarded(self) -> tuple[Model, ...]:
        return tuple(each for each in self.models if guards_of(each))


def contents_of(adapter: TypeAdapter[Any]) -> Contents:
    """Everything in the type of `adapter`."""
    known: Contents | None = getattr(adapter, _KNOWN, None)
    if known is None:
        adapter.rebuild(raise_errors=False)
        if not adapter.pydantic_complete:
            # It names what is not there, and nothing can be read or written with it.
            return Contents((), (), is_open=True)
        schemas = tuple(schemas_in(adapter.core_schema))
        models = dict.fromkeys(each["cls"] for each in schemas if each.get("type") == "model")
        known = Contents(tuple(models), schemas, any(map(_is_open, schemas)))
        setattr(adapter, _KNOWN, known)
    return known


def _is_open(schema: Schema) -> bool:
    if schema.get("type") in _OPEN:
        return True
    serialised = cast("Schema", schema.get("serialization", {})).get("type")
    config = cast("Schema", schema.get("config", {}))
    takes_more = config.get("extra_fields_behavior") == "allow"
    return serialised == "any" or takes_more or bool(config.get("polymorphic_serialization"))


def guards_of(model: Model) -> dict[str, FieldGuard]:
    """The guarded fields of a model, by their names in Python."""
    found: dict[str, FieldGuard] = {}
    for name in model.model_fields:
        guard = next(_guards_along(model, name), None)
        if guard is not None:
            found[name] = guard
    return found


def _guards_along(model: Model, name: str) -> Iterator[FieldGuard]:
    every: tuple[type[Any], ...] = model.__mro__
    for each in every:
        if not issubclass(each, BaseModel):
            yield from _guards_in(_hint_of(each, name))
        elif each is not BaseModel and name in each.model_fields:
            yield from own_guards(each.model_fields[name].metadata)


def _hint_of(mixin: type, name: str) -> object:
    """What a class that is no model says of a field."""
    if name not in vars(mixin).get("__annotations__", {}):
        return None
    try:
        return get_type_hints(mixin, include_extras=True)[name]
    except (NameError, TypeError):
        return mixin.__annotations__[name]


def _guards_in(hint: object) -> Iterator[FieldGuard]:
    for each in getattr(hint, "__metadata__", ()):
        yield from own_guards(getattr(each, "metadata", []))


def own_guards(metadata: list[Any]) -> Iterator[FieldGuard]:
    """The guards among what stands on a field."""
    return (each for each in metadata if isinstance(each, FieldGuard))


def has_guarded_models() -> bool:
    """Whether there is any model with a guarded field, in a route or not."""
    waiting: list[Model] = [BaseModel]
    for model in waiting:  # grows while it is walked
        waiting += model.__subclasses__()
    # Each by itself: what it has from a base is found there.
    return any(_is_guarded(info.metadata) for model in waiting[1:] for info in model.model_fields.values())


def _is_guarded(metadata: list[Any]) -> bool:
    return any(isinstance(each, FieldGuard) for each in metadata) if metadata else False


def named(model: type) -> str:
    """A model by its module and name. One of a generic model counts to where that was written."""
    generic: Any = getattr(model, "__pydantic_generic_metadata__", {}).get("origin")
    return f"{(generic or model).__module__}.{model.__qualname__}"


def uses_in(contents: Contents, way: Way) -> Iterator[FieldUse]:
    """Each guarded field of what a type holds."""
    for model in contents.models:
        for name, guard in guards_of(model).items():
            yield FieldUse(named(model), name, guard.read, guard.write, way, guard.where)


def guarded_fields_of(model: Any) -> dict[str, dict[str, dict[str, str | None]]]:
    """For each model in `model`, itself or any type, its guarded fields with what each needs to be read and sent."""
    return described(uses_in(contents_of(TypeAdapter[Any](model)), "answer"))
