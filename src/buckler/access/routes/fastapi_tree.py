"""Walking everything that an app can route to.

FastAPI keeps included routers as a tree, and one route object may stand in it several times with
different dependencies. This file alone knows how: the private names of FastAPI it needs are the
constants at its top, and `tests/access/routes/test_fastapi_tree.py` fails when one of them changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRouter, RouteContext, iter_route_contexts
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Host, Match, Mount, Route, Router

from buckler.access.declarations.declaration import Declaration, ObjectDeclaration, Requirement
from buckler.access.declarations.guarded import Guarded
from buckler.access.doors.door import Door, Mounted
from buckler.access.guard.answers import Answers, answering
from buckler.access.routes.handover import compiled_declarations
from buckler.access.routes.watch import MountWatch, RouterWatch, Watch
from buckler.edge.lifting import Lifting
from buckler.edge.ours import is_ours

EFFECTIVE_CONTEXT: Final = "_route_context"
LOW_PRIORITY_ROUTES: Final = "_low_priority_routes"
DEFAULT: Final = "default_of_buckler"
"""Where a router of a protected app carries what that app says of routes that declare nothing."""
TRIAL: Final = "trial_of_buckler"
"""Where it carries the trial of that app; None for none."""
_MOST_WRAPPERS: Final = 32


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Middleware that would answer by itself below a place that not anybody may enter."""

    answers: Answers
    place: str
    closed_by: Declaration
    mount: BaseRoute
    """The innermost around it."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything found: the doors, what to watch for changes, the FastAPI apps met, and who answers by itself."""

    doors: tuple[Door, ...]
    watches: tuple[Watch, ...]
    apps: tuple[FastAPI, ...]
    answering: tuple[Answers, ...] = ()
    enclosed: tuple[Enclosed, ...] = ()


def survey(app: FastAPI) -> Tree:
    """Walk the app, its included routers, mounts and sub-apps."""
    walk = _Walk()
    walk.enter(app, "", (), _Outer())
    answers = tuple(dict.fromkeys(walk.answering))
    return Tree(tuple(walk.doors), tuple(walk.watches), tuple(walk.apps), answers, tuple(walk.enclosed))


def first_to_catch(routes: Sequence[BaseRoute], own: BaseRoute) -> int:
    """The place before the first of `routes` that would take a request meant for `own`."""
    scopes = [_scope_for(context) for context in iter_route_contexts([own])]
    for place, route in enumerate(routes):
        # The router's own matching, on a copy: it writes into the scope.
        if any(route.matches({**scope})[0] is not Match.NONE for scope in scopes):
            return place
    return len(routes)


def _scope_for(context: RouteContext) -> dict[str, Any]:
    methods = sorted(context.methods or {"GET"})
    path = context.path or "/"
    return {"type": "http", "method": methods[0], "path": path, "root_path": "", "headers": [], "path_params": {}}


@dataclass(frozen=True, slots=True)
class _Outer:
    """What the apps around a route with a Buckler of their own say: the nearest one's default, each one's trial."""

    default: tuple[Declaration, ...] = ()
    trials: tuple[Lifting | None, ...] = ()

    def within(self, router: Any) -> "_Outer":
        """The same for what stands in this router."""
        own = (getattr(router, TRIAL),) if hasattr(router, TRIAL) else ()
        return _Outer(getattr(router, DEFAULT, ()) or self.default, (*self.trials, *own))

    def __add__(self, other: "_Outer") -> "_Outer":
        return _Outer(self.default + other.default, self.trials + other.trials)


@dataclass(slots=True)
class _Around:
    """What stands around a route: declarations of its app, routers and inclusions, and what outer apps say.

    A route that stands in several places has those of all of them: it must satisfy each.
    """

    above: tuple[Declaration, ...] = ()
    outer: _Outer = _Outer()


