"""The guard stands at every door, whatever kind it is and wherever its declaration was written."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from buckler import Buckler, Principal, Public, Requires, guarded
from tests.access.every_door import DOORS, Build, plain, route_of
from tests.stage import people, production, protect
from tests.wire import Answer, Knock, ask, knock


@pytest.mark.parametrize("build", DOORS, ids=lambda build: build.__name__)
async def test_a_door_lets_in_who_holds_the_permission_and_nobody_else(build: Build, tmp_path: Path) -> None:
    """401 for a stranger, 403 for another caller, cold and warm; nothing of the route runs for either."""
    ran: list[str] = []
    app = FastAPI()
    path = build(app, ran, tmp_path)
    protect(app)
    for _ in range(2):
        stranger, other = await ask(app, "GET", path), await ask(app, "GET", path, token="carol")
        assert (stranger.status, other.status, ran) == (401, 403, [])
        assert (stranger.code, other.code) == ("sign-in-required", "forbidden")
        assert (await ask(app, "GET", path, token="unknown")).code == "invalid-token"
        holder = await ask(app, "GET", path, token="bob")
        assert holder.status == 200
        assert b"inside" in holder.body
        ran.clear()


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"{" * 65536


@pytest.mark.parametrize("body", [b'{"broken', b"\xff" * 1000, None], ids=["broken", "binary", "endless"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_strangers_body_is_not_read_and_no_dependency_runs(method: str, body: bytes | None) -> None:
    """Those that stand ahead of the declaration do not either."""
    ran: list[str] = []

    def effect(request: Request) -> None:
        ran.append("effect")

    async def reading(request: Request) -> None:
        ran.append(str(len(await request.body())))

    app = FastAPI(dependencies=[Depends(effect)])

    @app.api_route("/x", methods=["GET", "POST"], dependencies=[Depends(reading), Depends(effect), Requires("a:x")])
    async def endpoint(item: dict[str, int]) -> int:
        return len(item)

    protect(app)
    headers = [("content-type", "application/json")]
    for token in (None, "unknown", "carol"):
        answer = await ask(app, method, "/x", headers=headers, body=endless() if body is None else body, token=token)
        assert answer.status in (401, 403)
        assert (answer.received, ran) == (0, [])
    await ask(app, method, "/x", headers=headers, body=b"{}", token="bob")
    assert ran == ["effect", "2", "effect"] or ran == ["effect", "2"]


@pytest.mark.parametrize(
    ("outer", "inner"), [("app", "route"), ("router", "route"), ("include", "router"), ("app", "include")]
)
async def test_declarations_add_up(outer: str, inner: str) -> None:
    """The holder of one permission of two is refused, whichever it is."""
    at = {outer: [Requires("a:x")], inner: [Requires("b:y")]}
    router = APIRouter(dependencies=at.get("router", []))
    router.add_api_route("/in", lambda: "inside", dependencies=at.get("route", []))
    app = FastAPI(dependencies=at.get("app", []))
    app.include_router(router, dependencies=at.get("include", []))
    protect(app)
    answers = [(await ask(app, "GET", "/in", token=name)).status for name in ("bob", "dora", "carol", "alice", "root")]
    assert answers == [403, 403, 403, 200, 200]


async def test_requirements_of_parameters_add_up_too() -> None:
    """Two that differ never collapse in FastAPI's cache of dependencies."""
    app = FastAPI()

    @app.get("/in")
    async def both(one: Annotated[Principal, Requires("a:x")], two: Annotated[Principal, Requires("b:y")]) -> str:
        return one.name + two.name

    protect(app)
    assert [(await ask(app, "GET", "/in", token=name)).status for name in ("bob", "dora", "alice")] == [403, 403, 200]


async def test_one_router_included_twice_is_judged_by_each_inclusion() -> None:
    """FastAPI keeps one route object for both."""
    ran: list[str] = []
    router = route_of(ran)
    app = FastAPI()
    app.include_router(router, prefix="/open", dependencies=[Public("a test")])
    app.include_router(router, prefix="/a", dependencies=[Requires("a:x")])
    app.include_router(router, prefix="/b", dependencies=[Requires("b:y")])
    protect(app)
    for _ in range(2):
        assert (await ask(app, "GET", "/open/in")).status == 200
        assert [(await ask(app, "GET", f"/{each}/in")).status for each in "ab"] == [401, 401]
        assert [(await ask(app, "GET", f"/{each}/in", token="bob")).status for each in "ab"] == [200, 403]
        assert [(await ask(app, "GET", f"/{each}/in", token="dora")).status for each in "ab"] == [403, 200]


