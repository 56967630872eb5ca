"""What a route takes and answers, by the fields that FastAPI keeps for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.params import Form, Header, Param
from pydantic import TypeAdapter

from buckler.access.declarations.field_use import FieldUse
from buckler.access.doors.bounded_fields import adapter_of, fields_of
from buckler.access.doors.door import Door
from buckler.access.fields.guarded_models import Contents, contents_of, uses_in


@dataclass(frozen=True, slots=True)
class Taken:
    """A parameter of an endpoint that holds guarded fields."""

    name: str
    path: tuple[str, ...]
    """Where its members stand in what is sent: under its name, or at the top."""
    field: Any
    dashed: bool
    """Whether names have dashes where they are sent, as those of headers."""
    defaults_count: bool
    """Whether FastAPI leaves away what was not sent; where all is text, some versions fill in the defaults."""


def answer_of(door: Door) -> TypeAdapter[Any] | None:
    """What FastAPI judges and writes the answer with; None where the route names no type of it."""
    return _adapter(door, "response_field")


def streamed_of(door: Door) -> TypeAdapter[Any] | None:
    """The same for each item of a stream."""
    return _adapter(door, "stream_item_field")


def _adapter(door: Door, name: str) -> TypeAdapter[Any] | None:
    field = getattr(door.context or door.route, name, None)
    return adapter_of(field) if field is not None else None


def taken_by(dependant: Dependant) -> Iterator[tuple[Taken, Contents]]:
    """The parameters of the endpoint itself, with what is in them."""
    bodies = dependant.body_params
    for field in own_fields(dependant):
        adapter = adapter_of(field)
        if adapter is None:
            continue
        info = field.field_info
        nested = not isinstance(info, Param) and (len(bodies) > 1 or bool(getattr(info, "embed", None)))
        dashed = isinstance(info, Header) and bool(info.convert_underscores)
        is_text = isinstance(info, Param | Form)
        yield Taken(field.name, (field.alias,) if nested else (), field, dashed, not is_text), contents_of(adapter)


def own_fields(dependant: Dependant) -> Iterator[Any]:
    """What the endpoint reads itself, and none of its dependencies."""
    yield from chain(dependant.body_params, dependant.query_params, dependant.header_params, dependant.cookie_params)


def inner_fields(dependant: Dependant) -> Iterator[Any]:
    """What its dependencies read."""
    for inner in dependant.dependencies:
        yield from fields_of(inner)


def uses_of(door: Door) -> tuple[FieldUse, ...]:
    """The guarded fields that a route answers with and takes."""
    dependant, answer = door.dependant, answer_of(door)
    found = list(uses_in(contents_of(answer), "answer")) if answer is not None else []
    for _, contents in taken_by(dependant) if dependant is not None else ():
        found += uses_in(contents, "input")
    return tuple(dict.fromkeys(found))
