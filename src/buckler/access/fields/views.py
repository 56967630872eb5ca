"""What the holder of some permissions may see of a value.

Of each kind of value is thought out once what there is to do; what a request costs is looking it up. A value of the
app's own is never changed: where something is hidden, the way down to it is copied. What counts is what a value is, and
not what a field says it holds: an app assigns what it likes, and pydantic writes it.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from copy import copy
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType, NoneType
from typing import Any, Final, cast
from uuid import UUID

from fastapi.encoders import ENCODERS_BY_TYPE
from pydantic import BaseModel, RootModel, Secret

from buckler.access.fields.guarded_models import Model, guards_of
from buckler.access.fields.sending import PLAIN, ROWS, Sending, put
from buckler.access.fields.visible import HIDDEN

Way = dict[int, list[Any]]
"""What was met in one answer, by its identity: the value itself, and what is shown of it, None until that is known."""
Look = Callable[[Any, Way], Any]
_EXACT: Final = frozenset((str, int, float, bool, bytes, NoneType, datetime, date, time, timedelta, Decimal, UUID))
"""Most values are of these, so that nothing else is asked of them."""
_WRITTEN: Final = tuple(kind for kind in ENCODERS_BY_TYPE if kind is not Enum)
_NO_DATA: Final = (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType)
MOST_VIEWS: Final = 256
"""Above this the views are forgotten, and thought out anew: permissions may come from outside."""


class View(Sending):
    """What the holder of one set of permissions may see, and may send.

    `judged`: whether pydantic writes the answer, by the type that the route names. Otherwise FastAPI does, which writes
    the attributes of whatever it does not know.
    """

    def __init__(self, held: frozenset[str], *, judged: bool = False) -> None:
        super().__init__(held)
        self._judged = judged
        # Whatever stands inside of a model, pydantic writes.
        self._inside = self if judged else View(held, judged=True)
        self._looks: dict[type, Look] = {}

    def of(self, value: Any) -> Any:
        """`value` as it may be shown: itself, or a copy without what is hidden.

        Raises `TypeError` where something is hidden in an object that could not be written without it.
        """
        return self._look_for(value)(value, {})

    # Pydantic writes what is 255 deep, and Python calls 1,000 deep: each level is one call here, with none between.

    def _look_for(self, value: Any) -> Look:
        kind = cast("type[Any]", type(value))  # type: ignore[redundant-cast]
        look = self._looks.get(kind)
        if look is None:
            look = self._look_at(kind)
            put(self._looks, kind, look)
        return look

    def _look_at(self, kind: type) -> Look:
        if issubclass(kind, Enum):
            return self._member
        if issubclass(kind, PLAIN):
            return _same
        if issubclass(kind, BaseModel):
            return self._inside.for_model(kind)
        if issubclass(kind, ROWS):
            return self._row
        if issubclass(kind, Mapping):
            return self._mapping
        if issubclass(kind, AsyncIterator):
            return self._flowing
        if issubclass(kind, Iterator):
            return self._drawn
        if issubclass(kind, Secret):
            return self._secret
        if issubclass(kind, (*_WRITTEN, *_NO_DATA)):
            return _same
        return self._dataclass if is_dataclass(cast("type[Any]", kind)) else self._object

    def for_model(self, kind: Model) -> Look:
        """What there is to do with each model of a kind."""
        hidden = frozenset(name for name, guard in guards_of(kind).items() if not self.has(guard.read))
        named = kind.model_fields.keys() - hidden
        look_for = self._look_for

        def look(model: BaseModel, way: Way) -> Any:
            met = way.get(id(model))
            if met is not None:
                # Met before, or on the way down to here: then with a copy of it, which is filled in up there.
                met[1] = _copied(model) if met[1] is None else met[1]
                return met[1]
            way[id(model)] = met = [model, None]
            values, extra = model.__dict__, model.model_extra
            changes: dict[str, Any] = {name: HIDDEN for name in hidden if name in values}
            for name, value in values.items():
                if type(value) in _EXACT or name not in named:
                    continue
                seen = look_for(value)(value, way)
                if seen is not value:
                    changes[name] = seen
            further = self._mapping(extra, way) if extra else extra
            if changes or further is not extra or met[1] is not None:
                met[1] = _copied(model) if met[1] is None else met[1]
                _fill(met[1], changes, further, hidden)
            else:
                met[1] = model
            return met[1]

        return look

    def _row(self, row: Any, way: Way) -> Any:
        looked: list[Any] = []
        is_changed = False
        for value in row:
            seen = value if type(value) in _EXACT else self._look_for(value)(value, way)
            is_changed = is_changed or seen is not value
            looked.append(seen)
        if not is_changed:
            return row
        kind = cast("type[Any]", type(row))  # type: ignore[redundant-cast]
        make: Any = getattr(kind, "_make", kind if kind in cast("tuple[Any, ...]", ROWS) else list)
        return make(looked)

    def _mapping(self, mapping: Mapping[Any, Any], way: Way) -> Any:
        changes: dict[Any, Any] = {}
        for name, value in mapping.items():
            seen = value if type(value) in _EXACT else self._look_for(value)(value, way)
            if seen is not value:
                changes[name] = seen
        return {**mapping, **changes} if changes else mapping

    def _drawn(self, drawn: Iterator[Any], _: Way) -> Iterator[Any]:
        return (self.of(each) for each in drawn)

    async def _flowing(self, drawn: AsyncIterator[Any], _: Way) -> AsyncIterator[Any]:
        close: Any = getattr(drawn, "aclose", None)
        try:
            async for each in drawn:
                yield self.of(each)
        finally:
            if close is not None:
                await close()

    def _member(self, member: Enum, way: Way) -> Any:
        """A member of an `Enum`: its value is written."""
        value = member.value
        seen = self._look_for(value)(value, way)
        return member if seen is value else seen

    def _secret(self, secret: Any, way: Way) -> Any:
        """What pydantic masks stays masked; FastAPI alone would write it out."""
        value = secret.get_secret_value()
        seen = self._look_for(value)(value, way)
        if seen is value:
            return secret
        shown = copy(secret)
        masking: Any = Secret
        masking.__init__(shown, seen)
        return shown

    def _dataclass(self, value: Any, way: Way) -> Any:
        names = {each.name for each in fields(value)}
        kind = cast("type[Any]", type(value))  # type: ignore[redundant-cast]
        held = {**getattr(value, "__dict__", {}), **{name: getattr(value, name, None) for name in names}}
        looked = self._mapping(held, way)
        if looked is held:
            return value
        shown = copy(value)
        for name, seen in looked.items():
            if name not in names and isinstance(getattr(kind, name, None), cached_property):
                del shown.__dict__[name]
            else:
                object.__setattr__(shown, name, seen)
        return shown

    def _object(self, value: Any, way: Way) -> Any:
        """Anything else: FastAPI would write out its attributes, and pydantic stops, or has code that writes it."""
        met = way.get(id(value))
        if met is not None:
            return value if met[1] is None else met[1]
        way[id(value)] = met = [value, None]
        mapping = None if self._judged else _as_mapping(value)
        held = _attributes(value) if mapping is None else mapping
        looked = self._mapping(held, way)
        if looked is not held and self._judged:
            raise TypeError(
                f"{type(value).__qualname__} holds a model with guarded fields, and cannot be written without them:"
                " answer with a model, a mapping or a list."
            )
        met[1] = value if looked is held and mapping is None else looked
        return met[1]


class Views:
    """A view for each set of permissions that came."""

    def __init__(self) -> None:
        self._views: dict[tuple[frozenset[str], bool], View] = {}

    def of(self, held: frozenset[str], *, judged: bool = False) -> View:
        """The view of whoever holds `held`, of what is written as `View` says."""
        # An app's principal may come with any set, or a list.
        key = frozenset(held), judged
        view = self._views.get(key)
        if view is None:
            view = View(key[0], judged=judged)
            if len(self._views) >= MOST_VIEWS:
                self._views.clear()
            self._views[key] = view
        return view


def _attributes(value: Any) -> dict[str, Any]:
    """What stands in an object. What SQLAlchemy keeps there leads through all tables; FastAPI leaves it out too."""
    slots = (name for each in type(value).__mro__ for name in _names(vars(each).get("__slots__", ())))
    held = {name: getattr(value, name, None) for name in slots if not name.startswith("__")}
    held.update(getattr(value, "__dict__", {}))
    return {name: each for name, each in held.items() if not name.startswith("_sa")}


def _names(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _as_mapping(value: Any) -> dict[Any, Any] | None:
    """What `jsonable_encoder` of FastAPI tries first with what it does not know; then it takes its attributes."""
    try:
        return dict(value)
    except Exception:  # noqa: BLE001 - as FastAPI does
        return None


def _copied(model: BaseModel) -> BaseModel:
    # Pydantic's own copying, whatever the app's model makes of it; and past a model that is frozen.
    kind: Any = RootModel if isinstance(model, RootModel) else BaseModel
    return cast("BaseModel", kind.__copy__(model))


def _fill(
    shown: BaseModel, changes: Mapping[str, Any], extra: Mapping[str, Any] | None, hidden: frozenset[str]
) -> None:
    """Make a copy into what is shown."""
    values = vars(shown)
    kind = type(shown)
    for name in [each for each in values if each not in kind.model_fields and not each.startswith("_sa")]:
        # Remembered by a property, perhaps of what is hidden now: it is worked out anew, of what is shown.
        del values[name]
        if hasattr(getattr(kind, name, None), "__set__"):
            values[name] = HIDDEN  # a relationship of SQLAlchemy, which would fetch it again
    values.update(changes)
    if extra and shown.model_extra is not None:
        shown.model_extra.update(extra)
        for name in hidden & extra.keys():
            # It came by a name that only an alias leads to, and stands beside the field; it would be written over it.
            del shown.model_extra[name]


def _same(value: Any, _: Way) -> Any:
    return value
