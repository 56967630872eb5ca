"""The lifespan of the app: once, whatever the number of sockets. Its failure is told in its own words."""

import contextlib
import logging
from collections.abc import AsyncGenerator
from typing import Any

from uvicorn.lifespan.on import LifespanOn

from buckler.asgi import ASGIApp, Message, Receive, Scope, Send
from buckler.cli.own_frames import describe
from buckler.cli.serve.wire.configured import configured, run
from buckler.errors import BucklerError, StartRefused


def rehearse(app: ASGIApp) -> None:
    """Start the app and end it again without answering anybody. Raises what a start would."""
    run(_rehearse(app), app)


async def _rehearse(app: ASGIApp) -> None:
    async with life(app):
        pass


@contextlib.asynccontextmanager
async def life(app: ASGIApp) -> AsyncGenerator[dict[str, Any]]:
    """The app's lifespan: its state is handed to every request of both sockets. Raises `StartRefused`."""
    watched = _Watched(app)
    lifespan = LifespanOn(configured(watched, lifespan="on"))
    own, lifespan.logger = lifespan.logger, _silent()
    await lifespan.startup()
    lifespan.logger = own
    if lifespan.should_exit:
        raise StartRefused(watched.reason or "The app said that it cannot start, and gave no reason.")
    try:
        yield lifespan.state
    finally:
        await lifespan.shutdown()


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


def _silent() -> logging.Logger:
    """For the start alone: what the server would log of a refusal is what we tell ourselves."""
    logger = logging.getLogger("buckler.start")
    logger.disabled = True
    return logger
