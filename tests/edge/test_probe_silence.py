"""What leaves with the answer of a probe: its status and our own fields, whatever stands around the route."""

from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.middleware.cors import CORSMiddleware

from buckler import Public
from tests.proof import two_sided_async
from tests.stage import protect
from tests.wire import Answer, ask


class Tells:
    """Writes fields and a body into every answer that comes past."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                fields = [each for each in message["headers"] if each[0] != b"content-length"]
                message = {**message, "headers": [*fields, (b"x-backend", b"db-7"), (b"set-cookie", b"sid=SECRET")]}
            elif message["type"] == "http.response.body":
                message = {**message, "body": b"took 3 ms on db-7"}
            await send(message)

        await self.app(scope, receive, told if scope["type"] == "http" else send)


def make_app(*, probe: bool = True) -> FastAPI:
    app = FastAPI()
    declared = [Public("liveness", probe=probe)]

    @app.get("/health", dependencies=declared)
    async def health() -> str:
        return "db-7 is up"

    @app.get("/broken", dependencies=declared)
    async def broken() -> None:
        raise KeyError("db-7")

    @app.exception_handler(KeyError)
    async def tell(_: Request, error: KeyError) -> JSONResponse:
        return JSONResponse({"told": str(error)}, 500, {"x-backend": str(error)})

    app.add_middleware(Tells)
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    return protect(app)


async def asked(app: FastAPI, path: str, method: str = "GET") -> Answer:
    return await ask(app, method, path, headers=[("origin", "https://front.example.test")])


@pytest.mark.parametrize("path", ["/health", "/broken"])
async def test_middleware_and_handlers_of_errors_tell_nothing(path: str) -> None:
    """Neither a field nor a byte; of a route that is no probe both leave."""

    async def tells(app: FastAPI) -> bool:
        answer = await asked(app, path)
        fields = {name.lower() for name, _ in answer.headers}
        return b"db-7" in answer.body or not fields.isdisjoint(
            (b"x-backend", b"set-cookie", b"access-control-allow-origin")
        )

    whole = make_app()
    await two_sided_async(tells, whole=whole, twin=make_app(probe=False))
    answer = await asked(whole, path)
    assert (answer.status, answer.body) == (200 if path == "/health" else 503, b"")
    assert (answer.header("content-length"), answer.header("x-content-type-options")) == ("0", "nosniff")


async def test_head_is_answered_where_get_is() -> None:
    """As GET would be; other methods and other routes are as ever."""
    app = make_app()
    got = [(await asked(app, path, "HEAD")).status for path in ("/health", "/broken")]
    assert got == [200, 503]
    assert (await asked(app, "/health", "POST")).header("allow") == "GET, HEAD"
    assert (await asked(make_app(probe=False), "/health", "HEAD")).status == 405
