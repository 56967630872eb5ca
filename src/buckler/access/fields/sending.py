"""What the holder of some permissions may not have sent.

What counts is what was sent, which is what pydantic notes in `model_fields_set`, and not what it says.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import zip_longest
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, RootModel, Secret

from buckler.access.fields.guarded_models import Model, guards_of, named
from buckler.grants import covers_all

PLAIN: Final = (
    str,
    int,
    float,
    complex,
    bytes,
    date,
    datetime,
    time,
    timedelta,
    Decimal,
    UUID,
    PurePath,
    NoneType,
)
"""Kinds that hold nothing."""
_AROUND: Final = (list, tuple, set, frozenset, dict, deque, Union, UnionType, Annotated)
ROWS: Final = (list, tuple, set, frozenset, deque)
MOST_KINDS: Final = 1000
"""Above this what was thought out is forgotten, and thought out anew: kinds may come from outside."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A field that somebody sent who may not."""

    path: str
    """Where it stood, in the words of who sent it."""
    field: str
    permission: str
    where: str
    """The file and the line of the `Visible` that says so."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    sent_as: str
    """Empty where it has no name of its own in what is sent."""
    needs: str | None
    """The permission that the holder lacks to send it; None where it may."""
    where: str
    holds: bool


class Sending:
    """What the holder of one set of permissions may send."""

    def __init__(self, held: frozenset[str]) -> None:
        self._held = held
        self._fields: dict[type, tuple[_Field, ...]] = {}

    def has(self, permission: str | None) -> bool:
        """Whether this is held. None is held by everybody."""
        return permission is None or covers_all(self._held, (permission,))

    def forbidden_in(self, value: Any, path: tuple[str, ...] = (), *, defaults_count: bool = True) -> Sent | None:
        """The first field of `value` that was sent and may not be.

        `defaults_count`: whether a field of `value` itself that has the value of its default was sent. Where that is
        not so and it may not be sent, it is taken out of `model_fields_set`: nothing of it is written by a merge.
        """
        if isinstance(value, BaseModel):
            return self._forbidden_in_model(value, path, defaults_count)
        for name, inner in _members(value):
            found = self.forbidden_in(inner, (*path, name) if name else path)
            if found is not None:
                return found
        return None

    def _forbidden_in_model(self, model: BaseModel, path: tuple[str, ...], defaults_count: bool) -> Sent | None:
        further = model.model_extra or {}
        sent = model.model_fields_set | further.keys()
        for each in self._fields_of(type(model)):
            if each.name not in sent:
                continue
            if not defaults_count and each.name not in further and _is_default(model, each.name):
                if each.needs is not None:
                    model.__pydantic_fields_set__.discard(each.name)
                continue
            at = (*path, each.sent_as) if each.sent_as else path
            if each.needs is not None:
                return Sent(".".join(at), f"{named(type(model))}.{each.name}", each.needs, each.where)
            found = self.forbidden_in(model.__dict__.get(each.name), at) if each.holds else None
            if found is not None:
                return found
        return None

    def _fields_of(self, model: Model) -> tuple[_Field, ...]:
        found = self._fields.get(model)
        if found is None:
            guards = guards_of(model)
            lacking = {name: guard.write for name, guard in guards.items() if not self.has(guard.write)}
            lines = {name: guard.where for name, guard in guards.items()}
            every = (
                _Field(
                    name, _sent_as(model, name), lacking.get(name), lines.get(name, ""), may_hold_models(model, name)
                )
                for name in model.model_fields
            )
            found = tuple(each for each in every if each.needs is not None or each.holds)
            put(self._fields, model, found)
        return found


def is_as(value: Any, other: Any) -> bool:
    """Whether two values are the same, and the same of each was sent; whatever the app's models make of `==`."""
    if isinstance(value, PLAIN) and isinstance(other, PLAIN):
        # Nobody validates a default: it may be 0 where 0.0 comes of it.
        return value is other or value == other
    if type(value) is not type(other):
        return False
    if isinstance(value, BaseModel):
        same_sent = value.model_fields_set == other.model_fields_set
        return same_sent and is_as(vars(value), vars(other)) and is_as(value.model_extra, other.model_extra)
    if isinstance(value, Mapping):
        mapping = cast("Mapping[Any, Any]", value)  # type: ignore[redundant-cast]
        return mapping.keys() == other.keys() and all(is_as(each, other[name]) for name, each in mapping.items())
    if isinstance(value, Secret):
        return is_as(cast("Any", value).get_secret_value(), other.get_secret_value())
    if isinstance(value, ROWS):
        row = cast("list[Any]", value)
        return len(row) == len(other) and all(is_as(*pair) for pair in zip_longest(row, other))
    if is_dataclass(value):
        return all(is_as(mine, theirs) for (_, mine), (_, theirs) in zip_longest(_members(value), _members(other)))
    return value is other or bool(value == other)


def may_hold_models(model: Model, name: str) -> bool:
    """Whether a field of what was sent may hold a model: false only where its type says that it does not."""
    return _may_hold(model.model_fields[name].annotation)


def _may_hold(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, (*PLAIN, Enum)):
        return False
    origin = get_origin(annotation)
    if origin is Literal:
        return False
    if origin is Annotated:
        return _may_hold(get_args(annotation)[0])
    return origin not in _AROUND or any(_may_hold(each) for each in get_args(annotation) if each is not ...)


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """What stands in a value that is no model, with its name there."""
    if isinstance(value, Mapping):
        mapping = cast("Mapping[Any, Any]", value)  # type: ignore[redundant-cast]
        for key in mapping:
            yield str(key), mapping[key]
    elif isinstance(value, ROWS):
        for place, each in enumerate(cast("list[Any]", value)):
            yield str(place), each
    elif isinstance(value, Secret):
        yield "", cast("Any", value).get_secret_value()
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield field.name, getattr(value, field.name, None)


def _is_default(model: BaseModel, name: str) -> bool:
    default = type(model).model_fields[name].get_default(call_default_factory=True, validated_data=vars(model))
    return is_as(model.__dict__.get(name), default)


def _sent_as(model: Model, name: str) -> str:
    if issubclass(model, RootModel):
        return ""
    info = model.model_fields[name]
    return info.validation_alias if isinstance(info.validation_alias, str) else info.alias or name


def put(known: dict[type, Any], kind: type, learned: object) -> None:
    """Keep what was thought out of a kind, within bounds."""
    if len(known) >= MOST_KINDS:
        known.clear()
    known[kind] = learned
