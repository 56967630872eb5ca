"""The caller is handed over without a dependency, and what the dependency would refuse is still refused."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from buckler import Limit, Principal, Public, Requires, guarded
from tests.stage import protect
from tests.wire import ask, knock

CALLER: Any = Requires("a:x")
Caller = Annotated[Principal, CALLER]


class Speaker:
    """An endpoint that is an object."""

    async def __call__(self, who: Caller) -> str:
        return who.name


def sync_endpoint(who: Caller) -> str:
    return who.name


async def async_endpoint(who: Caller) -> str:
    return who.name


async def two_names(first: Caller, second: Annotated[Principal, Requires("b:y")]) -> str:
    return first.name if first is second else "two"


async def with_connection(connection: HTTPConnection, who: Caller) -> str:
    return f"{who.name}" if connection.url.path else ""


async def with_request(request: Request, who: Caller) -> str:
    return f"{who.name}" if request.url.path else ""


async def with_default(who: Principal = CALLER) -> str:
    return who.name


async def in_a_dependency(who: Annotated[Principal, Requires("a:x")]) -> Principal:
    return who


async def through_a_dependency(who: Annotated[Principal, Depends(in_a_dependency)]) -> str:
    return who.name


async def streamed(who: Caller) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        yield f'"{who.name}"'

    return StreamingResponse(parts(), media_type="application/json")


ENDPOINTS: list[Callable[..., Any]] = [
    Speaker(),
    sync_endpoint,
    async_endpoint,
    two_names,
    with_connection,
    with_request,
    with_default,
    through_a_dependency,
    streamed,
]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: getattr(each, "__name__", "object"))
@pytest.mark.parametrize("included", [False, True])
async def test_every_kind_of_endpoint_gets_its_caller(endpoint: Callable[..., Any], *, included: bool) -> None:
    """By its own parameter, and a stranger gets nothing."""
    app, router = FastAPI(), APIRouter(dependencies=[Limit("1000/minute")])
    (router if included else app).add_api_route("/it", endpoint, methods=["GET"])
    if included:
        app.include_router(router, prefix="/in")
    protect(app)
    path = "/in/it" if included else "/it"
    assert (await ask(app, "GET", path, token="alice")).body == b'"alice"'
    assert (await ask(app, "GET", path)).status == 401
    assert (await ask(app, "GET", path, token="carol")).status == 403


async def test_a_websocket_gets_its_caller() -> None:
    """The same for a handshake."""
    app = FastAPI()

    @app.websocket("/ws")
    async def talk(websocket: WebSocket, who: Caller) -> None:
        await websocket.accept()
        await websocket.send_text(who.name)
        await websocket.close()

    protect(app)
    heard = await knock(app, "/ws", token="alice")
    assert {"type": "websocket.send", "text": "alice"} in heard.messages


async def test_a_compiled_endpoint_refuses_where_no_guard_decided() -> None:
    """The route's inner app, called past its guard, does not call the endpoint."""
    app = FastAPI()
    ran: list[str] = []

    @app.get("/it")
    async def it(who: Caller) -> str:
        ran.append(who.name)
        return who.name

    protect(app)
    assert (await ask(app, "GET", "/it", token="alice")).status == 200

    async def past_the_guard(scope: Any, receive: Any, send: Any) -> None:
        route: Any = next(route for route in app.routes if getattr(route, "path", "") == "/it")
        await type(route).handle(route, scope, receive, send)

    app.mount("/past", guarded(past_the_guard, Public("a hole in the app")))
    assert (await ask(app, "GET", "/past/it")).status == 403
    assert (await ask(app, "GET", "/past/it", token="alice")).status == 403
    assert ran == ["alice"]


async def test_judging_again_finds_the_declarations_that_were_compiled() -> None:
    """A route added later makes the whole table be judged anew, and nobody's door opens."""
    app = FastAPI()
    app.add_api_route("/it", async_endpoint)
    protect(app)
    for number in range(3):
        assert (await ask(app, "GET", "/it")).status == 401
        assert (await ask(app, "GET", "/it", token="alice")).status == 200
        app.add_api_route(f"/{number}", lambda: "later", dependencies=[Requires("a:x")])
        assert (await ask(app, "GET", f"/{number}")).status == 401
        assert (await ask(app, "GET", f"/{number}", token="alice")).status == 200


async def test_two_apps_may_share_a_router() -> None:
    """Compiled by the first, judged rightly by the second."""
    router = APIRouter()
    router.add_api_route("/it", async_endpoint)
    apps = [FastAPI(), FastAPI()]
    for app in apps:
        app.include_router(router)
        app.mount("/again", router)
        protect(app)
    for app in apps + apps:
        for path in ("/it", "/again/it"):
            assert (await ask(app, "GET", path)).status == 401, path
            assert (await ask(app, "GET", path, token="alice")).body == b'"alice"'
