"""A decision belongs to one request: it is neither borrowed, rewritten, nor made by a broken guard."""

import asyncio
from typing import Annotated, Any

import httpx2 as httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.websockets import WebSocket

from buckler import Limit, Principal, Public, Requires
from buckler.access.callers.credential import Authentication
from buckler.access.guard.limits import Limits
from buckler.access.guard.requirements import Requirements
from buckler.asgi import Exchange
from tests.stage import ORIGIN, Directory, people, production, protect
from tests.twins.twin import Twin
from tests.wire import ask, knock


def make_app(ran: list[str] | None = None) -> FastAPI:
    app = FastAPI()
    seen = ran if ran is not None else []

    @app.get("/open", dependencies=[Public("a test")])
    async def open_() -> str:
        return "open"

    @app.api_route("/mine", methods=["GET", "POST"], dependencies=[Limit("1000000/minute")])
    async def mine(who: Annotated[Principal, Requires("a:x")]) -> str:
        seen.append(who.name)
        await asyncio.sleep(0)
        return who.name

    return app


@pytest.mark.parametrize("passage", [Authentication, Limits, Requirements])
@pytest.mark.parametrize("error", [RuntimeError, KeyError, HTTPException, TimeoutError])
@pytest.mark.asvs("16.5.3")
async def test_an_exception_in_any_step_refuses(passage: Any, error: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, and the endpoint does not run."""
    ran: list[str] = []

    def broken(_: Exchange) -> None:
        raise error(200) if error is HTTPException else error("CANARY")

    monkeypatch.setattr(passage, "step_for", lambda *_: broken)
    app = protect(make_app(ran))
    answer = await ask(app, "GET", "/mine", token="alice")
    assert (answer.status, answer.code, ran) == (503, "guard-failed", [])
    assert b"CANARY" not in answer.body


@pytest.mark.parametrize("method", ["recall", "authenticate"])
async def test_an_authenticator_that_breaks_refuses(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost store is not a way in."""

    def broken(*_: Any) -> None:
        raise ConnectionError("CANARY")

    async def broken_later(*_: Any) -> None:
        broken()

    monkeypatch.setattr(Directory, method, broken if method == "recall" else broken_later)
    ran: list[str] = []
    app = protect(make_app(ran))
    assert ((await ask(app, "GET", "/mine", token="alice")).status, ran) == (503, [])
    assert (await ask(app, "GET", "/open", token="alice")).status == 200


@pytest.mark.parametrize(
    "fields",
    [
        [("x-http-method-override", "GET")],
        [("x-http-method", "GET"), ("x-method-override", "OPTIONS")],
        [("x-original-url", "/open"), ("x-rewrite-url", "/open")],
        [("x-forwarded-prefix", "/open"), ("x-forwarded-path", "/open")],
        [("x-request-id", "1"), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")],
        [("x-forwarded-user", "alice"), ("remote-user", "alice"), ("x-user", "alice")],
        [("cookie", "access_token=alice; authorization=Bearer alice; session=alice")],
        [("upgrade", "websocket"), ("connection", "upgrade")],
        [
            ("proxy-authorization", "Bearer alice"),
            ("x-authorization", "Bearer alice"),
            ("authorization_", "Bearer alice"),
        ],
        [("origin", ORIGIN), ("access-control-request-method", "GET")],
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_other_field_changes_the_decision(method: str, fields: list[tuple[str, str]]) -> None:
    app = protect(make_app())
    assert (await ask(app, method, "/mine", headers=fields)).status == 401
    assert (await ask(app, "GET", "/open", headers=fields)).status == 200


@pytest.mark.parametrize(
    "method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "get", "PROPFIND", ""]
)
async def test_a_method_that_is_not_declared_gets_nowhere(method: str) -> None:
    """With or without a right."""
    ran: list[str] = []
    app = protect(make_app(ran))
    for token in (None, "alice"):
        answer = await ask(app, method, "/mine", token=token)
        assert (answer.status, ran) == (405, [])


@pytest.mark.parametrize("query", ["?access_token=alice", "?token=alice", "?authorization=Bearer%20alice"])
async def test_a_token_in_the_query_speaks_for_nobody(query: str) -> None:
    """RFC 9700 section 4.3.2."""
    assert (await ask(protect(make_app()), "GET", f"/mine{query}")).status == 401


@pytest.mark.parametrize(
    "path",
    [
        *("//mine", "/mine/", "/mine//", "/./mine", "/open/../mine", "/open/%2e%2e/mine", "/%2e/mine", "/mine%2f"),
        *("/mine;a=b", "/mine;", "/MINE", "/Mine", "/mine%0a", "/mine%00", "/mine%20", "/mine.", "/mine.json"),
        *(
            "/open;/mine",
            "/open%2fmine",
            "/open/mine",
            "/%6dine",
            "/m%69ne",
            "/%256dine",
            "/\\mine",
            "/mine%23",
            "/mine%3fx",
        ),
        *("/mine?", "/mine?x=/open", "/mine#open", "/%ef%bc%8fmine", "/m\xefne", "mine", "*", ""),
    ],
)
@pytest.mark.parametrize("given", [{}, {"kind": Twin, "without": "paths"}], ids=["whole", "without-paths"])
async def test_no_spelling_of_a_path_gets_round_the_guard(path: str, given: dict[str, Any]) -> None:
    """The router's own choice is what is judged; there is no second matcher. Also where none is refused before it."""
    ran: list[str] = []
    app = protect(make_app(ran), **given)
    stranger = await ask(app, "GET", path)
    assert (stranger.status in ((401, 404) if given else (400, 401, 404)), ran) == (True, [])
    holder = await ask(app, "GET", path, token="alice")
    assert (holder.status == 200) == (stranger.status == 401)


async def hide(app: Any, kind: str) -> None:
    """Make `app` answer 200 to whatever it is refused."""
    if kind == "handler":

        @app.exception_handler(HTTPException)
        @app.exception_handler(403)
        @app.exception_handler(401)
        @app.exception_handler(Exception)
        async def fine(_: Request, __: Exception) -> JSONResponse:
            return JSONResponse("CANARY", 200)
    elif kind == "base":

        class Fine(BaseHTTPMiddleware):
            async def dispatch(self, request: Request, call_next: Any) -> Any:
                await call_next(request)
                return PlainTextResponse("CANARY", 200, {"x-canary": "CANARY"})

        app.add_middleware(Fine)
    else:
        app.add_middleware(Rewrites)


class Rewrites:
    """A plain middleware that turns every answer into 200."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def fine(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "status": 200, "headers": [(b"x-canary", b"CANARY")]}
            if message["type"] == "websocket.close":
                message = {"type": "websocket.accept"}
            await send(message)

        await self._app(scope, receive, fine)


@pytest.mark.parametrize("kind", ["handler", "base", "plain"])
async def test_after_a_refusal_only_the_refusal_leaves(kind: str) -> None:
    """Whatever handlers and middleware of the app try."""
    app = make_app()
    await hide(app, kind)
    protect(app)
    for token, status in ((None, 401), ("unknown", 401), ("carol", 403)):
        answer = await ask(app, "GET", "/mine", token=token)
        assert (answer.status, answer.problem["status"]) == (status, status)
        assert "CANARY" not in repr(answer.headers) + answer.body.decode()


async def test_a_refused_websocket_stays_shut_whatever_a_middleware_sends() -> None:
    app = make_app()

    @app.websocket("/ws", dependencies=[Requires("a:x")])
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()

    app.add_middleware(Rewrites)
    knocked = await knock(protect(app), "/ws")
    assert (knocked.accepted, knocked.code) == (False, 1008)


class Borrows:
    """A middleware that has a public path answered first, in one of three ways, and then goes its own way."""

    def __init__(self, app: Any, whole: FastAPI, how: str, then: str) -> None:
        self._app, self._whole, self._how, self._then = app, whole, how, then

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/mine":
            await self._app(scope, receive, send)
            return
        await self._borrow(scope)
        if self._then == "answers":
            await PlainTextResponse("CANARY")(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _borrow(self, scope: Any) -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_: Any) -> None: ...

        if self._how == "same scope":
            kept = dict(scope)
            scope.update(path="/open", raw_path=b"/open")
            await self._whole(scope, receive, send)
            scope.update(path=kept["path"], raw_path=kept["raw_path"])
        elif self._how == "copied scope":
            await self._whole({**scope, "path": "/open", "raw_path": b"/open"}, receive, send)
        else:
            transport = httpx.ASGITransport(app=self._whole)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                assert (await client.get("/open")).status_code == 200


@pytest.mark.parametrize("how", ["same scope", "copied scope", "client"])
@pytest.mark.parametrize("then", ["answers", "goes on"])
async def test_a_decision_is_not_lent_by_a_request_within_the_process(how: str, then: str) -> None:
    """Neither to the answer of a middleware nor to the route behind it."""
    ran: list[str] = []
    app = make_app(ran)
    app.add_middleware(Borrows, whole=app, how=how, then=then)
    protect(app)
    answer = await ask(app, "GET", "/mine")
    assert (answer.status in (401, 403), ran) == (True, [])
    assert b"CANARY" not in answer.body


async def test_a_caller_is_not_lent_either() -> None:
    """An endpoint that asks its own app as somebody else stays what it was."""
    app = make_app()

    @app.get("/proxy", dependencies=[Public("a test")])
    async def proxy(request: Request) -> str:
        inner = await ask(app, "GET", "/mine", token="alice")
        other = await ask(app, "GET", "/mine", scope={"buckler": request.scope["buckler"]})
        return f"{inner.status} {other.status}"

    protect(app)
    assert (await ask(app, "GET", "/proxy")).body == b'"200 401"'


async def test_no_caller_leaks_between_a_thousand_concurrent_requests() -> None:
    """Strangers, callers with and without the right, interleaved."""
    app = protect(make_app(), settings=production(failed_checks_limit="1000/second"), authenticator=people())
    tokens = [None, "alice", "bob", "carol", "unknown"] * 200
    answers = await asyncio.gather(*(ask(app, "GET", "/mine", token=token) for token in tokens))
    wanted = {None: (401, ""), "unknown": (401, ""), "carol": (403, ""), "alice": (200, "alice"), "bob": (200, "bob")}
    for token, answer in zip(tokens, answers, strict=True):
        status, name = wanted[token]
        assert answer.status == status
        assert not name or answer.body == f'"{name}"'.encode()