async def test_the_default_holds_where_nothing_is_declared_and_there_alone() -> None:
    app = FastAPI()
    app.add_api_route("/bare", lambda: "inside")
    app.add_api_route("/open", lambda: "open", dependencies=[Public("a test")])
    app.add_api_route("/more", lambda: "more", dependencies=[Requires("b:y")])
    protect(app, default=Requires("a:x"))
    assert [(await ask(app, "GET", path)).status for path in ("/bare", "/open", "/more")] == [401, 200, 401]
    assert [(await ask(app, "GET", path, token="dora")).status for path in ("/bare", "/more")] == [403, 200]


def socket_app(where: str, ran: list[str]) -> FastAPI:
    app = FastAPI()
    router = APIRouter()
    plainly = where == "plain"

    async def endpoint(websocket: WebSocket) -> None:
        ran.append("ran")
        await websocket.accept()
        await websocket.send_text("inside")
        await websocket.close()

    if plainly:
        app.router.routes.append(WebSocketRoute("/ws", guarded(endpoint, Requires("a:x"))))
    elif where == "direct":
        app.websocket("/ws", dependencies=[Requires("a:x")])(endpoint)
    elif where == "included":
        router.websocket("/ws", dependencies=[Requires("a:x")])(endpoint)
        app.include_router(router)
    else:
        inner = FastAPI()
        inner.websocket("/ws", dependencies=[Requires("a:x")])(endpoint)
        app.mount("/sub", inner)
    return protect(app)


@pytest.mark.parametrize("where", ["direct", "included", "mounted", "plain"])
async def test_a_websocket_is_refused_before_it_is_accepted(where: str) -> None:
    """1008 in place of `accept`; nothing is received and nothing of the endpoint runs."""
    ran: list[str] = []
    app = socket_app(where, ran)
    path = "/sub/ws" if where == "mounted" else "/ws"
    for token in (None, "unknown", "carol"):
        knocked = await knock(app, path, token=token)
        assert (knocked.accepted, knocked.code, knocked.received, ran) == (False, 1008, 0, [])
    knocked = await knock(app, path, token="bob")
    assert knocked.accepted
    assert {"type": "websocket.send", "text": "inside"} in knocked.messages


async def test_a_websocket_that_no_route_takes_stays_shut() -> None:
    knocked: Knock = await knock(socket_app("direct", []), "/none")
    assert (knocked.accepted, knocked.code) == (False, 1008)


class Foreign:
    """A wrapper that the survey cannot look into."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)


@pytest.mark.parametrize("own", [False, True], ids=["bare", "with its own Buckler"])
async def test_a_door_hidden_from_the_survey_does_not_inherit_what_stands_around_it(own: bool) -> None:
    """`Public` on the wrapper says nothing about a requirement inside it."""
    ran: list[str] = []
    inner = FastAPI()
    inner.include_router(route_of(ran, dependencies=[Requires("b:y")]))
    app = FastAPI()
    app.mount("/sub", guarded(Foreign(protect(inner) if own else inner), Public("a test")))
    protect(app)
    for token in (None, "bob"):
        answer: Answer = await ask(app, "GET", "/sub/in", token=token)
        assert (answer.status in (401, 403), ran) == (True, [])
    assert (await ask(app, "GET", "/sub/in", token="dora")).status == (200 if own else 403)


async def test_a_hidden_plain_route_refuses_as_well() -> None:
    ran: list[str] = []
    inner = Starlette(routes=[Route("/in", guarded(plain(ran), Requires("b:y")))])
    app = FastAPI()
    app.mount("/sub", guarded(Foreign(inner), Public("a test")))
    protect(app)
    assert ((await ask(app, "GET", "/sub/in", token="alice")).status, ran) == (403, [])


async def test_a_guarded_app_that_stands_nowhere_refuses() -> None:
    """Called by itself, without an edge in front, it lets nobody in."""
    ran: list[str] = []
    answer = await ask(Starlette(routes=[Route("/in", guarded(plain(ran), Public("a test")))]), "GET", "/in")
    assert (answer.status, ran) == (403, [])


async def test_two_apps_in_one_process_share_nothing() -> None:
    """Neither callers, nor a router that stands in both."""
    ran: list[str] = []
    router = route_of(ran, dependencies=[Requires("a:x")])
    one, two = FastAPI(), FastAPI()
    one.include_router(router)
    two.include_router(router)
    Buckler(one, settings=production(), authenticator=people())
    other = people()
    other.callers.clear()
    Buckler(two, settings=production(), authenticator=other)
    for _ in range(2):
        assert (await ask(one, "GET", "/in", token="bob")).status == 200
        assert (await ask(two, "GET", "/in", token="bob")).status == 401
