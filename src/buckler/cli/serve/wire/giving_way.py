"""An app that goes on sending to a client that is gone gives way to the others each time.

The server lets such an app send into the void without ever waiting, and tells it that the client is gone only where it
listens. One that yields pieces without end and waits for nothing else would keep the process for itself for ever, and
a client only had to leave at the right moment.
"""

import asyncio
from typing import Any, Final

from buckler.asgi import ASGIApp, Message, Receive, Scope, Send


class GivingWay:
    """The app, as the protocol calls it for each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app: Final = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # uvicorn's request and its answer in one; `send` is its method.
        cycle: Any = send.__self__  # type: ignore[attr-defined]

        async def considerately(message: Message) -> None:
            await send(message)
            if cycle.disconnected:
                await asyncio.sleep(0)

        await self._app(scope, receive, considerately)
