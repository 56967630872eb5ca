"""An app that streams without end to a client that is gone keeps nobody waiting."""

import asyncio

from buckler.asgi import ASGIApp, Message, Receive, Scope, Send
from buckler.cli.serve.wire.giving_way import GivingWay
from tests.proof import two_sided_async

MOST = 10_000


class Cycle:
    """What uvicorn sends by: into the void at once, when the client is gone."""

    disconnected = True

    async def send(self, message: Message) -> None:
        """Never waits."""


async def nothing() -> Message:
    return {"type": "http.disconnect"}


async def test_others_have_their_turn() -> None:
    """Between two pieces; without it they wait for as long as the app likes."""

    async def keeps_the_process(kind: type[GivingWay] | None) -> bool:
        sent = 0

        async def endless(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal sent
            while sent < MOST:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                sent += 1

        app: ASGIApp = endless if kind is None else kind(endless)
        served = asyncio.create_task(app({"type": "http"}, nothing, Cycle().send))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        served.cancel()
        await asyncio.wait((served,))
        return sent == MOST

    await two_sided_async(keeps_the_process, whole=GivingWay, twin=None)


async def test_who_is_there_is_not_waited_for() -> None:
    """A piece that is taken costs no turn of the loop."""
    cycle = Cycle()
    cycle.disconnected = False

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.body"})

    steps = GivingWay(app)({"type": "http"}, nothing, cycle.send)
    assert asyncio.iscoroutine(steps)
    try:
        steps.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited")
