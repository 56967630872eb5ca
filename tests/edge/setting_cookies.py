"""An app that sets whatever cookies it is told to, as those do that put into one what they were sent."""

from typing import Any

from fastapi import FastAPI, HTTPException, WebSocket
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from buckler import Cookie, Public
from tests.stage import protect
from tests.twins.twin import Twin
from tests.wire import Answer, ask

WHOLE = "; Path=/; Secure; HttpOnly; SameSite=Lax"
DECLARED = [
    Cookie("theme", script=True, reason="the page reads it before it shows"),
    Cookie("embed", same_site="none", reason="shown inside pages of partners"),
    Cookie("firm", same_site="strict", reason="never from elsewhere"),
    Cookie("shared", domain="example.test", reason="the help desk reads it"),
    Cookie("legacy", reason="its name stands in clients of years"),
]


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/set", dependencies=[Public("a test")])
    async def set_(request: Request) -> Response:
        """Sets what the query says, line by line, as an app that builds cookies from what it was sent."""
        answer = Response("ok", int(request.headers.get("x-status", "200")))
        for line in request.headers.getlist("x-line"):
            answer.raw_headers.append((b"set-cookie", line.encode("latin-1")))
        return answer

    @app.get("/raises", dependencies=[Public("a test")])
    async def raises() -> None:
        raise HTTPException(409, headers={"Set-Cookie": "a=1"})

    @app.get("/bad-raise", dependencies=[Public("a test")])
    async def bad_raise() -> None:
        raise HTTPException(409, headers={"Set-Cookie": "a=1; Domain=evil.test"})

    @app.get("/capitals", dependencies=[Public("a test")])
    async def capitals() -> StreamingResponse:
        answer = StreamingResponse(iter(["x"]), media_type="text/plain")
        answer.raw_headers = [(b"Set-Cookie", b"a=1"), (b"content-type", b"text/plain; charset=utf-8")]
        return answer

    @app.websocket("/socket", dependencies=[Public("a test")])
    async def socket(websocket: WebSocket) -> None:
        line = websocket.query_params["line"]
        await websocket.accept(headers=[(b"set-cookie", line.encode())])
        await websocket.close()

    return app


def whole(**given: Any) -> FastAPI:
    return protect(make_app(), cookies=DECLARED, **given)


def twin() -> FastAPI:
    return protect(make_app(), kind=Twin, without="cookies", cookies=DECLARED)


async def setting(app: FastAPI, *lines: str, status: int = 200, **given: Any) -> Answer:
    fields = [("x-status", str(status)), *(("x-line", line) for line in lines)]
    return await ask(app, "GET", "/set", headers=fields, **given)


async def lines_of(app: FastAPI, *lines: str, **given: Any) -> list[str]:
    answer = await setting(app, *lines, **given)
    assert answer.status == 200, answer.body
    return answer.values("set-cookie")
