"""Walking everything that an app can route to.

FastAPI keeps included routers as a tree, and one route object may stand in it several times with
different dependencies. This file alone knows how: the private names of FastAPI it needs are the
constants at its top, and `tests/access/test_fastapi_tree.py` fails when one of them changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRouter, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Host, Match, Mount, Route, WebSocketRoute

from buckler.access.declarations import Declaration
from buckler.access.guarded import Guarded
from buckler.access.handover import compiled_declarations
from buckler.access.watched_routes import WatchedRoutes
from buckler.asgi import Scope

EFFECTIVE_CONTEXT: Final = "_route_context"
SCOPE_KEY: Final = "fastapi"
SCOPE_CONTEXT: Final = "effective_route_context"
LOW_PRIORITY_ROUTES: Final = "_low_priority_routes"
ROUTES_VERSION: Final = "_routes_version"


@dataclass(frozen=True, slots=True)
class Door:
    """One way in: the route object whose `handle` is called, and under which inclusion."""

    route: BaseRoute
    context: object | None
    path: str
    methods: frozenset[str] | None
    endpoint: object
    declarations: tuple[Declaration, ...]
    own_path: str
    """The path as the OpenAPI document of its own app names it."""
    app: FastAPI | None
    """The FastAPI app whose own route this is; None below an app of another kind."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything found: the doors, the routers they stand in, and the FastAPI apps met."""

    doors: tuple[Door, ...]
    routers: tuple["RouterState", ...]
    apps: tuple[FastAPI, ...]


class RouterState:
    """The routes of one router as they were surveyed."""

    __slots__ = ("_changes", "_router", "_routes", "_version")

    def __init__(self, router: Any) -> None:
        self._router = router
        self._routes = _watched(router)
        self._changes = self._routes.changes
        self._version = getattr(router, ROUTES_VERSION, 0)

    @property
    def has_changed(self) -> bool:
        """Whether a route came, went or was replaced, or FastAPI will build included ones anew."""
        router, routes = self._router, self._routes
        if router.routes is not routes or routes.changes != self._changes:
            return True
        return bool(getattr(router, ROUTES_VERSION, 0) != self._version)


def _watched(router: Any) -> WatchedRoutes:
    """The router's routes, from now on in a list that notices when it changes."""
    routes = router.routes
    if not isinstance(routes, WatchedRoutes):
        routes = router.routes = WatchedRoutes(routes)
    return routes


def survey(app: FastAPI) -> Tree:
    """Walk the app, its included routers, mounts and sub-apps."""
    walk = _Walk()
    walk.enter(app, "", ())
    return Tree(tuple(walk.doors), tuple(RouterState(each) for each in walk.routers), tuple(walk.apps))


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


def context_of(scope: Scope, route: BaseRoute) -> object | None:
    """The inclusion under which `route` was chosen for this request; None for a direct route."""
    inner = scope.get(SCOPE_KEY)
    context = inner.get(SCOPE_CONTEXT) if inner else None
    return context if context is not None and context.original_route is route else None


class _Walk:
    def __init__(self) -> None:
        self.doors: list[Door] = []
        self.routers: list[Any] = []
        self.apps: list[FastAPI] = []
        self._app: FastAPI | None = None

    def enter(self, app: Any, prefix: str, inherited: tuple[Declaration, ...]) -> None:
        """Walk an app or router that stands under `prefix`."""
        outer, self._app = self._app, app if isinstance(app, FastAPI) else None
        if isinstance(app, FastAPI):
            self.apps.append(app)
        router = getattr(app, "router", app)
        self.routers.append(router)
        for context in iter_route_contexts(app.routes):
            self._visit(context.original_route, getattr(context, EFFECTIVE_CONTEXT), prefix, inherited)
        self._visit_router(router, prefix, inherited, ())
        self._app = outer

    def _visit(self, route: BaseRoute, context: Any, prefix: str, inherited: tuple[Declaration, ...]) -> None:
        standing = getattr(context, "starlette_route", None) or route
        if isinstance(standing, Mount | Host):
            self._visit_mount(standing, prefix, inherited)
            return
        described = context if standing is route and context is not None else standing
        self._add(
            standing,
            context if standing is route else None,
            prefix + str(getattr(described, "path", "")),
            inherited + _declared_on(described),
            getattr(described, "endpoint", None),
            str(getattr(described, "path_format", "")),
        )

    def _visit_mount(self, mount: Mount | Host, prefix: str, inherited: tuple[Declaration, ...]) -> None:
        inner: Any = mount.app
        below = prefix + str(getattr(mount, "path", ""))
        shell = inner if isinstance(inner, Guarded) else None
        if shell is not None:
            inherited, inner = inherited + shell.declarations, shell.inner
        if hasattr(inner, "routes"):
            self.enter(inner, below, inherited)
            if shell is not None:
                shell.judge_inside()
        else:
            self._add(mount, None, below + "/{path}", inherited, inner, "")

    def _visit_router(
        self, router: Any, prefix: str, inherited: tuple[Declaration, ...], above: tuple[object, ...]
    ) -> None:
        """Find what the walk of routes leaves out: front ends, and the lists of included routers."""
        for group in getattr(router, LOW_PRIORITY_ROUTES, ()):
            self.routers.append(group)
            declared = _in_dependencies(above) + _declared_on(group)
            self._add(
                group, None, f"{prefix}{getattr(router, 'prefix', '')}/(front end)", inherited + declared, None, ""
            )
        for route in getattr(router, "routes", ()):
            included = getattr(route, "original_router", None)
            if isinstance(included, APIRouter):
                self.routers.append(included)
                below: Any = route
                self._visit_router(included, prefix, inherited, (*above, *below.include_context.dependencies))

    def _add(
        self,
        route: BaseRoute,
        context: object | None,
        path: str,
        declarations: tuple[Declaration, ...],
        endpoint: object,
        own_path: str,
    ) -> None:
        methods = getattr(context or route, "methods", None) if isinstance(route, Route) else None
        frozen = frozenset(methods) if methods else None
        self.doors.append(Door(route, context, path, frozen, endpoint, declarations, own_path, self._app))


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


def _in_dependencies(dependencies: tuple[Any, ...]) -> tuple[Declaration, ...]:
    return tuple(each.dependency for each in dependencies if isinstance(each.dependency, Declaration))


def is_websocket(route: BaseRoute) -> bool:
    """Whether the route takes WebSockets."""
    return isinstance(route, WebSocketRoute)
