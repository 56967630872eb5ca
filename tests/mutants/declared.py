"""A declaration of one route weakened, after the service was built and before it starts.

Own routes of Buckler share declarations, as `Caller`, and a limit may be one budget of several routes: each is changed
at the one route alone, by an object of its own.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from tests.mutants.mutant import Unchanged

if TYPE_CHECKING:
    from fastapi import FastAPI

    from buckler.access.declarations.declaration import Declaration

Weakness = Literal["public", "any caller", "unlimited", "cross-site", "any size"]
WHERE = "a mutant"
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Weakened:
    """The declarations of the route `key` weakened: opened to anybody, to any caller, a limit or a size raised."""

    key: str
    weakness: Weakness
    place: int = 0
    """Which of several limits."""

    def make(self) -> None:
        """Every service that this process builds from now on is so."""
        from buckler.service import app as service

        original = service.create_app

        def create_app() -> "FastAPI":
            return self.applied(original())

        service.create_app = create_app

    def check(self) -> None:
        """It was seen to when the service was built."""

    def applied(self, app: "FastAPI") -> "FastAPI":
        """The app, weakened. Raises `Unchanged`."""
        found = list(_holders(app, self.key))
        if len(found) != 1:
            raise Unchanged(f"{self.key} is {len(found)} routes, not one")
        before = found[0].said()
        after = self._weakened(before)
        if [str(each) for each in before] == [str(each) for each in after]:
            raise Unchanged(f"{self.key} declares nothing that could be weakened so: {', '.join(map(str, before))}")
        found[0].say(after)
        return app

    def _weakened(self, before: "list[Declaration]") -> "list[Declaration]":
        from buckler.access.declarations.declaration import Acceptance, Limitation, Publicity, Requirement

        if self.weakness == "public":
            return [_opened(each) for each in before]
        if self.weakness == "any caller":
            return [Requirement((), WHERE) if isinstance(each, Requirement) else each for each in before]
        if self.weakness == "cross-site":
            return [_crossing(each) if isinstance(each, Publicity) else each for each in before]
        if self.weakness == "any size":
            return [Acceptance(64 * 1024 * 1024, None, WHERE) if isinstance(e, Acceptance) else e for e in before]
        limits = [each for each in before if isinstance(each, Limitation)]
        return [_raised(each) if each is limits[self.place] else each for each in before]


def _opened(declared: Any) -> "Declaration":
    """Whoever opens a route to anybody counts clients too: nothing starts that counts accounts there."""
    from buckler.access.declarations.declaration import Limitation, Publicity, Requirement

    if isinstance(declared, Requirement):
        return Publicity("a mutant", WHERE)
    if isinstance(declared, Limitation):
        changed = copy(declared)
        changed.budget, changed.by_cookie = replace(declared.budget, by=None, name=None), False
        return changed
    return cast("Declaration", declared)


def _crossing(public: Any) -> "Declaration":
    changed = copy(public)
    changed.cross_site = True
    return cast("Declaration", changed)


def _raised(limit: Any) -> "Declaration":
    from buckler.edge.rates import Rate

    changed = copy(limit)
    changed.budget = replace(limit.budget, rate=Rate.parse(f"{MANY}/second"), name=None)
    return cast("Declaration", changed)


class _OfPlain:
    """What a plain route of Starlette declares: its endpoint carries it."""

    def __init__(self, endpoint: Any) -> None:
        self._endpoint = endpoint

    def said(self) -> "list[Declaration]":
        return list(self._endpoint.declarations)

    def say(self, declarations: "list[Declaration]") -> None:
        self._endpoint.declarations = tuple(declarations)


class _OfFastApi:
    """What a route of FastAPI declares: among its dependencies."""

    def __init__(self, dependant: Any) -> None:
        from buckler.access.declarations.declaration import Declaration

        self._declaring = [each for each in dependant.dependencies if isinstance(each.call, Declaration)]

    def said(self) -> "list[Declaration]":
        return [each.call for each in self._declaring]

    def say(self, declarations: "list[Declaration]") -> None:
        for each, declared in zip(self._declaring, declarations, strict=True):
            each.call = declared


def _holders(app: "FastAPI", key: str) -> "Iterator[_OfPlain | _OfFastApi]":
    from fastapi.routing import iter_route_contexts

    from buckler.access.declarations.guarded import Guarded
    from buckler.access.routes.fastapi_tree import EFFECTIVE_CONTEXT

    method, _, path = key.partition(" ")
    for context in iter_route_contexts(app.routes):
        route: Any = context.original_route
        described: Any = getattr(context, EFFECTIVE_CONTEXT) or route
        if getattr(described, "path", None) != path or method not in (getattr(described, "methods", None) or ()):
            continue
        if isinstance(getattr(route, "endpoint", None), Guarded):
            yield _OfPlain(route.endpoint)
        else:
            yield _OfFastApi(described.dependant)
