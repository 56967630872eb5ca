"""Every route of an app in process is known, also what its document leaves out."""

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from buckler.drill.plan.document import Unreadable
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


class Inner(BaseModel):
    """Stands in a document of its own."""

    text: str


class Outer(BaseModel):
    """Refers to it there."""

    inner: Inner


def _keeping(path: str = "/keep") -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.post(path)
    def keep(outer: Outer) -> None: ...

    return app


def test_what_a_mounted_app_takes_is_looked_up_in_its_own_document() -> None:
    """Also where it stands in a mounted app itself: references lead to where they were written."""
    app, middle = FastAPI(openapi_url=None), FastAPI(openapi_url=None)
    middle.mount("/deep", _keeping())
    app.mount("/sub", middle)
    app.mount("/other", _keeping("/{name}"))
    read = read_app(app)
    ways = {each.key: [way for way, _ in read.schemas.leaves(each.body.schema)] for each in read.routes if each.body}
    assert ways == {"POST /sub/deep/keep": [("inner", "text")], "POST /other/{name}": [("inner", "text")]}


def test_an_app_mounted_within_itself_ends() -> None:
    """It is walked to a depth, and no further."""
    app = _keeping()
    app.mount("/again", app)
    assert 1 < len(read_app(app).routes) < 20


def test_an_app_that_cannot_write_its_document_is_told() -> None:
    """With what went wrong there; a mounted one is left out, and told too."""
    broken, app = _keeping(), _keeping()
    broken.openapi = lambda: {}["no such name"]  # type: ignore[method-assign]
    with pytest.raises(Unreadable, match="KeyError: 'no such name'"):
        read_app(broken)
    app.mount("/broken", broken)
    read = read_app(app)
    assert [each.key for each in read.routes] == ["POST /keep"]
    assert any("mounted at /broken was left out" in note for note in read.notes)


@pytest.mark.parametrize("own", [[], None, {"openapi": "2.0"}, {"openapi": "3.1.0", "paths": [], "components": 7}])
def test_a_document_of_its_own_making_may_be_anything(own: object) -> None:
    """It is told what is wrong with it, or what it says is left aside."""
    app = _keeping()
    app.openapi = lambda: own  # type: ignore[method-assign, assignment, return-value]
    if isinstance(own, dict) and own["openapi"] == "3.1.0":
        assert [each.key for each in read_app(app).routes] == ["POST /keep"]
    else:
        with pytest.raises(Unreadable):
            read_app(app)


def test_a_document_that_calls_a_parameter_otherwise_hides_no_route() -> None:
    """One that was written by hand says `{userId}` where the app says `{user_id}`; it is one route, and shown."""
    app = FastAPI()

    @app.get("/users/{user_id}")
    async def one(user_id: int) -> int:
        return user_id

    @app.get("/users/{user_id}/debug")
    async def debug(user_id: int) -> int:
        return user_id

    by_hand = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/users/{userId}": {"get": {}}}}
    app.openapi = lambda: by_hand  # type: ignore[method-assign]
    found = {each.key: each.documented for each in read_app(app).routes if each.path.startswith("/users")}
    assert found == {"GET /users/{userId}": True, "GET /users/{user_id}/debug": False}
