"""Routes that stand in several places, below mounts, in wrappers and in apps with a Buckler of their own."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from buckler import Buckler, Public, Requires, StartRefused, guarded
from tests.stage import people, production, protect
from tests.wire import ask, knock

SECRET, OPEN = Requires("a:x"), Public("a test")


def sub_app(ran: list[str], **given: Any) -> FastAPI:
    app = FastAPI(**given)

    @app.api_route("/in", methods=["GET", "DELETE"])
    async def inside() -> str:
        ran.append("inside")
        return "secret"

    return app


def shared_router(ran: list[str]) -> APIRouter:
    router = APIRouter()

    @router.get("/in")
    async def inside() -> str:
        ran.append("inside")
        return "secret"

    return router


def starlettes(ran: list[str]) -> tuple[Starlette, Starlette]:
    async def inside(_: object) -> PlainTextResponse:
        ran.append("inside")
        return PlainTextResponse("secret")

    routes = [Route("/in", inside)]
    return Starlette(routes=routes), Starlette(routes=routes)


@pytest.mark.parametrize("order", [(SECRET, OPEN), (OPEN, SECRET)])
@pytest.mark.parametrize("kind", ["one app", "one router", "shared routes"])
async def test_one_thing_mounted_twice_cannot_be_public_at_one_place_alone(order: Any, kind: str) -> None:
    """It has one guard for both, which cannot tell them apart: the start is refused, and nothing answers."""
    ran: list[str] = []
    one = sub_app(ran) if kind == "one app" else shared_router(ran)
    pair: tuple[Any, Any] = starlettes(ran) if kind == "shared routes" else (one, one)
    app = FastAPI()
    for place, inner, declared in zip(("/a", "/b"), pair, order, strict=True):
        app.mount(place, guarded(inner, declared))
    protect(app)
    for path in ("/a/in", "/b/in"):
        assert (await ask(app, "GET", path)).status == 503
    assert ran == []


async def test_what_is_at_fault_is_told_once() -> None:
    """However many doors it concerns."""
    inner, app = sub_app([]), FastAPI()
    app.mount("/a", guarded(inner, SECRET))
    app.mount("/b", guarded(inner, OPEN))
    buckler = Buckler(app, settings=production(), authenticator=people())
    with pytest.raises(StartRefused, match=r"1 to mend") as refused:
        await buckler.start()
    assert "/a/in and /b/in" in str(refused.value)


async def test_one_thing_mounted_twice_with_the_same_declaration_is_fine() -> None:
    ran: list[str] = []
    inner, app = sub_app(ran), FastAPI()
    app.mount("/a", guarded(inner, SECRET))
    app.mount("/b", guarded(inner, SECRET))
    protect(app)
    for path in ("/a/in", "/b/in"):
        assert (await ask(app, "GET", path)).status == 401
        assert (await ask(app, "GET", path, token="alice")).status == 200


@pytest.mark.parametrize("how", ["mounted", "included", "wrapped", "its router wrapped"])
async def test_an_inner_app_keeps_its_own_default(how: str) -> None:
    """The app around it is public where nothing is declared; the inner one is not, wherever it stands."""
    ran: list[str] = []
    inner, outer = sub_app(ran), FastAPI()
    Buckler(inner, settings=production(), authenticator=people(), default=SECRET)
    if how == "mounted":
        outer.mount("/api", inner)
    elif how == "included":
        outer.include_router(inner.router, prefix="/api")
    elif how == "wrapped":
        outer.mount("/api", GZipMiddleware(inner))
    else:
        outer.mount("/api", GZipMiddleware(inner.router))
    protect(outer, default=Public("a web site"))
    assert (await ask(outer, "GET", "/api/in")).status == 401
    assert (await ask(outer, "DELETE", "/api/in", token="carol")).status == 403
    assert ran == []
    assert (await ask(outer, "GET", "/api/in", token="alice")).status == 200


def holder(where: str) -> tuple[FastAPI, APIRouter]:
    """An app and a router in it, with a requirement on the app, the router or the inclusion."""
    app = FastAPI(dependencies=[SECRET] if where == "app" else [])
    return app, APIRouter(dependencies=[SECRET] if where == "router" else [])


@pytest.mark.parametrize("where", ["app", "router", "include"])
async def test_a_requirement_reaches_mounts_and_plain_routes_too(where: str, tmp_path: Path) -> None:
    """FastAPI passes dependencies to its own kinds of routes alone; a declaration reaches all that stand there."""
    (tmp_path / "s.txt").write_text("secret")
    app, router = holder(where)

    async def plain(_: object) -> PlainTextResponse:
        return PlainTextResponse("secret")

    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()

    router.add_route("/plain", plain)
    router.add_websocket_route("/ws", talk)
    router.mount("/files", StaticFiles(directory=tmp_path))
    app.include_router(router, dependencies=[SECRET] if where == "include" else [])
    protect(app, default=OPEN if where != "app" else None)
    for path in ("/plain", "/files/s.txt"):
        assert (await ask(app, "GET", path)).status == 401, path
        assert (await ask(app, "GET", path, token="alice")).status == 200, path
    assert not (await knock(app, "/ws")).accepted
    assert (await knock(app, "/ws", token="alice")).accepted


class Foreign:
    """An app of another framework, whose routes are none that we know."""

    routes = ("not", "ours")

    def __init__(self, ran: list[str]) -> None:
        self._ran = ran

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._ran.append(scope["path"])
        await PlainTextResponse("done")(scope, receive, send)


async def test_an_app_of_another_framework_is_guarded_as_a_whole() -> None:
    ran: list[str] = []
    app = FastAPI()
    app.mount("/legacy", guarded(Foreign(ran), SECRET))
    protect(app)
    assert (await ask(app, "DELETE", "/legacy/x")).status == 401
    assert ran == []
    assert (await ask(app, "DELETE", "/legacy/x", token="alice")).status == 200


async def test_nothing_of_an_app_inside_middleware_runs_for_a_stranger() -> None:
    """The survey looks through what wraps it; its own 422 does not echo either."""
    ran: list[str] = []
    inner, app = FastAPI(), FastAPI()

    async def side_effect() -> None:
        ran.append("dependency")

    @inner.post("/pay", dependencies=[Depends(side_effect), SECRET])
    async def pay(amount: int) -> int:
        return amount

    @inner.post("/open", dependencies=[OPEN])
    async def open_(password: int) -> int:
        return password

    app.mount("/gz", GZipMiddleware(inner))
    protect(app)
    assert (await ask(app, "POST", "/gz/pay?amount=1")).status == 401
    assert ran == []
    answer = await ask(app, "POST", "/gz/open?password=CANARY")
    assert (answer.status, answer.header("content-type")) == (422, "application/problem+json")
    assert b"CANARY" not in answer.body


async def test_what_is_put_in_the_place_of_a_router_or_a_mount_is_judged_first() -> None:
    """After the start, without any list of routes being touched."""
    ran: list[str] = []
    app, inner = FastAPI(), sub_app([], dependencies=[OPEN])
    app.mount("/sub", inner)
    protect(app)
    assert (await ask(app, "GET", "/sub/in")).status == 200
    app.router.routes[-1].app = sub_app(ran)  # type: ignore[attr-defined]
    assert (await ask(app, "GET", "/sub/in")).status == 403
    inner.router = sub_app(ran).router
    app.router.routes[-1].app = inner  # type: ignore[attr-defined]
    # It serves what it was built with: the new router is never asked.
    assert (await ask(app, "GET", "/sub/in")).status == 200
    app.router = sub_app(ran).router
    app.middleware_stack = None
    assert (await ask(app, "GET", "/in")).status == 403
    assert ran == []


async def test_a_method_given_to_a_route_later_is_not_served() -> None:
    """What the guard was told is what holds."""
    ran: list[str] = []
    app = FastAPI()

    @app.get("/it", dependencies=[OPEN])
    async def it() -> str:
        ran.append("it")
        return "it"

    protect(app)
    assert (await ask(app, "GET", "/it")).status == 200
    route: Any = next(route for route in app.routes if getattr(route, "path", "") == "/it")
    route.methods.add("DELETE")
    assert (await ask(app, "DELETE", "/it")).status == 405
    assert ran == ["it"]


async def test_a_route_of_the_app_at_a_path_of_ours_stops_the_start() -> None:
    """One of the two could never answer."""
    app = FastAPI()
    buckler = Buckler(app, settings=production(), authenticator=people(), default=SECRET)
    ours, theirs = APIRouter(), APIRouter()
    for router in (ours, theirs):
        router.add_api_route("/auth/sign-in", lambda: "x", methods=["POST"], dependencies=[OPEN])
    app.include_router(ours)
    buckler._running._table.put_last(app.router.routes[-1])
    app.include_router(theirs)
    with pytest.raises(StartRefused, match="Buckler's own"):
        await buckler.start()


async def test_what_an_inner_buckler_added_is_ours_to_the_outer_one() -> None:
    """It is marked on the route, which the outer table walks too."""

    async def sets(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok", headers={"set-cookie": "__Host-buckler-session=x; Path=/; Secure"})

    inner, outer = FastAPI(), FastAPI()
    buckler = Buckler(inner, settings=production())
    for path in ("/ours", "/theirs"):
        inner.router.routes.append(Route(path, guarded(sets, OPEN)))
    buckler._running._table.put_last(inner.router.routes[-2])
    outer.mount("/in", inner)
    protect(outer)
    assert (await ask(outer, "GET", "/in/ours")).header("set-cookie") is not None
    assert (await ask(outer, "GET", "/in/theirs")).code == "cookie-malformed"
