"""A socket that speaks too often is closed, and another socket of the same caller is no way round it."""

from contextlib import suppress
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.websockets import WebSocket, WebSocketDisconnect

from buckler import Limit, Public, Requires, StartRefused, guarded
from buckler.errors import Refusal
from buckler.refused import Refused
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import protect
from tests.twins.twin import Twin
from tests.wire import Knock, Lifespan, ask, knock

SAYS = ["one", "two", "three", "four", "five"]


class Heard:
    """What the endpoints of an app got to hear, and how each conversation ended."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.codes: list[int] = []


def make_app(*limits: Any, heard: Heard | None = None, clock: FakeClock | None = None, **given: Any) -> FastAPI:
    app, notes = FastAPI(), heard or Heard()
    declared = limits or (Limit("3/minute", per="message"),)

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                notes.texts.append(await socket.receive_text())
                await socket.send_text("heard")
        except WebSocketDisconnect as end:
            notes.codes.append(end.code)

    app.add_api_websocket_route("/open", echo, dependencies=[Public("a test"), *declared])
    app.add_api_websocket_route("/mine", echo, dependencies=[Requires(), *declared])
    return protect(app, clock=clock or FakeClock(), **given)


def answers(talk: Knock) -> int:
    return sum(message["type"] == "websocket.send" for message in talk.messages)


@pytest.mark.asvs("2.4.1")
async def test_a_socket_that_speaks_too_often_is_closed() -> None:
    """With 1008; what came too much is never heard, and the app gets a disconnect."""
    heard = Heard()

    async def attack(app: FastAPI) -> bool:
        return answers(await knock(app, "/open", says=SAYS)) == len(SAYS)

    await two_sided_async(attack, whole=make_app(), twin=make_app(kind=Twin, without="messages"))
    talk = await knock(make_app(heard=heard), "/open", says=SAYS)
    assert (talk.accepted, answers(talk), talk.code, talk.error) == (True, 3, 1008, None)
    assert (heard.texts, heard.codes) == (SAYS[:3], [1008])


async def test_another_socket_is_no_other_budget() -> None:
    """All of a client's together on a public route, all of an account's where one is required."""
    app = make_app()
    assert answers(await knock(app, "/open", says=SAYS[:2])) == 2
    assert answers(await knock(app, "/open", says=SAYS)) == 1
    assert answers(await knock(app, "/open", says=SAYS)) == 0
    assert answers(await knock(app, "/open", says=SAYS, client=("203.0.113.9", 1))) == 3
    assert answers(await knock(app, "/mine", says=SAYS[:2], token="alice")) == 2
    assert answers(await knock(app, "/mine", says=SAYS, token="alice", client=("203.0.113.7", 1))) == 1
    assert answers(await knock(app, "/mine", says=SAYS, token="bob")) == 3


async def test_after_the_window_it_may_speak_again() -> None:
    clock = FakeClock()
    app = make_app(clock=clock)
    await knock(app, "/open", says=SAYS)
    clock.advance(60)
    assert answers(await knock(app, "/open", says=SAYS)) == 3


async def test_several_limits_count_a_message_all_or_none() -> None:
    clock = FakeClock()
    app = make_app(Limit("2/minute", per="message"), Limit("5/hour", per="message"), clock=clock)
    for expected in (2, 2, 1, 0):
        assert answers(await knock(app, "/open", says=SAYS)) == expected
        clock.advance(60)


async def test_an_app_that_does_not_listen_to_the_end_is_not_heard_any_more() -> None:
    """It goes on: nothing more leaves, it hears one disconnect, and is cut off before it can hold the event loop."""
    app = FastAPI()
    received: list[str] = []

    @app.websocket("/deaf", dependencies=[Public("a test"), Limit("1/minute", per="message")])
    async def deaf(socket: WebSocket) -> None:
        await socket.accept()
        for _ in range(6):
            message = await socket._receive()
            received.append(message["type"])
            await socket._send({"type": "websocket.send", "text": "still here"})

    talk = await knock(protect(app), "/deaf", says=SAYS)
    assert received == ["websocket.receive", "websocket.disconnect"]
    assert [message["type"] for message in talk.messages] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert talk.error is None


async def test_an_app_that_was_refused_hears_so_once() -> None:
    """Whoever refused: something else may have ended the conversation."""
    heard: list[str] = []

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await scope["buckler"].break_off(Refusal(403, "over", "It is over."))
        with suppress(Refused):
            while len(heard) < 100:
                heard.append((await receive())["type"])

    app = FastAPI()
    app.mount("/deaf", guarded(deaf, Public("a test"), Limit("9/minute", per="message")))
    assert (await knock(protect(app), "/deaf/x", says=SAYS)).code == 1008
    assert heard == ["websocket.disconnect"]


async def test_handshakes_and_messages_are_counted_apart() -> None:
    app = make_app(Limit("2/minute"), Limit("3/minute", per="message"))
    assert [(await knock(app, "/open")).accepted for _ in range(3)] == [True, True, False]
    app = make_app(Limit("2/minute"))
    assert answers(await knock(app, "/open", says=SAYS)) == 5


async def test_it_is_an_event(caplog: pytest.LogCaptureFixture) -> None:
    await knock(make_app(), "/open", says=SAYS)
    found = [record.getMessage() for record in caplog.records if "excess_rate_limit_exceeded" in record.getMessage()]
    assert len(found) == 1
    assert '"refusal":"messages-limited"' in found[0]


async def test_on_a_router_it_holds_for_its_sockets_alone() -> None:
    """The requests beside them are none of its business."""
    app = FastAPI()
    router = APIRouter(dependencies=[Public("a test"), Limit("1/minute", per="message")])
    router.add_api_route("/plain", lambda: "x")

    @router.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text(await socket.receive_text())

    app.include_router(router)
    protect(app)
    assert [(await ask(app, "GET", "/plain")).status for _ in range(3)] == [200] * 3
    assert answers(await knock(app, "/talk", says=SAYS)) == 1


async def test_where_there_is_no_socket_the_start_is_refused() -> None:
    """It would count nothing, and somebody believes that it does."""
    app = FastAPI()
    app.add_api_route("/plain", lambda: "x", dependencies=[Public("a test"), Limit("1/minute", per="message")])
    lifespan = Lifespan(protect(app))
    assert not await lifespan.start()
    assert isinstance(lifespan.error, StartRefused)
    assert "counts messages, but no WebSocket is declared with it" in str(lifespan.error)


async def test_a_key_that_breaks_ends_the_conversation() -> None:
    """Fail closed: a message that could not be counted is not heard."""
    heard = Heard()

    def broken(_: Any) -> str:
        raise RuntimeError("CANARY")

    app = make_app(Limit("3/minute", per="message", by=broken), heard=heard)
    talk = await knock(app, "/open", says=SAYS)
    assert (heard.texts, answers(talk)) == ([], 0)
    assert (talk.code, heard.codes) == (1008, [1008])
    assert "CANARY" not in str(talk.messages)
