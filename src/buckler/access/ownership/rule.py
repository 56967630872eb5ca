"""The rule: whose objects those of a model are, as the app said it, judged.

1. A person owns, and so does a person's key. A service owns nothing: its name might spell somebody's id.
2. The caller's id becomes the type of the column, strictly; what cannot be one owns nothing.
3. Whoever holds the permission of `unless` is not asked who owns it, and the log is told.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Any, Final, Generic, TypeVar, cast

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.orm.attributes import InstrumentedAttribute

from buckler.access.declarations.permissions import check_need
from buckler.access.ownership.columns import NamingColumn, key_of, mapper_of, naming_column
from buckler.access.ownership.sights import NOTHING, Sight
from buckler.errors import ConfigurationError
from buckler.principal import Principal

Model = TypeVar("Model")
_OWNING: Final = frozenset(("person", "key"))


class Rule(Generic[Model]):
    """Whose the objects of `model` are."""

    def __init__(
        self, model: type[Model], *, owner: object, tenant: object, key: object, unless: str | None, through: object,
        within: Mapping[str, object] | None,
    ) -> None:  # fmt: skip
        mapper_of(model)
        self.model = model
        self.through = _path_of(through)
        self._owner = owner
        self.owner = naming_column(model, owner, "owner=") if owner is not None and not self.through else None
        self.tenant = _tenant_of(model, tenant, self.through) if tenant is not None else None
        self.within = {
            name: naming_column(model, column, f"within={{{name!r}: ...}}") for name, column in _each(within)
        }
        self.key = key_of(model, key, self._narrowing())
        self.unless = unless
        _check_whole(model, owner, tenant, unless, self.through)
        self._settled = not self.through
        self.statements: dict[tuple[str, ...], Any] = {}
        """What is read of an object, without its conditions, by the parents that are compared: as few as routes."""

    @property
    def frozen(self) -> frozenset[str]:
        """The attributes by which an object would become somebody else's, or another object."""
        mapper = mapper_of(self.model)
        named = [self.key, self.owner if not self.through else None, self.tenant, *self.within.values()]
        keys = {mapper.get_property_by_column(column).key for column in mapper.primary_key}
        keys |= {each.name for each in named if each is not None}
        for relationship in self.through[:1]:
            # Whatever hangs on another parent is the other parent's owner's.
            keys |= {mapper.get_property_by_column(column).key for column in relationship.property.local_columns}
        return frozenset(keys)

    def settle(self) -> None:
        """Follow `through`, once all models are known. Raises `ConfigurationError`. Doing it again changes nothing."""
        if self._settled:
            return
        model: Any = self.model
        for step in self.through:
            model = _next_model(model, step)
        self.owner = naming_column(model, self._owner, "owner=")
        self._settled = True

    def check_alias(self, of: object) -> None:
        """Raise `TypeError` where `of` is neither None nor the model or an alias of it."""
        known: Any = None if of is None else inspect(of, raiseerr=False)
        mapper: Any = getattr(known, "mapper", None)
        if of is not None and (isinstance(of, self.model) or mapper is None or not mapper.isa(mapper_of(self.model))):
            raise TypeError(f"of={of!r}: this rule is about {self.model.__name__}; name an alias of it.")

    def sight_of(self, who: Principal) -> Sight:
        """What this caller sees."""
        if not isinstance(who, Principal):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{who!r} is no caller: hand over the Principal that the guard handed to you.")
        self.settle()
        tenant = self.tenant.value_of(who.tenant) if self.tenant is not None else None
        if self.tenant is not None and tenant is None:
            return NOTHING
        owner = self.owner.value_of(who.id) if self.owner is not None and who.kind in _OWNING else None
        return Sight(owner, tenant, lifted=self.unless is not None and who.may(self.unless))

    def holders(self, found: object) -> tuple[object, object]:
        """The owner and the tenant of an object at hand."""
        self.settle()
        tenant = getattr(found, self.tenant.name) if self.tenant is not None else None
        if self.owner is None:
            return None, tenant
        last = reduce(_follow, self.through, found)
        return None if last is None else getattr(last, self.owner.name), tenant

    def said(self) -> dict[str, object]:
        """What the rule says, as JSON has it."""
        self.settle()
        return {
            "model": self.model.__name__,
            "key": self.key.name,
            "owner": None if self.owner is None else self.owner.name,
            "tenant": None if self.tenant is None else self.tenant.name,
            "through": [step.key for step in self.through],
            "within": {name: column.name for name, column in self.within.items()},
            "unless": self.unless,
        }

    def _narrowing(self) -> frozenset[str]:
        """Columns that are compared whatever the caller may."""
        compared = [*self.within.values(), *((self.tenant,) if self.tenant is not None else ())]
        return frozenset(each.attribute.property.columns[0].key for each in compared)


