"""Every route of a FastAPI app in this process, also those that its document leaves out.

1. The app's own document tells what it shows to clients. What an endpoint asks a request for by itself is added.
2. Hidden routes of FastAPI's kind are written into a document by FastAPI itself, so their parameters are known.
3. Plain routes of Starlette are known by path and methods; mounted apps are walked, and other mounts left out.

FastAPI keeps included routers as a tree. The one private name that is needed for that stands here, and
`tests/drill/plan/test_fastapi_app.py` fails when it changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Mount, Route

from buckler.drill.plan import route as plan
from buckler.drill.plan.document import Document, read_document
from buckler.drill.plan.schema import Schemas
from buckler.drill.plan.unsaid import UNSAID, Unsaid, read_source

EFFECTIVE_CONTEXT: Final = "_route_context"
_DEEPEST: Final = 8
_TEXT: Final = {"type": "string"}


class _Shown(RouteContext):
    """A route that is written into the document whatever it says."""

    include_in_schema = True


def read_app(app: FastAPI) -> Document:
    """The app's routes, the hidden ones marked; those of mounted FastAPI apps too."""
    contexts = list(iter_route_contexts(app.routes))
    shown = [_Shown(each.route, getattr(each, EFFECTIVE_CONTEXT)) for each in contexts]
    own: Mapping[str, Any] = app.openapi()
    whole = get_openapi(title=app.title, version=app.version, routes=shown)
    hidden = _keys(whole) - _keys(own)
    merged = {**own, "paths": _merged(whole.get("paths", {}), own.get("paths", {}))}
    components = {
        name: {**whole.get("components", {}).get(name, {}), **parts}
        for name, parts in own.get("components", {}).items()
    }
    merged["components"] = {**whole.get("components", {}), **components}
    merged.pop("servers", None)
    found = read_document(merged, hidden)
    plain = tuple(_plain(contexts, "", 0))
    known = {each.key for each in found.routes}
    unsaid = _unsaid(contexts)
    return replace(
        found,
        routes=(
            *(_with(each, unsaid.get(each.key, Unsaid()), found.schemas) for each in found.routes),
            *(each for each in plain if each.key not in known),
        ),
    )


def _unsaid(contexts: list[RouteContext]) -> dict[str, Unsaid]:
    """What endpoints ask a request for by themselves, by the key of the route."""
    return {
        f"{method} {path}": read_source(endpoint)
        for path, methods, endpoint in ((each.path_format, each.methods, each.endpoint) for each in contexts)
        if path is not None and endpoint is not None
        for method in methods or ()
    }


def _with(route: plan.Route, unsaid: Unsaid, schemas: Schemas) -> plan.Route:
    known = {slot.name for slot in route.parameters if slot.place == "query"}
    more = (plan.Slot("query", (name,), _TEXT, required=False) for name in unsaid.query if name not in known)
    body = route.body
    if body is not None and unsaid.body and body.media == plan.JSON and not schemas.fields(body.schema):
        schema = {
            "type": "object",
            "properties": dict.fromkeys(unsaid.body, _TEXT),
            "additionalProperties": True,
            UNSAID: True,
        }
        body = replace(body, schema=schema)
    return replace(route, parameters=(*route.parameters, *more), body=body)


def _keys(document: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(f"{method.upper()} {path}" for path, item in document.get("paths", {}).items() for method in item)


def _merged(whole: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    return {path: {**whole.get(path, {}), **own.get(path, {})} for path in dict.fromkeys([*own, *whole])}


def _plain(contexts: list[RouteContext], prefix: str, depth: int) -> Iterator[plan.Route]:
    """Routes that are not FastAPI's own kind, and all of what is mounted."""
    for context in contexts:
        route = context.original_route
        if isinstance(route, Mount):
            yield from _mounted(route, prefix, depth)
        elif isinstance(route, Route) and not isinstance(route, APIRoute):
            yield from _known_by_path(route, prefix)


def _known_by_path(route: Route, prefix: str) -> Iterator[plan.Route]:
    path = prefix + route.path_format
    parameters = tuple(plan.Slot("path", (name,), {"type": "string"}) for name in route.param_convertors)
    methods = route.methods or {"GET"}
    for method in sorted(methods - {"HEAD"} if "GET" in methods else methods):
        yield plan.Route(method, path, parameters, documented=False, name=str(route.name or ""))


def _mounted(mount: Mount, prefix: str, depth: int) -> Iterator[plan.Route]:
    below = prefix + mount.path
    inner: object = mount.app
    if depth > _DEEPEST:
        return
    if isinstance(inner, FastAPI):
        for route in read_app(inner).routes:
            yield replace(route, path=below + route.path, documented=False)
        return
    routes = cast("list[BaseRoute]", getattr(inner, "routes", None) or [])
    yield from _plain(list(iter_route_contexts(routes)), below, depth + 1)
