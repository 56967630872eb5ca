"""Each limit is needed: without it, and it alone, a client does as often as it likes what it holds."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.websockets import WebSocket

from buckler import Buckler, Limit, Public
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import people, production
from tests.twins.twin import Twin
from tests.wire import ask, knock


def make_app(kind: type[Buckler], **given: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/cheap", dependencies=[Public("a test")])
    async def cheap() -> str:
        return "ok"

    @app.websocket("/talk", dependencies=[Public("a test"), Limit("3/minute", per="message")])
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)

    kind(app, settings=production(client_limit="6/minute"), authenticator=people(), clock=FakeClock(), **given)
    return app


async def prove(name: str, attack: Callable[[FastAPI], Awaitable[bool]]) -> None:
    """The attack succeeds without the defence `name` and fails with it, cold and warm."""

    async def cold(make: Callable[[], FastAPI]) -> bool:
        return await attack(make())

    async def warm(make: Callable[[], FastAPI]) -> bool:
        app = make()
        await attack(app)
        return await attack(app)

    for run in (cold, warm):
        await two_sided_async(run, whole=lambda: make_app(Buckler), twin=lambda: make_app(Twin, without=name))


@pytest.mark.asvs("2.4.1")
async def test_client_limit() -> None:
    """A client looks for what is there by asking for everything."""

    async def attack(app: FastAPI) -> bool:
        paths = [f"/backup-{number}.zip" for number in range(8)]
        return {(await ask(app, "GET", path)).status for path in paths} == {404}

    await prove("client-limit", attack)


@pytest.mark.asvs("2.4.1")
async def test_messages() -> None:
    """One handshake, and then as many messages as the line carries."""

    async def attack(app: FastAPI) -> bool:
        talk = await knock(app, "/talk", says=[str(number) for number in range(5)])
        return sum(message["type"] == "websocket.send" for message in talk.messages) == 5

    await prove("messages", attack)
