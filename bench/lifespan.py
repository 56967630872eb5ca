"""Starting and stopping an ASGI app, as a server does."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from bench.exchange import ASGIApp, Message


class StartError(Exception):
    """The app said at its start that it will not run."""


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncGenerator[None]:
    """Send `lifespan.startup` before and `lifespan.shutdown` after."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    task = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    await _step("startup", task, inbox, outbox)
    try:
        yield
    finally:
        await _step("shutdown", task, inbox, outbox)
        await task


async def _step(
    name: str, task: asyncio.Future[None], inbox: asyncio.Queue[Message], outbox: asyncio.Queue[Message]
) -> None:
    inbox.put_nowait({"type": f"lifespan.{name}"})
    answer = asyncio.ensure_future(outbox.get())
    await asyncio.wait((answer, task), return_when=asyncio.FIRST_COMPLETED)
    if not answer.done():
        answer.cancel()
        await task
        raise StartError(f"the app ended without answering lifespan.{name}")
    if answer.result()["type"] != f"lifespan.{name}.complete":
        raise StartError(str(answer.result().get("message", "no reason given")))
