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
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Host, Match, Mount, Route, Router, WebSocketRoute

from buckler.access.declarations import Declaration
from buckler.access.guarded import Guarded
from buckler.access.handover import compiled_declarations
from buckler.access.watch import MountWatch, RouterWatch, Watch
from buckler.asgi import Scope

EFFECTIVE_CONTEXT: Final = "_route_context"
SCOPE_KEY: Final = "fastapi"
SCOPE_CONTEXT: Final = "effective_route_context"
LOW_PRIORITY_ROUTES: Final = "_low_priority_routes"
DEFAULT: Final = "default_of_buckler"
"""Where a router of a protected app carries what that app says of routes that declare nothing."""
_MOST_WRAPPERS: Final = 32


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
    default: tuple[Declaration, ...]
    """What the nearest app around it with a Buckler of its own says of routes that declare nothing."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything found: the doors, what to watch for changes, and the FastAPI apps met."""

    doors: tuple[Door, ...]
    watches: tuple[Watch, ...]
    apps: tuple[FastAPI, ...]


def survey(app: FastAPI) -> Tree:
    """Walk the app, its included routers, mounts and sub-apps."""
    walk = _Walk()
    walk.enter(app, "", (), ())
    return Tree(tuple(walk.doors), tuple(walk.watches), tuple(walk.apps))


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


@dataclass(slots=True)
class _Around:
    """What stands around a route: declarations of its app, routers and inclusions, and the nearest default.

    A route that stands in several places has those of all of them: it must satisfy each.
    """

    above: tuple[Declaration, ...] = ()
    default: tuple[Declaration, ...] = ()


class _Walk:
    def __init__(self) -> None:
        self.doors: list[Door] = []
        self.watches: list[Watch] = []
        self.apps: list[FastAPI] = []
        self._app: FastAPI | None = None

    def enter(
        self, app: Any, prefix: str, inherited: tuple[Declaration, ...], default: tuple[Declaration, ...]
    ) -> None:
        """Walk an app or router that stands under `prefix`."""
        outer, self._app = self._app, app if isinstance(app, FastAPI) else None
        if isinstance(app, FastAPI):
            self.apps.append(app)
        owner, router = (app, app.router) if isinstance(app, Starlette) else (None, app)
        around: dict[int, _Around] = {}
        self._look_around(owner, router, _declared_among(router), default, around)
        for context in iter_route_contexts(app.routes):
            route = context.original_route
            self._visit(route, getattr(context, EFFECTIVE_CONTEXT), prefix, inherited, around[id(route)])
        self._visit_front_ends(router, prefix, inherited, around)
        self._app = outer

    def _look_around(
        self,
        owner: Any,
        router: Any,
        above: tuple[Declaration, ...],
        default: tuple[Declaration, ...],
        around: dict[int, _Around],
    ) -> None:
        """Note what stands around each route, also around those to which FastAPI passes no dependencies."""
        self.watches.append(RouterWatch(owner, router))
        default = getattr(router, DEFAULT, ()) or default
        for route in (*router.routes, *getattr(router, LOW_PRIORITY_ROUTES, ())):
            included = getattr(route, "original_router", None)
            if isinstance(included, APIRouter):
                inner = above + _declared_among(route.include_context) + _declared_among(included)
                self._look_around(None, included, inner, default, around)
            else:
                found = around.setdefault(id(route), _Around())
                found.above += above
                found.default += default

    def _visit(
        self, route: BaseRoute, context: Any, prefix: str, inherited: tuple[Declaration, ...], around: _Around
    ) -> None:
        standing = getattr(context, "starlette_route", None) or route
        if isinstance(standing, Mount | Host):
            self._visit_mount(standing, prefix, inherited + around.above, around.default)
            return
        described = context if standing is route and context is not None else standing
        if not hasattr(described, "dependant") and not _is_ours(described):
            # FastAPI passes dependencies of app and router to its own kinds of routes alone.
            inherited += around.above
        self._add(
            standing,
            context if standing is route else None,
            prefix + str(getattr(described, "path", "")),
            inherited + _declared_on(described),
            getattr(described, "endpoint", None),
            str(getattr(described, "path_format", "")),
            around.default,
        )

    def _visit_mount(
        self,
        mount: Mount | Host,
        prefix: str,
        inherited: tuple[Declaration, ...],
        default: tuple[Declaration, ...],
    ) -> None:
        self.watches.append(MountWatch(mount))
        below = prefix + str(getattr(mount, "path", ""))
        shells, inner = _unwrap(mount.app)
        inherited += tuple(declared for shell in shells for declared in shell.declarations)
        if inner is None:
            self._add(mount, None, below + "/{path}", inherited, mount.app, "", default)
            return
        self.enter(inner, below, inherited, default)
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
            self._add(group, None, path, declared, None, "", found.default)
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
        default: tuple[Declaration, ...],
    ) -> None:
        methods = getattr(context or route, "methods", None) if isinstance(route, Route) else None
        frozen = frozenset(methods) if methods else None
        self.doors.append(Door(route, context, path, frozen, endpoint, declarations, own_path, self._app, default))


def _unwrap(app: Any) -> tuple[list[Guarded], Starlette | Router | None]:
    """The app or router inside middleware and `guarded`, and each `guarded` on the way; None where there is none.

    ASGI middleware keeps what it wraps as `app`. Anything else that has routes of its own kind is
    no app that we can walk: it is judged as one door.
    """
    shells: list[Guarded] = []
    for _ in range(_MOST_WRAPPERS):
        if isinstance(app, Starlette | Router):
            return shells, app
        if isinstance(app, Guarded):
            shells.append(app)
            app = app.inner
        else:
            app = getattr(app, "app", None)
    return shells, None


def _is_ours(route: Any) -> bool:
    """Whether a plain route is one that Buckler added, which says all of itself."""
    endpoint = getattr(route, "endpoint", None)
    inner = endpoint.inner if isinstance(endpoint, Guarded) else endpoint
    return str(getattr(inner, "__module__", "")).startswith("buckler.")


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


def is_websocket(route: BaseRoute) -> bool:
    """Whether the route takes WebSockets."""
    return isinstance(route, WebSocketRoute)
