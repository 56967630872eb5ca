"""Every route of a FastAPI app in this process, also those that its document leaves out.

1. The app's own document tells what it shows to clients. What an endpoint asks a request for by itself is added.
2. Hidden routes of FastAPI's kind are written into a document by FastAPI itself, so their parameters are known.
3. Plain routes of Starlette are known by path and methods; mounted apps are walked, and other mounts left out.

FastAPI keeps included routers as a tree. The one private name that is needed for that stands here, and
`tests/drill/plan/test_fastapi_app.py` fails when it changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Mount, Route

from buckler.drill.plan import route as plan
from buckler.drill.plan.document import Document, Unreadable, read_document
from buckler.drill.plan.schema import Schemas
from buckler.drill.plan.unsaid import UNSAID, Unsaid, read_source

EFFECTIVE_CONTEXT: Final = "_route_context"
_DEEPEST: Final = 8
_TEXT: Final = {"type": "string"}


class _Shown(RouteContext):
    """A route that is written into the document whatever it says."""

    include_in_schema = True


@dataclass(frozen=True, slots=True)
class _Inside:
    """What is gathered of apps that are mounted."""

    below: str
    schemas: Schemas
    notes: list[str] = field(default_factory=list[str])


def read_app(app: FastAPI, below: str = "", depth: int = 0) -> Document:
    """The app's routes, the hidden ones marked; those of mounted FastAPI apps too. `below` is where it is mounted.

    Raises `Unreadable` where the app cannot write its document.
    """
    contexts = list(iter_route_contexts(app.routes))
    own, whole = _written(app, contexts)
    whole = {**whole, "paths": _not_called_otherwise(_tables(whole, "paths"), _tables(own, "paths"))}
    hidden = _keys(whole) - _keys(own)
    merged = {**own, "paths": _merged(_tables(whole, "paths"), _tables(own, "paths"))}
    components = {
        name: {**_tables(_tables(whole, "components"), name), **_tables(_tables(own, "components"), name)}
        for name in dict.fromkeys([*_tables(whole, "components"), *_tables(own, "components")])
    }
    merged["components"] = components
    merged.pop("servers", None)
    found = read_document(merged, hidden, f"{below.replace('#', '%23')} {depth}" if depth else "")
    inside = _Inside(below, found.schemas)
    plain = tuple(_plain(contexts, "", depth, inside))
    known = {each.key for each in found.routes}
    unsaid = _unsaid(contexts)
    return replace(
        found,
        told=(*found.told, *inside.notes),
        routes=(
            *(_with(each, unsaid.get(each.key, Unsaid()), found.schemas) for each in found.routes),
            *(each for each in plain if each.key not in known),
        ),
    )


def _written(app: FastAPI, contexts: list[RouteContext]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The document as the app shows it, and one of every route. Raises `Unreadable`."""
    shown = [_Shown(each.route, getattr(each, EFFECTIVE_CONTEXT)) for each in contexts]
    try:
        own = cast("object", app.openapi())
        whole = get_openapi(title=app.title, version=app.version, routes=shown)
    except BaseException as failure:  # what an app does to its document is its own
        raise Unreadable(
            f"The app cannot write its own document, which says what there is: {type(failure).__name__}:"
            f" {str(failure).splitlines()[0][:200] if str(failure) else ''}. GET /openapi.json fails as well."
        ) from failure
    if not isinstance(own, Mapping):
        raise Unreadable("The app's own document is none: the outermost value of one is an object.")
    return cast("Mapping[str, Any]", own), whole


def _tables(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner: object = document.get(name)
    return cast("Mapping[str, Any]", inner) if isinstance(inner, Mapping) else {}


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
    paths = _tables(document, "paths")
    return frozenset(f"{str(method).upper()} {path}" for path in paths for method in _tables(paths, path))


def _not_called_otherwise(whole: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What the app's own document does not have under other names of its parameters: `{user}` for `{user_id}`."""
    known = {f"{method} {_bare(path)}" for path in own for method in _tables(own, path)}
    return {
        path: {
            method: each
            for method, each in _tables(whole, path).items()
            if path in own or f"{method} {_bare(path)}" not in known
        }
        for path in whole
    }


def _bare(path: str) -> str:
    return plan.PARAMETER.sub("{}", path)


def _merged(whole: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    return {path: {**_tables(whole, path), **_tables(own, path)} for path in dict.fromkeys([*own, *whole])}


def _plain(contexts: list[RouteContext], prefix: str, depth: int, inside: "_Inside") -> Iterator[plan.Route]:
    """Routes that are not FastAPI's own kind, and all of what is mounted."""
    for context in contexts:
        route = context.original_route
        if isinstance(route, Mount):
            yield from _mounted(route, prefix, depth, inside)
        elif isinstance(route, Route) and not isinstance(route, APIRoute):
            yield from _known_by_path(route, prefix)


def _known_by_path(route: Route, prefix: str) -> Iterator[plan.Route]:
    path = prefix + route.path_format
    parameters = tuple(plan.Slot("path", (name,), {"type": "string"}) for name in route.param_convertors)
    methods = route.methods or {"GET"}
    for method in sorted(methods - {"HEAD"} if "GET" in methods else methods):
        yield plan.Route(method, path, parameters, documented=False, name=str(route.name or ""))


def _mounted(mount: Mount, prefix: str, depth: int, inside: "_Inside") -> Iterator[plan.Route]:
    below = prefix + mount.path
    inner: object = mount.app
    if depth > _DEEPEST:
        return
    if isinstance(inner, FastAPI):
        try:
            found = read_app(inner, inside.below + below, depth + 1)
        except Unreadable as failure:
            inside.notes.append(f"what is mounted at {below} was left out: {failure}")
            return
        inside.notes.extend(found.told)
        inside.schemas.include(found.schemas)
        for route in found.routes:
            yield replace(route, path=below + route.path, documented=False)
        return
    routes = cast("list[BaseRoute]", getattr(inner, "routes", None) or [])
    yield from _plain(list(iter_route_contexts(routes)), below, depth + 1, inside)
