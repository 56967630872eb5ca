"""Guarded fields that could not be kept, found before the app starts.

- Read by a dependency, or by a WebSocket: only what an endpoint takes itself is looked at. Taken as an `Iterable`: its
  items are read when the endpoint runs already.
- In a stream that names them, or made by a computed field or a serializer: nobody looks at what is made then.
- In a dataclass, a `TypedDict` or a `NamedTuple`, or on a parameter: there is no field to leave out.
- Overridden without `Visible`, given another `exclude_if`, or the root of a model: the same.
- Read by code that writes the answer (a computed field, a serializer): what it makes of them would leave. Held by a
  model with a computed field that remembers: what one caller made it work out, the next would get.
- Needing a permission that no role grants, or that nobody can prove to have.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from inspect import unwrap
from types import CodeType
from typing import Annotated, Any, Final, cast, get_args, get_origin, get_type_hints

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIWebSocketRoute
from pydantic import BaseModel

from buckler.access.declarations.field_use import FieldUse
from buckler.access.declarations.roles import Roles
from buckler.access.doors.bounded_fields import adapter_of
from buckler.access.doors.door import Door
from buckler.access.fields.doors import answer_of, inner_fields, own_fields, streamed_of, taken_by
from buckler.access.fields.guarded_models import Contents, Model, Schema, contents_of, guards_of, named, own_guards
from buckler.access.fields.visible import FieldGuard, is_hidden
from buckler.errors import ConfigurationError
from buckler.input.bounded_validator import schemas_in

Misuse = tuple[str, str]
"""What cannot be, and what to write instead."""

_RECORDS: Final = ("dataclass", "typed-dict", "named-tuple")


def misuse_of(door: Door) -> Misuse | None:
    """The first guarded field of a route that could not be kept."""
    dependant = door.dependant
    if dependant is None:
        return None
    return _as_dependency(dependant) or _in_parameters(door, dependant) or _in_answers(door)


def unknown_of(uses: tuple[FieldUse, ...], roles: Roles | None, *, anybody: bool) -> Misuse | None:
    """The first permission of a field that nobody could ever hold. `anybody`: whether callers can be known."""
    for use in uses:
        for permission in filter(None, (use.read, use.write)):
            if not anybody:
                return (
                    f"{use.where}: {use.field} of {use.model} needs {permission!r}, but nobody can prove who they are.",
                    "Give Buckler(app, accounts=True), or an authenticator of your own.",
                )
            try:
                if roles is not None:
                    roles.check(permission)
            except ConfigurationError as error:
                return f"{use.where}: {error}", "Grant it in Roles(...), or mend the spelling."
    return None


def _as_dependency(dependant: Dependant) -> Misuse | None:
    """A model in `Depends`: FastAPI takes its fields for parameters of a dependency, each by itself."""
    for inner in dependant.dependencies:
        call: Any = inner.call
        if isinstance(call, type) and issubclass(call, BaseModel) and guards_of(call):
            return (
                f"{named(call)} has guarded fields, but stands in Depends, where nobody looks at them.",
                "Take it as a parameter of the endpoint: Annotated[..., Query()], or a body.",
            )
        found = _as_dependency(inner)
        if found is not None:
            return found
    return None


def _in_parameters(door: Door, dependant: Dependant) -> Misuse | None:
    for field in (*own_fields(dependant), *inner_fields(dependant)):
        guard = next(own_guards(field.field_info.metadata), None) or guard_in(field.field_info.annotation)
        if guard is not None:
            return (
                f"{guard.where}: Visible stands on {field.name}, which is a parameter and no field of a model.",
                "Require the permission of the route, or make a model of what it takes.",
            )
    for field in inner_fields(dependant):
        adapter = adapter_of(field)
        guarded = contents_of(adapter).guarded if adapter is not None else ()
        if guarded:
            return (
                (
                    f"{field.name} is read by a dependency, but {named(guarded[0])} has guarded fields, and only what"
                    " an endpoint takes itself is looked at."
                ),
                "Take it as a parameter of the endpoint, and hand it on from there.",
            )
    for taken, contents in taken_by(dependant):
        if contents.guarded and isinstance(door.route, APIWebSocketRoute):
            return (
                (
                    f"{taken.name} of a WebSocket: {named(contents.guarded[0])} has guarded fields, and nothing looks"
                    " at them there."
                ),
                "Take a model of its own, without guarded fields.",
            )
        found = misuse_in(contents, is_answer=False)
        if found is not None:
            return found
    return None


def _in_answers(door: Door) -> Misuse | None:
    streamed = streamed_of(door)
    guarded = contents_of(streamed).guarded if streamed is not None else ()
    if guarded:
        return (
            (
                f"It streams {named(guarded[0])}, which has guarded fields; an item is made into its type after it was"
                " looked at."
            ),
            "Answer with a list, or stream a model without guarded fields.",
        )
    answer = answer_of(door)
    return misuse_in(contents_of(answer), is_answer=True) if answer is not None else None


def misuse_in(contents: Contents, *, is_answer: bool) -> Misuse | None:
    """The first guarded field of a type that could not be kept."""
    for schema in contents.schemas:
        found = _in_record(schema) or (_while_writing if is_answer else _read_later)(schema, contents)
        if found is not None:
            return found
    for model in contents.guarded:
        found = _on_model(model) or (_written_by_code(model, contents) if is_answer else None)
        if found is not None:
            return found
    return _as_discriminator(contents) if is_answer else None


def _in_record(schema: Schema) -> Misuse | None:
    if schema.get("type") not in _RECORDS:
        return None
    record = schema.get("cls")
    excluded = any(each.get("serialization_exclude_if") is is_hidden for each in _fields_in(schema))
    if not excluded and not any(guard_in(hint) for hint in _hints(record)):
        return None
    return (
        (
            f"{named(record) if isinstance(record, type) else schema['type']} is no pydantic model, but has Visible on"
            " a field; the field could not be left out."
        ),
        "Write it as class ...(BaseModel).",
    )


def _fields_in(schema: Schema) -> Iterator[Schema]:
    inner = schema
    while isinstance(inner.get("schema"), Mapping):
        inner = inner["schema"]
    fields: Any = inner.get("fields", ())
    every: Any = cast("Schema", fields).values() if isinstance(fields, Mapping) else fields
    for each in every:
        if isinstance(each, Mapping):
            yield cast("Schema", each)


def _hints(record: object) -> list[Any]:
    try:
        return list(get_type_hints(record, include_extras=True).values())
    except (NameError, TypeError):
        return list(getattr(record, "__annotations__", {}).values())


def guard_in(annotation: object) -> FieldGuard | None:
    """The guard that stands somewhere in a type."""
    inside = get_args(annotation)
    if get_origin(annotation) is Annotated:
        inside = (inside[0], *(guard for each in inside[1:] for guard in own_guards(getattr(each, "metadata", []))))
    for each in inside:
        found = each if isinstance(each, FieldGuard) else guard_in(each)
        if found is not None:
            return found
    return None


def _while_writing(schema: Schema, contents: Contents) -> Misuse | None:
    return _made_while_writing(schema, contents) or _remembered(schema, contents)


def _made_while_writing(schema: Schema, contents: Contents) -> Misuse | None:
    """Models that a computed field or a serializer makes: nobody looks at them before they leave."""
    for maker in (*schema.get("computed_fields", ()), schema.get("serialization", {})):
        for each in _resolved(maker.get("return_schema", {}), contents):
            model: Any = each.get("cls")
            if each.get("type") == "model" and guards_of(model):
                name = maker.get("property_name", "A serializer")
                return (
                    f"{name} makes {named(model)}, which has guarded fields, while the answer is written.",
                    "Make it a field of its own, which the endpoint fills.",
                )
    return None


def _remembered(schema: Schema, contents: Contents) -> Misuse | None:
    """A computed field that is remembered: worked out for who may see all, and told to everybody after."""
    kind: Any = schema.get("cls")
    if schema.get("type") != "model":
        return None
    for name, info in kind.model_computed_fields.items():
        if not isinstance(info.wrapped_property, cached_property):
            continue
        for each in _resolved(schema, contents):
            if each.get("type") == "model" and any(guard.read for guard in guards_of(each["cls"]).values()):
                return (
                    (
                        f"The computed field {name} of {named(kind)} is a cached_property, and there are guarded fields"
                        f" in {named(each['cls'])}; what it was worked out of for one caller, the next would get."
                    ),
                    "Write @property in its place, of fields that everybody may read.",
                )
    return None


def _read_later(schema: Schema, contents: Contents) -> Misuse | None:
    """Models that the endpoint reads one by one, when it runs already."""
    if schema.get("type") != "generator":
        return None
    for each in _resolved(schema.get("items_schema", {}), contents):
        model: Any = each.get("cls")
        if each.get("type") == "model" and guards_of(model):
            return (
                f"It takes an Iterable of {named(model)}, which has guarded fields; its items are read too late.",
                "Write list[...] in its place.",
            )
    return None


def _resolved(schema: Schema, contents: Contents) -> Iterator[Schema]:
    """A schema with all inside it, and what it only refers to."""
    waiting, seen = [schema], set[str]()
    for each in waiting:  # grows while it is walked
        for inner in schemas_in(each):
            yield inner
            waiting += [maker["return_schema"] for maker in inner.get("computed_fields", ())]
            ref = inner.get("schema_ref")
            if isinstance(ref, str) and ref not in seen:
                seen.add(ref)
                waiting += [other for other in contents.schemas if other.get("ref") == ref]


def _on_model(model: Model) -> Misuse | None:
    for name, guard in guards_of(model).items():
        info = model.model_fields[name]
        own = list(own_guards(info.metadata))
        if model.__pydantic_root_model__:
            return (
                f"{guard.where}: {named(model)} is nothing but its root, which cannot be left out.",
                "Put Visible on the field that holds it.",
            )
        if not own:
            return (
                f"{named(model)} overrides {name} without the Visible that it has in {guard.where}.",
                "Say it again, or Visible('anybody', write=...) where everybody may read it.",
            )
        if len(own) > 1 or info.exclude_if is not is_hidden:
            return (
                (
                    f"{guard.where}: {name} of {named(model)} has {'two Visible' if len(own) > 1 else 'an exclude_if'}"
                    " beside its Visible; only one of them would count."
                ),
                "Leave the other away.",
            )
    return None


def _as_discriminator(contents: Contents) -> Misuse | None:
    """A guarded field by which a union tells its members apart: without it nothing could be written."""
    told = {each.get("discriminator") for each in contents.schemas if each.get("type") == "tagged-union"}
    for model in contents.guarded:
        for name, guard in guards_of(model).items():
            if guard.read is not None and told & {name, model.model_fields[name].alias}:
                return (
                    f"{guard.where}: {name} of {named(model)} tells members of a union apart, and cannot be hidden.",
                    "Let everybody read it, Visible('anybody', write=...), or leave the discriminator away.",
                )
    return None


def _written_by_code(model: Model, contents: Contents) -> Misuse | None:
    """Code that writes the answer and reads a guarded field by its name."""
    guarded = {name for name, guard in guards_of(model).items() if guard.read is not None}
    for what, function, is_plain in _writers(model, contents):
        read = guarded & _names_in(function)
        if guarded and (read or is_plain):
            told = " and ".join(sorted(read)) or "its fields"
            return (
                (
                    f"{what} of {named(model)} reads {told} while the answer is written, so that what is guarded would"
                    " leave in another form."
                ),
                "Make it a field of its own with Visible, which the endpoint fills.",
            )
    return None


def _writers(model: Model, contents: Contents) -> Iterator[tuple[str, Callable[..., Any], bool]]:
    for name, info in model.model_computed_fields.items():
        wrapped: Any = info.wrapped_property
        yield f"The computed field {name}", getattr(wrapped, "fget", None) or getattr(wrapped, "func", wrapped), False
    for schema in contents.schemas:
        if schema.get("type") != "model" or schema.get("cls") is not model:
            continue
        whole: Any = schema.get("serialization", {})
        if "function" in whole:
            yield "A serializer", whole["function"], whole["type"] == "function-plain"
        for field in schemas_in(schema.get("schema", {})):
            serialised: Any = field.get("serialization", {})
            if serialised.get("is_field_serializer"):
                yield "A serializer of a field", serialised["function"], False


def _names_in(function: Any) -> set[str]:
    code = getattr(unwrap(getattr(function, "__func__", function)), "__code__", None)
    return set(_names_of(code)) if isinstance(code, CodeType) else set()


def _names_of(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names_of(each)
