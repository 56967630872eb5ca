"""Routes that come after the start never run unguarded; those that go are gone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.routing import APIRoute
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router, WebSocketRoute

from buckler import Public, Requires, guarded
from tests.stage import protect
from tests.wire import ask, knock

Add = Callable[[FastAPI, APIRouter, Any, list[Any]], str]


def direct(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    app.add_api_route("/late", endpoint, dependencies=declared)
    return "/late"


def on_included(_: FastAPI, router: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    router.add_api_route("/late", endpoint, dependencies=declared)
    return "/inc/late"


def new_include(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    router = APIRouter()
    router.add_api_route("/late", endpoint, dependencies=declared)
    app.include_router(router, prefix="/new")
    return "/new/late"


def include_in_included(_: FastAPI, router: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    inner = APIRouter()
    inner.add_api_route("/late", endpoint, dependencies=declared)
    router.include_router(inner, prefix="/deep")
    return "/inc/deep/late"


def appended(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    app.router.routes.append(APIRoute("/late", endpoint, dependencies=declared))
    return "/late"


def put_first(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    app.router.routes.insert(0, APIRoute("/open", endpoint, dependencies=declared))
    return "/open"


def in_place_of_another(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    at = next(at for at, each in enumerate(app.router.routes) if getattr(each, "path", "") == "/open")
    app.router.routes[at] = APIRoute("/open", endpoint, dependencies=declared)
    return "/open"


def one_for_one(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    app.router.routes.pop()
    app.router.routes.append(APIRoute("/late", endpoint, dependencies=declared))
    return "/late"


def new_list(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    app.router.routes = [*app.router.routes[:-1], APIRoute("/late", endpoint, dependencies=declared)]
    return "/late"


def new_list_of_included(_: FastAPI, router: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    router.routes = [APIRoute("/late", endpoint, dependencies=declared)]
    router.add_api_route("/other", endpoint, dependencies=declared)
    return "/inc/late"


def mounted(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    inner = FastAPI()
    inner.add_api_route("/late", endpoint, dependencies=declared)
    app.mount("/sub", inner)
    return "/sub/late"


def plain(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    async def answer(_: Any) -> PlainTextResponse:
        return PlainTextResponse(endpoint())

    app.router.routes.append(Route("/late", guarded(answer, *declared) if declared else answer))
    return "/late"


def plain_on_included(_: FastAPI, router: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    async def answer(_: Any) -> PlainTextResponse:
        return PlainTextResponse(endpoint())

    router.routes.append(Route("/late", guarded(answer, *declared) if declared else answer))
    router.add_api_route("/other", lambda: "other", dependencies=declared)
    return "/inc/late"


def mounted_router(app: FastAPI, _: APIRouter, endpoint: Any, declared: list[Any]) -> str:
    async def answer(_: Any) -> PlainTextResponse:
        return PlainTextResponse(endpoint())

    app.mount("/sub", Router([Route("/late", guarded(answer, *declared) if declared else answer)]))
    return "/sub/late"


WAYS: list[Add] = [
    direct,
    on_included,
    new_include,
    include_in_included,
    appended,
    put_first,
    in_place_of_another,
    one_for_one,
    new_list,
    new_list_of_included,
    mounted,
    plain,
    plain_on_included,
    mounted_router,
]


def make_app() -> tuple[FastAPI, APIRouter]:
    app, router = FastAPI(), APIRouter()
    app.add_api_route("/open", lambda: "open", dependencies=[Public("a test")])
    router.add_api_route("/in", lambda: "in", dependencies=[Public("a test")])
    app.include_router(router, prefix="/inc")
    app.add_api_route("/last", lambda: "last", dependencies=[Public("a test")])
    return protect(app), router


@pytest.mark.parametrize("declared", [False, True], ids=["undeclared", "declared"])
@pytest.mark.parametrize("add", WAYS, ids=lambda add: add.__name__)
async def test_a_route_added_after_the_start_never_runs_unguarded(add: Add, declared: bool) -> None:
    """Without a declaration it stays shut for everybody; with one it is guarded by it at once."""
    app, router = make_app()
    ran: list[str] = []

    def late() -> str:
        ran.append("ran")
        return "inside"

    assert (await ask(app, "GET", "/open")).status == 200
    assert (await ask(app, "GET", "/inc/in")).status == 200
    path = add(app, router, late, [Requires("a:x")] if declared else [])
    for _ in range(2):
        answer = await ask(app, "GET", path)
        assert (answer.status, ran) == (401 if declared else 403, [])
        assert (await ask(app, "GET", path, token="carol")).status == 403
        assert ran == []
        assert (await ask(app, "GET", path, token="root")).status == (200 if declared else 403)
        ran.clear()


async def test_a_route_equal_to_the_one_it_replaces_is_still_another() -> None:
    """Starlette's routes compare by path, endpoint and methods: not by their declarations."""
    app, _ = make_app()
    ran: list[str] = []

    def endpoint() -> None:
        ran.append("ran")

    app.add_api_route("/mine", endpoint, dependencies=[Requires("a:x")])
    assert (await ask(app, "GET", "/mine")).status == 401
    app.router.routes[-1] = APIRoute("/mine", endpoint)
    assert ((await ask(app, "GET", "/mine", token="root")).status, ran) == (403, [])


