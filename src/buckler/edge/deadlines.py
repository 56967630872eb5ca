"""How slowly a body may come (ASVS 13.1.2, 15.1.3; RFC 9110 section 15.5.9).

1. The time spent waiting for the body, all waits together, may not exceed ten seconds and one more for each 8 kB that
   has come. Over it the answer is 408 and the connection closes; the body is not asked for again.
2. Only waiting counts: an app that takes its time between two pieces takes nothing from its client.
3. Nothing counts after the last piece, where an app listens for the client to leave, nor for WebSockets.

A body that is there already is handed on without a clock or a timer.

Caveat: the head of a request, and a client that is slow to read, are the server's to judge; `buckler serve` does.
"""

import asyncio
from collections.abc import Callable, Generator
from types import coroutine
from typing import Any, Final, cast

from buckler.asgi import Exchange, Message, Receive, Scope
from buckler.clock import Clock
from buckler.defence import Reception
from buckler.errors import ConfigurationError, Refusal
from buckler.refused import Refused

SLOWEST: Final = 8000
"""Bytes a second. A tenth of what a poor mobile network brings."""
TOO_SLOW: Final = Refusal(408, "body-too-slow", "The body came too slowly.")
_CLOSING: Final = TOO_SLOW.with_headers((b"connection", b"close"))
Timeout = Callable[[float], asyncio.Timeout]
_Steps = Generator[Any, Any, Message]


class Deadlines(Reception):
    """Ends the reading of a body that comes too slowly."""

    name = "deadlines"

    def __init__(self, seconds: float, clock: Clock, timeout: Timeout = asyncio.timeout) -> None:
        if seconds <= 0:
            raise ConfigurationError(f"body_seconds={seconds}: without a moment to wait no body would ever come.")
        self._seconds = seconds
        self._now = clock.monotonic
        self._timeout = timeout

    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        if exchange.scope["type"] != "http":
            return receive
        left, is_whole = self._seconds, False

        async def timely() -> Message:
            nonlocal left, is_whole
            if is_whole:
                return await receive()
            if exchange.refusal is not None and exchange.refusal.code == TOO_SLOW.code:
                raise Refused(exchange.refusal)
            steps = receive().__await__()
            try:
                first = next(steps)
            except StopIteration as ended:
                message: Message = ended.value
            else:
                began = self._now()
                message = await self._wait(left, steps, first, exchange)
                left -= self._now() - began
            if message["type"] == "http.request":
                left += len(message.get("body", b"")) / SLOWEST
            is_whole = not message.get("more_body", False)
            return message

        return timely

    async def _wait(self, left: float, steps: _Steps, first: object, exchange: Exchange) -> Message:
        timeout = self._timeout(left)
        try:
            async with timeout:
                return await _go_on(steps, first)
        except TimeoutError:
            if not timeout.expired():
                raise
            exchange.refusal, exchange.by = _too_slow(exchange.scope), self
            raise Refused(exchange.refusal) from None


@coroutine
def _go_on(steps: _Steps, waits_for: object) -> _Steps:
    """Take the rest of some steps, of which the first was taken and waits for something.

    What `yield from` does (PEP 380), from the second step on.
    """
    sent: Any = None
    while True:
        thrown: BaseException | None = None
        try:
            sent = yield waits_for
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as error:  # noqa: BLE001 - a cancellation mostly: for the steps to take
            thrown = error
        try:
            waits_for = steps.send(sent) if thrown is None else steps.throw(thrown)
        except StopIteration as ended:
            return cast("Message", ended.value)


def _too_slow(scope: Scope) -> Refusal:
    """HTTP/2 and HTTP/3 have no such field (RFC 9113 section 8.2.2)."""
    return _CLOSING if str(scope.get("http_version", "1.1")).startswith("1") else TOO_SLOW
