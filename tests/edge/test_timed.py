"""The watch at the edge runs while our code does, and stands while the app and the client take their time."""

from typing import Any

import pytest

from buckler.asgi import Message, Receive, Scope, Send
from buckler.edge.timed import Timed
from buckler.metrics.instruments import ONE_IN
from buckler.metrics.tally import Tally
from tests.clocks import FakeClock
from tests.metrics.test_tally import Notes


class OurEdge:
    """An edge that takes its time: 1 s before, 2 s for what is read, 4 s for what is sent, 8 s after."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    async def __call__(self, app: Any, scope: Scope, receive: Receive, send: Send) -> None:
        async def read() -> Message:
            message = await receive()
            self._clock.advance(2)
            return message

        async def said(message: Message) -> None:
            self._clock.advance(4)
            await send(message)

        self._clock.advance(1)
        try:
            await app(scope, read, said)
        finally:
            self._clock.advance(8)


async def run(clock: FakeClock, timed: Timed, kind: str = "http", error: bool = False) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        clock.advance(100)
        await receive()
        clock.advance(100)
        await send({})
        if error:
            raise RuntimeError("the app breaks")
        clock.advance(100)

    async def receive() -> Message:
        clock.advance(1000)
        return {}

    async def send(message: Message) -> None:
        clock.advance(1000)

    await timed(app, {"type": kind}, receive, send)


@pytest.mark.parametrize("error", [False, True])
async def test_it_counts_our_time_alone(error: bool) -> None:
    """Also where the app breaks."""
    clock, notes = FakeClock(), Notes()
    timed = Timed(OurEdge(clock), Tally([notes]), clock)  # type: ignore[arg-type]
    if error:
        with pytest.raises(RuntimeError):
            await run(clock, timed, error=True)
    else:
        await run(clock, timed)
    assert notes.taken == [("buckler.edge.duration", 1 + 2 + 4 + 8, ())]


async def test_one_request_in_so_many_is_timed_and_no_socket() -> None:
    clock, notes = FakeClock(), Notes()
    timed = Timed(OurEdge(clock), Tally([notes]), clock)  # type: ignore[arg-type]
    for _ in range(2 * ONE_IN):
        await run(clock, timed, "websocket")
        await run(clock, timed)
    assert len(notes.taken) == 2
