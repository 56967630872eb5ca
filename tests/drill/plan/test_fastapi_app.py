"""Every route of an app in process is known, also what its document leaves out."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from buckler.drill.plan.fastapi_app import EFFECTIVE_CONTEXT, read_app


def _nothing(_request: object) -> PlainTextResponse:
    return PlainTextResponse("")


def test_hidden_included_plain_and_mounted_routes_are_found() -> None:
    """Hidden ones keep their parameters; mounted apps stand below their mount."""
    app, inner, router = FastAPI(), FastAPI(), APIRouter(prefix="/deep")

    @app.get("/shown")
    def shown(q: int) -> None: ...

    @router.post("/hidden/{name}", include_in_schema=False)
    def hidden(name: str, size: int = 1) -> None: ...

    @inner.get("/inside")
    def inside() -> None: ...

    app.include_router(router, prefix="/very")
    app.mount("/sub", inner)
    app.router.routes.append(Route("/plain/{x:int}", _nothing))
    app.router.routes.append(Mount("/more", routes=[Route("/plain", _nothing, methods=["POST"])]))
    routes = {route.key: route for route in read_app(app).routes}
    assert {key for key in routes if not key.endswith(("docs", "redoc", "openapi.json", "oauth2-redirect"))} == {
        "GET /shown",
        "POST /very/deep/hidden/{name}",
        "GET /sub/inside",
        "GET /plain/{x}",
        "POST /more/plain",
    }
    assert [key for key, route in routes.items() if route.documented] == ["GET /shown"]
    assert [str(slot) for slot in routes["POST /very/deep/hidden/{name}"].parameters] == ["path name", "query size"]


def test_the_private_name_is_still_there() -> None:
    """Included routers are a tree in FastAPI; what a route is within it stands under this name."""
    app, router = FastAPI(), APIRouter()
    router.add_api_route("/x", lambda: None)
    app.include_router(router, prefix="/y")
    (context,) = [each for each in iter_route_contexts(app.routes) if each.path == "/y/x"]
    assert isinstance(context, RouteContext)
    assert getattr(context, EFFECTIVE_CONTEXT) is not None