class _Walk:
    def __init__(self) -> None:
        self.doors: list[Door] = []
        self.watches: list[Watch] = []
        self.apps: list[FastAPI] = []
        self.answering: list[Answers] = []
        self.enclosed: list[Enclosed] = []
        self._mount: BaseRoute | None = None
        self._app: FastAPI | None = None
        self._within: tuple[Mounted, ...] = ()

    def enter(self, app: Any, prefix: str, inherited: tuple[Declaration, ...], outer: _Outer) -> None:
        """Walk an app or router that stands under `prefix`."""
        before, self._app = self._app, app if isinstance(app, FastAPI) else None
        if isinstance(app, FastAPI):
            self.apps.append(app)
        owner, router = (app, app.router) if isinstance(app, Starlette) else (None, app)
        for middleware in getattr(owner, "user_middleware", ()):
            self._note(middleware.cls, prefix, inherited)
        for wrapper in _wrappers(getattr(router, "middleware_stack", None)):
            self._note(type(wrapper), prefix, inherited)
        around: dict[int, _Around] = {}
        self._look_around(owner, router, _declared_among(router), outer, around)
        for context in iter_route_contexts(app.routes):
            route = context.original_route
            self._visit(route, getattr(context, EFFECTIVE_CONTEXT), prefix, inherited, around[id(route)])
        self._visit_front_ends(router, prefix, inherited, around)
        self._app = before

    def _note(self, middleware: object, prefix: str, inherited: tuple[Declaration, ...]) -> None:
        """Note middleware that answers by itself, and what around it lets not anybody in."""
        found = answering(middleware)
        if found is None:
            return
        self.answering.append(found)
        closed = next((each for each in inherited if isinstance(each, Requirement | ObjectDeclaration)), None)
        if closed is not None and self._mount is not None:
            self.enclosed.append(Enclosed(found, prefix, closed, self._mount))

    def _look_around(
        self,
        owner: Any,
        router: Any,
        above: tuple[Declaration, ...],
        outer: _Outer,
        around: dict[int, _Around],
    ) -> None:
        """Note what stands around each route, also around those to which FastAPI passes no dependencies."""
        self.watches.append(RouterWatch(owner, router))
        outer = outer.within(router)
        for route in (*router.routes, *getattr(router, LOW_PRIORITY_ROUTES, ())):
            included = getattr(route, "original_router", None)
            if isinstance(included, APIRouter):
                inner = above + _declared_among(route.include_context) + _declared_among(included)
                self._look_around(None, included, inner, outer, around)
            else:
                found = around.setdefault(id(route), _Around())
                found.above += above
                found.outer += outer

    def _visit(
        self, route: BaseRoute, context: Any, prefix: str, inherited: tuple[Declaration, ...], around: _Around
    ) -> None:
        standing = getattr(context, "starlette_route", None) or route
        if isinstance(standing, Mount | Host):
            within, host = self._within, standing.host if isinstance(standing, Host) else None
            self._within = (*within, Mounted(prefix + str(getattr(standing, "path", "")), host))
            self._visit_mount(standing, prefix, inherited + around.above, around.outer)
            self._within = within
            return
        described = context if standing is route and context is not None else standing
        if not hasattr(described, "dependant") and not is_ours(route):
            # FastAPI passes dependencies of app and router to its own kinds of routes alone.
            inherited += around.above
        self._add(
            standing,
            context if standing is route else None,
            prefix + str(getattr(described, "path", "")),
            inherited + _declared_on(described),
            getattr(described, "endpoint", None),
            str(getattr(described, "path_format", "")),
            around.outer,
        )

    def _visit_mount(
        self,
        mount: Mount | Host,
        prefix: str,
        inherited: tuple[Declaration, ...],
        outer: _Outer,
    ) -> None:
        self.watches.append(MountWatch(mount))
        below = prefix + str(getattr(mount, "path", ""))
        wrappers, inner = _unwrap(mount.app)
        shells = [each for each in wrappers if isinstance(each, Guarded)]
        if inner is None:
            # One door: its guard has decided before anything inside is asked.
            inherited += tuple(declared for shell in shells for declared in shell.declarations)
            for wrapper in wrappers:
                self._note(type(wrapper), below, ())
            self._add(mount, None, below + "/{path}", inherited, mount.app, "", outer)
            return
        outside, self._mount = self._mount, mount
        for wrapper in wrappers:
            if isinstance(wrapper, Guarded):
                inherited += wrapper.declarations
            else:
                self._note(type(wrapper), below, inherited)
        self.enter(inner, below, inherited, outer)
        self._mount = outside
        for shell in shells:
            shell.judge_inside()

    def _visit_front_ends(
        self, router: Any, prefix: str, inherited: tuple[Declaration, ...], around: dict[int, _Around]
    ) -> None:
        """Find what the walk of routes leaves out."""
        for group in getattr(router, LOW_PRIORITY_ROUTES, ()):
            found = around[id(group)]
            declared = inherited + found.above + _declared_on(group)
            path = f"{prefix}{getattr(router, 'prefix', '')}/(front end)"
            self._add(group, None, path, declared, None, "", found.outer)
        for route in router.routes:
            included = getattr(route, "original_router", None)
            if isinstance(included, APIRouter):
                self._visit_front_ends(included, prefix, inherited, around)

    def _add(
        self,
        route: BaseRoute,
        context: object | None,
        path: str,
        declarations: tuple[Declaration, ...],
        endpoint: object,
        own_path: str,
        outer: _Outer,
    ) -> None:
        methods = getattr(context or route, "methods", None) if isinstance(route, Route) else None
        frozen = frozenset(methods) if methods else None
        said = (outer.default, outer.trials, self._within)
        self.doors.append(Door(route, context, path, frozen, endpoint, declarations, own_path, self._app, *said))


def _unwrap(app: Any) -> tuple[list[object], Starlette | Router | None]:
    """The app or router inside middleware and `guarded`, and each of those on the way; None where there is none.

    ASGI middleware keeps what it wraps as `app`. Anything else that has routes of its own kind is
    no app that we can walk: it is judged as one door.
    """
    found: list[object] = []
    for wrapper in _wrappers(app):
        if isinstance(wrapper, Starlette | Router):
            return found, wrapper
        found.append(wrapper)
    return found, None


def _wrappers(app: Any) -> Iterator[object]:
    """What stands around what, from the outside."""
    for _ in range(_MOST_WRAPPERS):
        if app is None:
            return
        yield app
        app = app.inner if isinstance(app, Guarded) else getattr(app, "app", None)


def _declared_among(holder: Any) -> tuple[Declaration, ...]:
    """The declarations among the `dependencies` of a router or an inclusion."""
    dependencies = getattr(holder, "dependencies", ())
    return tuple(each.dependency for each in dependencies if isinstance(each.dependency, Declaration))


def _declared_on(route: Any) -> tuple[Declaration, ...]:
    """The declarations among a route's dependencies, however deep, and on its endpoint."""
    endpoint = getattr(route, "endpoint", None)
    own = endpoint.declarations if isinstance(endpoint, Guarded) else ()
    dependant: Dependant | None = getattr(route, "dependant", None)
    return own if dependant is None else own + compiled_declarations(dependant) + tuple(_declared_in(dependant))


def _declared_in(dependant: Any) -> Iterator[Declaration]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Declaration):
            yield inner.call
        yield from _declared_in(inner)
