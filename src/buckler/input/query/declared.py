"""Which parameters of the query a route declares, whoever reads them.

Parameters of the endpoint and of all that it depends on, the fields of query models, and keys that travel in the
query: by every name that FastAPI would take. Found once for each route.

Caveat: what an endpoint reads from `request.query_params` by itself is declared nowhere, and is not known here.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args
from weakref import ref

from fastapi.dependencies.models import Dependant
from fastapi.security import APIKeyQuery
from pydantic import AliasChoices, AliasPath, BaseModel
from pydantic.fields import FieldInfo

from buckler.fastapi_scope import inclusion_in


class DeclaredNames:
    """The names that routes declare, kept for as long as their routes live."""

    def __init__(self) -> None:
        # By identity: routes have an equality of their own, and so no hash.
        self._known: dict[int, tuple[ref[Any], frozenset[str] | None]] = {}

    def has(self, scope: Mapping[str, Any], name: str) -> bool:
        """Whether the route of `scope` takes a parameter of this name."""
        # The inclusion has the dependencies of the routers around the route too.
        chosen: Any = inclusion_in(scope) or scope.get("route")
        if chosen is None:
            return False  # fail closed: nobody says what else there may be
        known = self._known.get(id(chosen)) or self._learn(chosen)
        return known[1] is None or name in known[1]

    def _learn(self, chosen: Any) -> tuple[ref[Any], frozenset[str] | None]:
        place, known = id(chosen), self._known
        learnt = (ref(chosen, lambda _: known.pop(place, None)), _names_of(getattr(chosen, "dependant", None)))
        known[place] = learnt
        return learnt


def _names_of(dependant: object) -> frozenset[str] | None:
    """The names; None where a model takes any."""
    names: set[str] = set()
    for each in _all_of(dependant) if isinstance(dependant, Dependant) else ():
        if isinstance(each.call, APIKeyQuery):
            names.add(each.call.model.name)
        for field in each.query_params:
            model = _model_of(field.field_info.annotation)
            if model is None:
                names |= _names(field.name, field.field_info)
            elif model.model_config.get("extra") == "allow":
                return None
            else:
                names.update(*(_names(own, info) for own, info in model.model_fields.items()))
    return frozenset(names)


def _all_of(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _all_of(inner)


def _model_of(annotation: object) -> type[BaseModel] | None:
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _names(own: str, info: FieldInfo) -> set[str]:
    """Its alias where it has one, else its own name."""
    alias = info.validation_alias or info.alias or own
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return {str(each.path[0]) if isinstance(each, AliasPath) else each for each in choices}
