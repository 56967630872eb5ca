"""The documentation page: Swagger UI from our own files, in development alone (ASVS 13.4.5).

- FastAPI's own documentation routes, also those of mounted apps, are taken over: their pages load
  scripts from a foreign host and need inline script. In production they are 404.
- The page runs under a policy without inline script or foreign hosts.
- ReDoc cannot live without inline styles and is left out.
"""

from collections.abc import Callable
from html import escape
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from buckler.access.declarations.declaring import Public
from buckler.access.declarations.guarded import Guarded, guarded
from buckler.access.doors.door import Door

ASSETS_PATH: Final = "/_buckler/docs/{name}"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_TYPES: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "start.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
_OWN_MODULE: Final = "fastapi.applications"
_OWN_FUNCTION: Final = "FastAPI.setup."


def is_documentation(door: Door) -> bool:
    """Whether FastAPI itself made this route, to show an app's documentation, wherever it stands now."""
    module, name = getattr(door.endpoint, "__module__", None), getattr(door.endpoint, "__qualname__", "")
    return module == _OWN_MODULE and name.startswith(_OWN_FUNCTION)


def is_asset(door: Door) -> bool:
    """Whether this is the route of the page's files: by what answers, since an app may have the same path."""
    return isinstance(door.endpoint, Guarded) and door.endpoint.inner is _asset


Describe = Callable[[FastAPI, dict[str, Any]], dict[str, Any]]


class Documentation:
    """What answers in development in the place of FastAPI's own endpoints.

    `describe` writes what the guard enforces into a document, whoever made it.
    """

    def __init__(self, describe: Describe) -> None:
        self._describe = describe

    def endpoint(self, door: Door) -> Any:
        """The endpoint for one of FastAPI's documentation routes."""
        app = door.app
        if app is None or not isinstance(door.route, Route):
            return missing
        if door.route.path == app.openapi_url:
            return _Document(app, self._describe)
        return _Page(app) if door.route.path == app.docs_url else missing


def asset_route() -> Route:
    """The route that serves the page's files."""
    return Route(ASSETS_PATH, guarded(_asset, Public("files of the documentation page")), include_in_schema=False)


class _Document:
    """The OpenAPI document."""

    def __init__(self, app: FastAPI, describe: Describe) -> None:
        self._app = app
        self._describe = describe

    async def __call__(self, request: Request) -> Response:
        document = self._describe(self._app, self._app.openapi())
        root = request.scope.get("root_path", "").rstrip("/")
        if root and self._app.root_path_in_servers:
            document = {**document, "servers": [{"url": root}, *document.get("servers", [])]}
        return JSONResponse(document)


class _Page:
    """The page around it."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, request: Request) -> Response:
        root = request.scope.get("root_path", "").rstrip("/")
        assets = request.scope.get("app_root_path", root).rstrip("/") + ASSETS_PATH.removesuffix("/{name}")
        page = _HTML.format(
            title=escape(self._app.title), openapi=escape(f"{root}{self._app.openapi_url}"), assets=escape(assets)
        )
        return HTMLResponse(page, headers={"content-security-policy": POLICY})


async def missing(_: Request) -> Response:
    """What answers in production, and for pages that are left out."""
    raise HTTPException(404)


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _TYPES:
        raise HTTPException(404)
    content = (files(__package__ or "") / "assets" / name).read_bytes()
    return Response(content, media_type=_TYPES[name], headers={"cache-control": "public, max-age=3600"})


_HTML: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: documentation</title>
<link rel="stylesheet" href="{assets}/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body data-openapi="{openapi}">
<main id="swagger-ui">
<noscript>This page draws the API from its OpenAPI document and needs script; the document itself: {openapi}</noscript>
</main>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{assets}/start.js"></script>
</body>
</html>
"""
