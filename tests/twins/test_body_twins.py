"""Each defence of bodies is needed: without it, and it alone, its attack succeeds."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI, Request, UploadFile, WebSocket

from buckler import Accepts, Buckler, Public
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import production
from tests.twins.twin import Twin
from tests.wire import ask, knock

LIMIT = 1000
SETTINGS = production(max_body_bytes=LIMIT, body_seconds=0.01)
PUBLIC = Public("a test")


def make_app() -> FastAPI:
    app = FastAPI()

    @app.post("/json", dependencies=[PUBLIC])
    async def take(body: Annotated[dict[str, Any], Body()]) -> Any:
        return body

    @app.post("/upload", dependencies=[PUBLIC])
    async def upload(file: UploadFile) -> str | None:
        return file.filename

    @app.post("/raw", dependencies=[PUBLIC])
    async def raw(request: Request) -> int:
        return len(await request.body())

    @app.post("/small", dependencies=[PUBLIC, Accepts(max_body=10)])
    async def small(request: Request) -> int:
        return len(await request.body())

    @app.websocket("/listen", dependencies=[PUBLIC])
    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(f"heard {len(await websocket.receive_text())}")

    return app


async def prove(name: str, attack: Callable[[FastAPI], Awaitable[bool]]) -> None:
    """The attack succeeds without the defence `name` and fails with it, cold and warm."""

    def whole() -> FastAPI:
        app = make_app()
        Buckler(app, settings=SETTINGS, clock=FakeClock())
        return app

    def twin() -> FastAPI:
        app = make_app()
        Twin(app, without=name, settings=SETTINGS, clock=FakeClock())
        return app

    async def cold(make: Callable[[], FastAPI]) -> bool:
        return await attack(make())

    async def warm(make: Callable[[], FastAPI]) -> bool:
        app = make()
        await attack(app)
        return await attack(app)

    for run in (cold, warm):
        await two_sided_async(run, whole=whole, twin=twin)


@pytest.mark.asvs("5.2.1")
async def test_bodies() -> None:
    """A route that takes ten bytes is given as many as any other."""

    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "POST", "/small", headers=[("content-length", "500")], body=b"x" * 500)).body == b"500"

    await prove("bodies", attack)


async def test_bodies_of_an_encoding() -> None:
    """What is packed reaches an app that never asked for it, and whatever in it unpacks."""

    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "POST", "/raw", headers=[("content-encoding", "gzip")], body=b"bomb")).status == 200

    await prove("bodies", attack)


async def test_sizes_of_messages() -> None:
    """A WebSocket message of any size is held in memory."""

    async def attack(app: FastAPI) -> bool:
        told = await knock(app, "/listen", says=["x" * 5000])
        assert told.accepted
        return any(each.get("text") == "heard 5000" for each in told.messages)

    await prove("sizes", attack)


@pytest.mark.heavy
async def test_deadlines() -> None:
    """A client that promises a body and sends none holds its place for as long as it likes."""

    async def attack(app: FastAPI) -> bool:
        asked = asyncio.create_task(ask(app, "POST", "/raw", headers=[("content-length", "5")], body=never()))
        done, _ = await asyncio.wait((asked,), timeout=1)
        if done:
            assert asked.result().status == 408
            return False
        asked.cancel()
        await asyncio.wait((asked,))
        return True

    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    await prove("deadlines", attack)


@pytest.mark.asvs("1.5.2")
async def test_json_bodies() -> None:
    """A member that stands twice is one thing to whoever checks and another to whoever uses."""

    async def attack(app: FastAPI) -> bool:
        body = b'{"role":"reader","role":"admin"}'
        answer = await ask(app, "POST", "/json", headers=[("content-type", "application/json")], body=body)
        return answer.status == 200 and json.loads(answer.body) == {"role": "admin"}

    await prove("json-bodies", attack)


@pytest.mark.asvs("5.3.2")
async def test_form_bodies() -> None:
    """A path reaches the app in the place of a file's name."""

    async def attack(app: FastAPI) -> bool:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="../../app.py"\r\n\r\n'
        headers = [("content-type", "multipart/form-data; boundary=b")]
        answer = await ask(app, "POST", "/upload", headers=headers, body=head + b"x\r\n--b--\r\n")
        return answer.body == b'"../../app.py"'

    await prove("form-bodies", attack)
