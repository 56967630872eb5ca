"""The time that a request spends in our own edge, measured while somebody collects it.

The watch runs while our code does: from the call until the app is called, at each piece that the app reads or sends,
and from the app's end to ours. It stands still while the app works, and while the server waits for the client. What the
guard does inside the app is measured there (`access/guard/timed_admission.py`).

One request in `ONE_IN` is measured: a watch and two values cost some 30 microseconds, which every request need not pay.
That is a prime, so that what comes in a rhythm is not always met at the same beat.
"""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from buckler.asgi import ASGIApp, Receive, Scope, Send
from buckler.clock import Clock
from buckler.edge.edge import Edge
from buckler.metrics import Tally
from buckler.metrics.instruments import EDGE_TIME, ONE_IN

Given = ParamSpec("Given")
Got = TypeVar("Got")


class Timed:
    """The edge, with a watch around it."""

    def __init__(self, edge: Edge, tally: Tally, clock: Clock) -> None:
        self._edge = edge
        self._tally = tally
        self._clock = clock
        self._count = 0

    def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """As the edge does. What is no HTTP request has no length worth measuring."""
        if scope["type"] == "http":
            self._count += 1
            if self._count % ONE_IN == 1:
                return self._measured(app, scope, receive, send)
        return self._edge(app, scope, receive, send)

    async def _measured(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        watch = _Watch(self._clock)

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            await watch.without(app)(scope, watch.within(receive), watch.within(send))

        try:
            await self._edge(watched, scope, watch.without(receive), watch.without(send))
        finally:
            self._tally.note(EDGE_TIME, watch.read())


class _Watch:
    def __init__(self, clock: Clock) -> None:
        self._now = clock.monotonic
        self._spent = 0.0
        self._since: float | None = self._now()

    def read(self) -> float:
        self._stop()
        return self._spent

    def within(self, call: Callable[Given, Awaitable[Got]]) -> Callable[Given, Awaitable[Got]]:
        """Our own, called by the app."""

        async def called(*given: Given.args, **named: Given.kwargs) -> Got:
            self._go()
            try:
                return await call(*given, **named)
            finally:
                self._stop()

        return called

    def without(self, call: Callable[Given, Awaitable[Got]]) -> Callable[Given, Awaitable[Got]]:
        """Somebody else's, called by us."""

        async def called(*given: Given.args, **named: Given.kwargs) -> Got:
            self._stop()
            try:
                return await call(*given, **named)
            finally:
                self._go()

        return called

    def _go(self) -> None:
        self._since = self._now()

    def _stop(self) -> None:
        if self._since is not None:
            self._spent += self._now() - self._since
            self._since = None
