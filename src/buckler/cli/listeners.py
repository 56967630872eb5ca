"""The server: one app, one life, two sockets (TLS and plain).

- The app's lifespan runs once, around both. Its failure is told in its own words.
- The plain socket serves the same app: the edge refuses what comes there or sends it on.
- SIGINT and SIGTERM end both after the answers under way, ten seconds at most; a second one at once.
- No `Server` field, no fields after the body, no trust in forwarded headers, no compression of WebSocket messages.
"""

import asyncio
import contextlib
import logging
import signal
import ssl
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from socket import socket
from typing import Any, Final

import uvicorn
from uvicorn.lifespan.on import LifespanOn

from buckler.asgi import ASGIApp, Message, Receive, Scope, Send
from buckler.cli.own_frames import describe
from buckler.cli.protocol import HeadOnlyProtocol, protocol_with
from buckler.composition import hsts_of
from buckler.errors import BucklerError, StartRefused
from buckler.install import buckler_of

_GRACE: Final = 10
_LARGEST_FRAME: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Listeners:
    """Two sockets that listen, and what TLS needs."""

    secure: socket
    plain: socket
    tls: ssl.SSLContext


def serve(app: ASGIApp, listeners: Listeners, announce: Callable[[], None]) -> None:
    """Serve until a signal ends it. `announce` is called when both sockets answer."""
    _run(_serve(app, listeners, announce), app)


def rehearse(app: ASGIApp) -> None:
    """Start the app and end it again without answering anybody. Raises what a start would."""
    _run(_rehearse(app), app)


def _run(work: Any, app: ASGIApp) -> None:
    with asyncio.Runner(loop_factory=_configured(app).get_loop_factory()) as runner:
        runner.run(work)


async def _rehearse(app: ASGIApp) -> None:
    async with _life(app):
        pass


async def _serve(app: ASGIApp, listeners: Listeners, announce: Callable[[], None]) -> None:
    async with _life(app) as state:
        secure = _Listener(_configured(app, listeners.tls), state)
        plain = _Listener(_configured(app), state)
        _heed_signals(secure, plain)
        async with asyncio.TaskGroup() as group:
            group.create_task(secure.serve([listeners.secure]))
            group.create_task(plain.serve([listeners.plain]))
            await secure.listening.wait()
            await plain.listening.wait()
            announce()


class _Listener(uvicorn.Server):
    """A server that leaves the signals and the lifespan to us, and tells when it listens."""

    def __init__(self, config: uvicorn.Config, state: dict[str, Any]) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._state = state

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        self.lifespan.state.update(self._state)
        await super().startup(sockets)
        self.listening.set()


class _Watched:
    """The app during its lifespan; keeps the reason if it does not start."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.reason = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def pass_on(message: Message) -> None:
            if message["type"].endswith(".failed"):
                self.reason = str(message.get("message", ""))
                message = {"type": message["type"]}
            await send(message)

        try:
            await self._app(scope, receive, pass_on)
        except BaseException as failure:
            self.reason = str(failure) if isinstance(failure, BucklerError) else describe(failure)
            raise


@contextlib.asynccontextmanager
async def _life(app: ASGIApp) -> AsyncGenerator[dict[str, Any]]:
    """The app's lifespan: its state is handed to every request of both sockets."""
    watched = _Watched(app)
    lifespan = LifespanOn(_configured(watched, lifespan="on"))
    own, lifespan.logger = lifespan.logger, _silent()
    await lifespan.startup()
    lifespan.logger = own
    if lifespan.should_exit:
        raise StartRefused(watched.reason or "The app said that it cannot start, and gave no reason.")
    try:
        yield lifespan.state
    finally:
        await lifespan.shutdown()


def _silent() -> logging.Logger:
    """For the start alone: what the server would log of a refusal is what we tell ourselves."""
    logger = logging.getLogger("buckler.start")
    logger.disabled = True
    return logger


def _heed_signals(*servers: uvicorn.Server) -> None:
    def stop() -> None:
        for server in servers:
            server.force_exit = server.should_exit
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _configured(app: Any, tls: ssl.SSLContext | None = None, lifespan: Any = "off") -> uvicorn.Config:
    buckler = buckler_of(app)
    return uvicorn.Config(
        app,
        http=HeadOnlyProtocol if buckler is None else protocol_with(hsts_of(buckler.settings)),
        ws="websockets-sansio",
        ws_max_size=_LARGEST_FRAME,
        ws_per_message_deflate=False,
        lifespan=lifespan,
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        workers=1,
        timeout_graceful_shutdown=_GRACE,
        ssl_context_factory=(lambda _config, _default: tls) if tls else None,
    )
