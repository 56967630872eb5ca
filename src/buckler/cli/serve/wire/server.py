"""The server: one app, one life, two sockets (TLS and plain).

- The app's lifespan runs once, around both (`lifespan.py`).
- The plain socket serves the same app: the edge refuses what comes there or sends it on.
- SIGINT and SIGTERM end both after the answers under way, ten seconds at most; a second one at once (`ending.py`).
- No `Server` field, no fields after the body, no trust in forwarded headers, no compression of WebSocket messages.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from socket import socket
from typing import Any, cast

import uvicorn

from buckler.asgi import ASGIApp
from buckler.cli.serve.wire.configured import configured, run
from buckler.cli.serve.wire.connection import Connection
from buckler.cli.serve.wire.ending import Drain, Ending, end_event_streams
from buckler.cli.serve.wire.entrance import Entrance
from buckler.cli.serve.wire.giving_way import GivingWay
from buckler.cli.serve.wire.http import StrictHttp
from buckler.cli.serve.wire.lifespan import life
from buckler.cli.serve.wire.terms import Terms, terms_of

Companion = Callable[[Ending], Coroutine[Any, Any, None]]
"""What runs beside the server, from when it answers to when it has ended."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Two sockets that listen, and what TLS needs."""

    secure: socket
    plain: socket
    tls: ssl.SSLContext


@dataclass(frozen=True, slots=True)
class Beside:
    """What goes with serving."""

    announce: Callable[[], None]
    """Called when both sockets answer."""
    drain: Drain
    """What comes before the end."""
    companions: Sequence[Companion] = ()


def serve(app: ASGIApp, listeners: Listeners, beside: Beside) -> None:
    """Serve until it is ended."""
    run(_serve(app, listeners, beside), app)


async def _serve(app: ASGIApp, listeners: Listeners, beside: Beside) -> None:
    terms = terms_of(app)
    async with life(app) as state:
        secure = _Listener(configured(app, listeners.tls), state, terms)
        plain = _Listener(configured(app), state, terms)
        ending = Ending(beside.drain, secure, plain)
        async with asyncio.TaskGroup() as group:
            serving = [group.create_task(secure.serve([listeners.secure]))]
            serving.append(group.create_task(plain.serve([listeners.plain])))
            await secure.listening.wait()
            await plain.listening.wait()
            beside.announce()
            companions = [group.create_task(each(ending)) for each in beside.companions]
            await asyncio.wait(serving)
            for each in companions:
                each.cancel()


class _Listener(uvicorn.Server):
    """A server that leaves signals, lifespan and the taking of connections to us, and tells when it listens."""

    def __init__(self, config: uvicorn.Config, state: dict[str, Any], terms: Terms) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._state, self._terms = state, terms
        self._app = GivingWay(cast("ASGIApp", config.app))
        self._entrances: list[Entrance] = []

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        self.lifespan.state.update(self._state)
        await super().startup([])
        self._entrances = [Entrance(each, lambda: self.config.ssl, self._speak, self._terms) for each in sockets or []]
        self.servers.extend(self._entrances)  # type: ignore[arg-type]  # `close` and `wait_closed` are all it is asked
        for each in self._entrances:
            each.open()
        self.listening.set()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        end_event_streams(self.server_state.connections)
        for each in self._entrances:
            each.dismiss()
        await super().shutdown(sockets)

    def _speak(self, connection: Connection) -> asyncio.Protocol:
        made = cast("type[StrictHttp]", self.config.http_protocol_class)(
            self.config, self.server_state, self.lifespan.state
        )
        made.connection = connection
        made.app = self._app
        return made