async def test_every_app_that_shares_a_router_notices() -> None:
    """One app that has judged the new route does not hide it from the other."""
    ran: list[str] = []
    router = APIRouter()
    router.add_api_route("/open", lambda: "open", dependencies=[Public("a test")])
    one, two = FastAPI(), FastAPI()
    for app in (one, two):
        app.mount("/shared", router)
        protect(app)
        assert (await ask(app, "GET", "/shared/open")).status == 200
    router.routes.append(APIRoute("/late", lambda: ran.append("ran")))
    for app in (one, two):
        assert ((await ask(app, "GET", "/shared/late", token="root")).status, ran) == (403, [])


async def test_a_websocket_added_after_the_start_stays_shut() -> None:
    """Also in an included router, whose WebSocket routes FastAPI builds anew."""
    app, router = make_app()
    ran: list[str] = []

    async def socket(websocket: WebSocket) -> None:
        ran.append("ran")
        await websocket.accept()

    await ask(app, "GET", "/inc/in")
    router.websocket("/a")(socket)
    router.routes.append(WebSocketRoute("/b", socket))
    app.websocket("/c")(socket)
    for path in ("/inc/a", "/inc/b", "/c"):
        knocked = await knock(app, path, token="root")
        assert (knocked.accepted, ran) == (False, [])


async def test_a_plain_route_built_anew_keeps_its_guard() -> None:
    """FastAPI builds included plain routes again whenever their router changes, by however little."""
    app, router = FastAPI(), APIRouter()
    ran: list[str] = []

    async def answer(_: Any) -> PlainTextResponse:
        ran.append("ran")
        return PlainTextResponse("x")

    router.routes.append(Route("/plain", guarded(answer, Requires("a:x"))))
    router.add_api_route("/one", lambda: "1", dependencies=[Public("a test")])
    app.include_router(router, prefix="/inc")
    protect(app)
    for number in range(3):
        assert ((await ask(app, "GET", "/inc/plain")).status, ran) == (401, [])
        assert (await ask(app, "GET", "/inc/plain", token="bob")).status == 200
        ran.clear()
        router.routes.pop()
        router.add_api_route(f"/{number}", lambda: "2", dependencies=[Public("a test")])


async def test_a_front_end_added_after_the_start_stays_shut(tmp_path: Path) -> None:
    """Its files were declared by nobody."""
    app, router = make_app()
    if not hasattr(app, "frontend"):
        return
    (tmp_path / "x.txt").write_text("inside")
    await ask(app, "GET", "/inc/in")
    router.frontend("/ui", directory=tmp_path)
    app.frontend("/ui", directory=tmp_path)
    for path in ("/inc/ui/x.txt", "/ui/x.txt"):
        answer = await ask(app, "GET", path, token="root")
        assert (answer.status, b"inside" in answer.body) == (403, False)


async def test_a_removed_route_is_gone() -> None:
    app, router = make_app()
    assert (await ask(app, "GET", "/inc/in")).status == 200
    app.router.routes = [each for each in app.router.routes if getattr(each, "path", "") != "/open"]
    router.routes.clear()
    router.add_api_route("/new", lambda: "new", dependencies=[Public("a test")])
    assert (await ask(app, "GET", "/open")).status == 404
    assert (await ask(app, "GET", "/inc/in")).status == 404
    assert (await ask(app, "GET", "/inc/new")).status == 200