def _tenant_of(model: type, tenant: object, through: tuple[InstrumentedAttribute[Any], ...]) -> NamingColumn:
    """The column of the tenant, which stands on the model itself whatever `through` leads to."""
    parent: Any = getattr(tenant, "parent", None)
    if through and getattr(parent, "is_mapper", False) and not mapper_of(model).isa(parent):
        name, other = model.__name__, parent.class_.__name__
        raise ConfigurationError(
            f"tenant={tenant}: through= serves the owner alone, and this is a column of {other}. Give {name} a column"
            f" of its own for the tenant, written when the {name} is made; or put an Owned({other}, tenant=...) on the"
            " same route, and bind this one to it with within=."
        )
    return naming_column(model, tenant, "tenant=")


def _follow(found: Any, step: InstrumentedAttribute[Any]) -> Any:
    return None if found is None else getattr(found, step.key)


def _each(within: object) -> list[tuple[str, object]]:
    if within is None:
        return []
    given: Any = within
    if not isinstance(within, Mapping) or not all(isinstance(name, str) for name in given):
        raise ConfigurationError(
            f"within={within!r}: write path parameters with the columns that they name, as in"
            " within={'project': Note.project_id}."
        )
    return list(given.items())


def _path_of(through: object) -> tuple[InstrumentedAttribute[Any], ...]:
    if through is None:
        return ()
    steps = cast("tuple[object, ...]", through if isinstance(through, tuple) else (through,))
    for step in steps:
        if not isinstance(step, InstrumentedAttribute):
            raise ConfigurationError(
                f"through={through!r}: write the relationship that leads to the owner, as in through=Comment.note, or"
                " several in order, as in through=(Line.comment, Comment.note)."
            )
    return cast("tuple[InstrumentedAttribute[Any], ...]", steps)


def _next_model(model: Any, step: InstrumentedAttribute[Any]) -> Any:
    parent: object = step.parent
    if not isinstance(parent, Mapper) or not mapper_of(model).isa(parent):
        raise ConfigurationError(f"through=: {step} does not start at {model.__name__}.")
    prop = step.property
    if not isinstance(prop, RelationshipProperty):
        raise ConfigurationError(f"through=: {step} is no relationship.")
    if prop.uselist:
        raise ConfigurationError(
            f"through=: {step} leads to many objects, so it says of none whose this one is. Name the relationship that"
            " leads to the one it belongs to."
        )
    return cast("Mapper[Any]", inspect(prop.entity.class_)).class_


def _check_whole(model: type, owner: object, tenant: object, unless: object, through: object) -> None:
    if owner is None and tenant is None:
        raise ConfigurationError(
            f"Owned({model.__name__}) says whose no object is. Write owner={model.__name__}.owner_id, or the tenant"
            " that it belongs to."
        )
    if owner is None and through:
        raise ConfigurationError("through= without owner=: it leads to nothing. Name the column of the owner there.")
    if owner is None and unless is not None:
        raise ConfigurationError("unless= without owner=: it lifts the ownership, never the tenant. Leave it away.")
    if unless is not None:
        _check_unless(unless)


def _check_unless(unless: object) -> None:
    if not isinstance(unless, str):
        raise ConfigurationError(f"unless={unless!r}: write one permission, as in unless='notes:any'.")
    try:
        check_need(unless)
    except ConfigurationError as error:
        raise ConfigurationError(f"unless={unless!r}: {error}") from None
