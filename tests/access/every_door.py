"""Every kind of door that an app can have: each builder makes one for holders of `a:x` and returns its path."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles

from buckler import Principal, Requires, guarded
from tests.stage import protect

Build = Callable[[FastAPI, list[str], Path], str]


def plain(ran: list[str]) -> Callable[[Request], Any]:
    async def endpoint(_: Request) -> PlainTextResponse:
        ran.append("ran")
        return PlainTextResponse("inside")

    return endpoint


def route_of(ran: list[str], **given: Any) -> APIRouter:
    router = APIRouter(**given)

    @router.api_route("/in", methods=["GET", "POST"])
    async def endpoint() -> str:
        ran.append("ran")
        return "inside"

    return router


def direct(app: FastAPI, ran: list[str], _: Path) -> str:
    @app.get("/in", dependencies=[Requires("a:x")])
    async def endpoint() -> str:
        ran.append("ran")
        return "inside"

    return "/in"


def synchronous(app: FastAPI, ran: list[str], _: Path) -> str:
    @app.get("/in", dependencies=[Requires("a:x")])
    def endpoint() -> str:
        ran.append("ran")
        return "inside"

    return "/in"


def parameter(app: FastAPI, ran: list[str], _: Path) -> str:
    @app.get("/in")
    async def endpoint(who: Annotated[Principal, Requires("a:x")]) -> str:
        ran.append(who.name)
        return "inside"

    return "/in"


def nested_dependency(app: FastAPI, ran: list[str], _: Path) -> str:
    def inner(who: Annotated[Principal, Requires("a:x")]) -> str:
        ran.append("inner")
        return who.name

    def outer(name: Annotated[str, Depends(inner)]) -> str:
        return name

    @app.get("/in")
    async def endpoint(name: Annotated[str, Depends(outer)]) -> str:
        ran.append(name)
        return "inside"

    return "/in"


def on_router(app: FastAPI, ran: list[str], _: Path) -> str:
    app.include_router(route_of(ran, dependencies=[Requires("a:x")]))
    return "/in"


def on_include(app: FastAPI, ran: list[str], _: Path) -> str:
    app.include_router(route_of(ran), prefix="/inc", dependencies=[Requires("a:x")])
    return "/inc/in"


def three_deep(app: FastAPI, ran: list[str], _: Path) -> str:
    """A prefix and a dependency at each level; the declaration at the outermost."""

    def seen() -> None:
        ran.append("dependency")

    third = route_of(ran, prefix="/three", dependencies=[Depends(seen)])
    second = APIRouter(prefix="/two", dependencies=[Depends(seen)])
    second.include_router(third, prefix="/c")
    first = APIRouter(prefix="/one", dependencies=[Depends(seen), Requires("a:x")])
    first.include_router(second, prefix="/b", dependencies=[Depends(seen)])
    app.include_router(first, prefix="/a", dependencies=[Depends(seen)])
    return "/a/one/b/two/c/three/in"


def sub_app(app: FastAPI, ran: list[str], _: Path) -> str:
    inner = FastAPI()
    inner.include_router(route_of(ran, dependencies=[Requires("a:x")]))
    app.mount("/sub", inner)
    return "/sub/in"


def sub_app_declared(app: FastAPI, ran: list[str], _: Path) -> str:
    inner = FastAPI(dependencies=[Requires("a:x")])
    inner.include_router(route_of(ran))
    app.mount("/sub", inner)
    return "/sub/in"


def guarded_sub_app(app: FastAPI, ran: list[str], _: Path) -> str:
    inner = FastAPI()
    inner.include_router(route_of(ran))
    app.mount("/sub", guarded(inner, Requires("a:x")))
    return "/sub/in"


def sub_app_of_sub_app(app: FastAPI, ran: list[str], _: Path) -> str:
    inner, middle = FastAPI(), FastAPI()
    inner.include_router(route_of(ran, dependencies=[Requires("a:x")]), prefix="/p")
    middle.mount("/inner", inner)
    app.mount("/middle", middle)
    return "/middle/inner/p/in"


def sub_app_with_its_own_buckler(app: FastAPI, ran: list[str], _: Path) -> str:
    inner = FastAPI()
    inner.include_router(route_of(ran, dependencies=[Requires("a:x")]))
    app.mount("/sub", protect(inner))
    return "/sub/in"


def mount_in_included_router(app: FastAPI, ran: list[str], _: Path) -> str:
    router = APIRouter()
    inner = FastAPI()
    inner.include_router(route_of(ran, dependencies=[Requires("a:x")]))
    router.mount("/sub", inner)
    app.include_router(router, prefix="/inc")
    return "/inc/sub/in"


def starlette_app(app: FastAPI, ran: list[str], _: Path) -> str:
    app.mount("/sub", Starlette(routes=[Route("/in", guarded(plain(ran), Requires("a:x")))]))
    return "/sub/in"


def guarded_starlette_app(app: FastAPI, ran: list[str], _: Path) -> str:
    app.mount("/sub", guarded(Starlette(routes=[Route("/in", plain(ran))]), Requires("a:x")))
    return "/sub/in"


def plain_router(app: FastAPI, ran: list[str], _: Path) -> str:
    inner = Router([Mount("/deep", routes=[Route("/in", guarded(plain(ran), Requires("a:x")))])])
    app.mount("/sub", inner)
    return "/sub/deep/in"


def plain_route(app: FastAPI, ran: list[str], _: Path) -> str:
    app.router.routes.append(Route("/in", guarded(plain(ran), Requires("a:x"))))
    return "/in"


def plain_route_in_included_router(app: FastAPI, ran: list[str], _: Path) -> str:
    router = APIRouter()
    router.routes.append(Route("/in", guarded(plain(ran), Requires("a:x"))))
    app.include_router(router, prefix="/inc")
    return "/inc/in"


def endpoint_class(app: FastAPI, ran: list[str], _: Path) -> str:
    class Endpoint(HTTPEndpoint):
        async def get(self, request: Request) -> PlainTextResponse:
            ran.append("ran")
            return PlainTextResponse("inside")

    app.router.routes.append(Route("/in", guarded(Endpoint, Requires("a:x"))))
    return "/in"


def host_route(app: FastAPI, ran: list[str], _: Path) -> str:
    app.host("api.example.test", Router([Route("/in", guarded(plain(ran), Requires("a:x")))]))
    return "/in"


def static_files(app: FastAPI, ran: list[str], folder: Path) -> str:
    (folder / "in").write_text("inside")
    app.mount("/files", guarded(StaticFiles(directory=folder), Requires("a:x")))
    return "/files/in"


def front_end(app: FastAPI, ran: list[str], folder: Path) -> str:
    if not hasattr(app.router, "frontend"):
        return static_files(app, ran, folder)
    (folder / "in").write_text("inside")
    router = APIRouter(dependencies=[Requires("a:x")])
    router.frontend("/ui", directory=folder)
    app.include_router(router, prefix="/inc")
    return "/inc/ui/in"


def front_end_of_app(app: FastAPI, ran: list[str], folder: Path) -> str:
    if not hasattr(app.router, "frontend"):
        return static_files(app, ran, folder)
    (folder / "in").write_text("inside")
    app.router.dependencies.append(Requires("a:x"))
    app.frontend("/ui", directory=folder)
    return "/ui/in"


DOORS: list[Build] = [
    direct,
    synchronous,
    parameter,
    nested_dependency,
    on_router,
    on_include,
    three_deep,
    sub_app,
    sub_app_declared,
    guarded_sub_app,
    sub_app_of_sub_app,
    sub_app_with_its_own_buckler,
    mount_in_included_router,
    starlette_app,
    guarded_starlette_app,
    plain_router,
    plain_route,
    plain_route_in_included_router,
    endpoint_class,
    host_route,
    static_files,
    front_end,
    front_end_of_app,
]
