"""A refused handshake is answered as any request is, where the server can; else it is closed with 1008."""

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.exceptions import WebSocketException
from starlette.responses import PlainTextResponse
from starlette.testclient import WebSocketDenialResponse

from buckler import Limit, Public, Requires, guarded
from tests.proof import two_sided_async
from tests.stage import ORIGIN, protect
from tests.wire import HOST, Answer, ask, knock

WANTED = (
    "content-security-policy",
    "x-content-type-options",
    "strict-transport-security",
    "cross-origin-resource-policy",
    "x-request-id",
)
EXTENSION = "websocket.http.response"


def make_app() -> FastAPI:
    app = FastAPI()

    @app.websocket("/mine", dependencies=[Requires("a:x")])
    async def mine(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    @app.websocket("/once", dependencies=[Public("a test"), Limit("1/minute")])
    async def once(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    @app.websocket("/shut", dependencies=[Public("a test")])
    async def shut(websocket: WebSocket) -> None:
        await websocket.close(4000, "CANARY")

    @app.websocket("/raises", dependencies=[Public("a test")])
    async def raises(websocket: WebSocket) -> None:
        raise WebSocketException(1008, "CANARY")

    @app.websocket("/crash", dependencies=[Public("a test")])
    async def crash(websocket: WebSocket) -> None:
        raise RuntimeError("CANARY")

    @app.websocket("/number", dependencies=[Public("a test")])
    async def number(websocket: WebSocket, number: int) -> None:
        await websocket.accept()

    @app.websocket("/denied", dependencies=[Public("a test")])
    async def denied(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("my words", 409))

    app.mount("/silent", guarded(silent, Public("a test")))
    return app


async def silent(scope: Any, receive: Any, send: Any) -> None:
    """An app that goes without a word."""


class Accepts:
    """A middleware that opens every socket by itself."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/opened":
            await send({"type": "websocket.accept", "headers": [(b"x-canary", b"CANARY")]})
        elif scope.get("path") == "/words":
            await send({"type": f"{EXTENSION}.start", "status": 200, "headers": [(b"x-canary", b"CANARY")]})
            await send({"type": f"{EXTENSION}.body", "body": b"CANARY"})
        else:
            await self._app(scope, receive, send)


async def shake(app: FastAPI, target: str, **given: Any) -> Answer:
    """The answer to a handshake on a server that can give one."""

    async def extended(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            assert message["type"].startswith(EXTENSION), message
            await send({**message, "type": message["type"].removeprefix("websocket.")})

        wanted = {**scope, "type": "websocket", "extensions": {EXTENSION: {}}, "subprotocols": [], "scheme": "wss"}
        inbox: asyncio.Queue[Any] = asyncio.Queue()
        for message in ({"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1006}):
            inbox.put_nowait(message)
        await app({key: value for key, value in wanted.items() if key != "method"}, inbox.get, sending)

    return await ask(extended, "GET", target, **given)


@pytest.mark.parametrize(
    ("target", "given", "status", "code"),
    [
        ("/mine", {}, 401, "sign-in-required"),
        ("/mine", {"token": "nobody"}, 401, None),
        ("/mine", {"token": "carol"}, 403, None),
        ("/mine", {"host": "evil.test"}, 400, None),
        ("/none", {}, 403, "http-403"),
        ("/shut", {}, 403, "http-403"),
        ("/raises", {}, 403, "http-403"),
        ("/crash", {}, 500, "http-500"),
        ("/silent/x", {}, 500, "http-500"),
        ("/number?number=CANARY", {}, 403, "http-403"),
        ("/opened", {}, 403, "undecided"),
        ("/words", {}, 403, "undecided"),
    ],
)
async def test_a_refused_handshake_says_why_with_every_header(
    target: str, given: dict[str, Any], status: int, code: str | None
) -> None:
    """Its own status, a problem document, and the full set; nothing of what the app would have said."""
    app = make_app()
    app.add_middleware(Accepts)
    answer = await shake(protect(app), target, **given)
    assert answer.status == status
    assert code is None or answer.code == code
    assert answer.problem["status"] == status
    for name in WANTED:
        assert answer.header(name), name
    assert answer.header("cache-control") == "no-store"
    assert "CANARY" not in repr(answer)


async def test_over_the_limit_it_is_429_with_the_time_to_wait() -> None:
    app = protect(make_app())
    assert (await knock(app, "/once")).accepted
    answer = await shake(app, "/once")
    assert (answer.status, answer.code) == (429, "route-limited")
    assert 1 <= int(str(answer.header("retry-after"))) <= 60


@pytest.mark.parametrize("target", ["/mine", "/none", "/shut", "/raises", "/opened", "/words"])
async def test_where_the_server_cannot_the_socket_is_closed(target: str) -> None:
    """Before it opens."""
    app = make_app()
    app.add_middleware(Accepts)
    knocked = await knock(protect(app), target)
    assert knocked.accepted is False
    assert knocked.code == (4000 if target == "/shut" else 1008)
    assert [each["type"] for each in knocked.messages] == ["websocket.close"]


async def test_the_apps_own_denial_stays_its_own() -> None:
    """A route that was allowed may answer a handshake itself."""
    answer = await shake(protect(make_app()), "/denied")
    assert (answer.status, answer.body) == (409, b"my words")
    for name in WANTED:
        assert answer.header(name), name


async def test_bare_fastapi_says_nothing_that_a_client_could_use() -> None:
    """The other side: without the edge a refused handshake is a bare close."""

    async def attack(app: FastAPI) -> bool:
        try:
            return (await shake(app, "/none")).header("x-content-type-options") is None
        except AssertionError:
            return True

    await two_sided_async(attack, whole=protect(make_app()), twin=make_app())


def test_starlettes_test_client_sees_the_answer() -> None:
    client = TestClient(protect(make_app()), base_url=ORIGIN)
    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect(f"wss://{HOST}/mine"):
        pass
    assert refused.value.status_code == 401
    assert json.loads(refused.value.content)["status"] == 401
