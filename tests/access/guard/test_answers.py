"""Middleware that answers by itself: its own answers leave, and those of the app are judged as ever."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from buckler import ConfigurationError, Public, Requires, answers
from buckler.install import buckler_of
from tests.proof import two_sided_async
from tests.stage import protect
from tests.wire import Answer, Lifespan, ask, knock

FRONT = "https://front.example.test"
App = Callable[[Any, Any, Any], Awaitable[None]]


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/open", dependencies=[Public("a test")])
    async def open_() -> str:
        return "open"

    @app.get("/mine", dependencies=[Requires("a:x")])
    async def mine() -> str:
        return "SECRET"

    return app


def reasons(app: FastAPI) -> list[str]:
    """Of all that the policy names."""
    standing = buckler_of(app)
    assert standing is not None
    return [each.reason for each in standing.policy().answering]


class Maintenance(BaseHTTPMiddleware):
    """The usual kind, which closes one path."""

    def __init__(self, app: Any, words: str, *, path: str = "/closed") -> None:
        super().__init__(app)
        self.words = words
        self.path = path

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.url.path == self.path:
            return PlainTextResponse(self.words, 200, {"x-own": "1"})
        return await call_next(request)


class Plain:
    """The same as plain ASGI."""

    def __init__(self, app: App, words: str, *, path: str = "/closed") -> None:
        self.app = app
        self.words = words
        self.path = path

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == self.path:
            await PlainTextResponse(self.words, 200, {"x-own": "1"})(scope, receive, send)
        else:
            await self.app(scope, receive, send)


@pytest.mark.parametrize("kind", [Maintenance, Plain])
async def test_its_own_answer_leaves_with_everything_that_answers_carry(kind: type[Any]) -> None:
    """Held without the declaration; with it there are headers and a request id on it, as on any."""

    async def is_held(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/closed")
        return (answer.status, b"back soon" in answer.body) == (403, False)

    bare, declared = make_app(), make_app()
    bare.add_middleware(kind, "back soon")
    declared.add_middleware(answers(kind, "maintenance page"), "back soon")
    await two_sided_async(is_held, twin=protect(bare), whole=protect(declared))
    answer = await ask(declared, "GET", "/closed")
    assert (answer.status, answer.body, answer.header("x-own")) == (200, b"back soon", "1")
    assert answer.header("content-security-policy")
    assert answer.header("x-request-id")
    assert (await ask(declared, "GET", "/open")).body == b'"open"'
    assert (await ask(declared, "GET", "/mine")).status == 401
    assert (await ask(declared, "GET", "/mine", token="alice")).body == b'"SECRET"'
    assert (await ask(declared, "GET", "/none")).status == 404
    assert (await ask(declared, "GET", "/closed", host="evil.test")).status == 400


@pytest.mark.parametrize("kind", [Maintenance, Plain])
def test_it_is_the_middleware_as_it_was(kind: type[Any]) -> None:
    """Its name, its parents, what it is made from and what it keeps."""
    made = answers(kind, "maintenance page")
    assert (made.__name__, made.__module__, made.__doc__) == (kind.__name__, kind.__module__, kind.__doc__)
    assert issubclass(made, kind)
    standing = made(make_app(), "words", path="/x")
    assert (standing.words, standing.path) == ("words", "/x")


async def test_it_works_without_buckler_too() -> None:
    """An app whose tests leave Buckler out goes on."""
    app = make_app()
    app.add_middleware(answers(Plain, "maintenance page"), "back soon")
    assert (await ask(app, "GET", "/closed")).body == b"back soon"


class Replaces:
    """Calls the app, and then says something of its own."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        kept: list[Any] = []

        async def keep(message: Any) -> None:
            kept.append(message)

        await self.app(scope, receive, keep)
        body = b"".join(each.get("body", b"") for each in kept)
        await PlainTextResponse(b"told: " + body)(scope, receive, send)


class BeginsItself(Replaces):
    """Begins an answer and lets the app's follow."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

        async def follow(message: Any) -> None:
            if message["type"] == "http.response.body":
                await send(message)

        await self.app(scope, receive, follow)


class ScopeOfItsOwn(Replaces):
    """Asks the app as if it were another request."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kept: list[Any] = []

        async def keep(message: Any) -> None:
            kept.append(message)

        known = ("type", "method", "path", "headers", "query_string", "root_path", "http_version", "server", "scheme")
        await self.app({name: scope[name] for name in known}, receive, keep)
        body = b"".join(each.get("body", b"") for each in kept)
        await PlainTextResponse(b"told: " + body)(scope, receive, send)


class Inner(Plain):
    """Answers by itself and is not declared."""


@pytest.mark.parametrize("kind", [Replaces, BeginsItself, ScopeOfItsOwn])
@pytest.mark.parametrize("path", ["/mine", "/none", "/inside"])
async def test_it_lets_nothing_out_that_the_app_said(kind: type[Any], path: str) -> None:
    """Of a route without leave, of none at all, and of a middleware inside that nobody declared."""
    app = make_app()
    app.add_middleware(Inner, "SECRET", path="/inside")
    app.add_middleware(answers(kind, "a test"))
    protect(app)
    assert (await ask(app, "GET", "/open", token="alice")).status in (200, 403)
    answer = await ask(app, "GET", path)
    assert b"SECRET" not in answer.body
    # Its own words alone may leave: without the scope of the request, the app was not even asked.
    assert answer.body == b"told: " if kind is ScopeOfItsOwn else b"told" not in answer.body


class Waits(BaseHTTPMiddleware):
    """Answers by itself while another request is at the app."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.url.path == "/own":
            return PlainTextResponse("own")
        answer = await call_next(request)
        return PlainTextResponse("replaced") if answer.status_code >= 400 else answer


async def test_a_refusal_is_never_replaced() -> None:
    """What a middleware makes of a 401 is not its own answer: it asked the app."""
    app = make_app()
    app.add_middleware(answers(Waits, "a test"))
    protect(app)
    assert (await ask(app, "GET", "/own")).body == b"own"
    for path, status in (("/mine", 401), ("/none", 403)):
        answer = await ask(app, "GET", path)
        assert (answer.status, b"replaced" in answer.body) == (status, False)


async def test_two_of_them_stand_inside_each_other() -> None:
    """Each for its own answers; the app called by both is judged by its declarations."""
    app = make_app()
    app.add_middleware(answers(Plain, "inner"), "inner", path="/inner")
    app.add_middleware(answers(Maintenance, "outer"), "outer", path="/outer")
    protect(app)
    for path, status, body in (("/inner", 200, b"inner"), ("/outer", 200, b"outer"), ("/open", 200, b'"open"')):
        answer = await ask(app, "GET", path)
        assert (answer.status, answer.body) == (status, body)
    assert (await ask(app, "GET", "/mine")).status == 401


async def test_a_websocket_is_not_opened_by_middleware() -> None:
    """Only by a route."""

    class Opens(Plain):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.accept"})
                await send({"type": "websocket.send", "text": "CANARY"})
            else:
                await self.app(scope, receive, send)

    app = make_app()
    app.add_middleware(answers(Opens, "a test"), "")
    knocked = await knock(protect(app), "/talk")
    assert not knocked.accepted
    assert all("CANARY" not in str(each) for each in knocked.messages)


async def test_the_start_tells_of_each(caplog: pytest.LogCaptureFixture) -> None:
    """By its name, with its reason."""
    caplog.set_level(logging.INFO, "buckler.events")
    app = make_app()
    app.add_middleware(answers(Plain, "maintenance page"), "back soon")
    protect(app)
    async with Lifespan(app):
        pass
    said = [json.loads(each.message) for each in caplog.records if each.name == "buckler.events"]
    (told,) = [each for each in said if each["event"] == "sys_exemption"]
    assert (told["middleware"], told["reason"]) == ("Plain", "maintenance page")
    assert reasons(app) == ["maintenance page"]


async def test_one_around_a_mounted_app_is_told_too() -> None:
    """It answers for paths below its mount alone, and is listed with the others."""
    app = make_app()
    app.mount("/sub", answers(Plain, "page of the part")(make_app(), "back soon"))
    app.add_middleware(answers(Plain, "maintenance page"), "gone", path="/gone")
    protect(app)
    assert (await ask(app, "GET", "/sub/open")).body == b'"open"'
    assert (await ask(app, "GET", "/sub/mine")).status == 401
    assert reasons(app) == ["maintenance page", "page of the part"]


@pytest.mark.parametrize("reason", ["", " ", None])
def test_it_wants_a_reason(reason: Any) -> None:
    with pytest.raises(ConfigurationError, match="in words"):
        answers(Plain, reason)


@pytest.mark.parametrize("middleware", [None, "Plain", make_app, 7])
def test_it_wants_a_class(middleware: Any) -> None:
    with pytest.raises(ConfigurationError, match="write the class"):
        answers(middleware, "maintenance page")


async def preflight(app: FastAPI, path: str, origin: str = FRONT) -> Answer:
    asked = [("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")]
    return await ask(app, "OPTIONS", path, headers=[("origin", origin), *asked])


async def test_an_app_with_cors_and_gzip_needs_no_declaration() -> None:
    """Preflights carry nothing and reveal nothing: they are answered for every route, and packed answers leave."""
    app = FastAPI()

    @app.get("/mine", dependencies=[Requires("a:x")])
    async def mine() -> str:
        return "m" * 2000

    app.add_middleware(GZipMiddleware, minimum_size=100)
    app.add_middleware(CORSMiddleware, allow_origins=[FRONT], allow_headers=["authorization"], max_age=99)
    protect(app)
    for path in ("/mine", "/none"):
        answer = await preflight(app, path)
        assert (answer.status, answer.body, answer.header("access-control-allow-origin")) == (204, b"", FRONT)
        assert answer.header("access-control-max-age") == "99"
        assert (await preflight(app, path, "https://evil.test")).header("access-control-allow-origin") is None
    fields = [("origin", FRONT), ("accept-encoding", "gzip")]
    packed = await ask(app, "GET", "/mine", token="alice", headers=fields)
    assert (packed.status, packed.header("content-encoding")) == (200, "gzip")
    assert packed.header("access-control-allow-origin") == FRONT
