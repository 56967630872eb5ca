"""A step that is taken again and again beside the requests, until it is told to end.

It ends after the step under way and not in the middle: a statement that is cut off leaves its connection open, and
whoever wants the database for himself then finds it in use.
"""

import asyncio
from collections.abc import Awaitable, Callable


class Recurring:
    """Takes `step` every so many seconds. What goes wrong in it is the step's own affair: nothing is to come out."""

    def __init__(self, name: str, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        self._name, self._seconds, self._step = name, seconds, step
        self._task: asyncio.Task[None] | None = None
        self._end: asyncio.Future[None] | None = None

    def start(self) -> None:
        """From now on, in the background of this event loop."""
        loop = asyncio.get_running_loop()
        self._end = loop.create_future()
        self._task = loop.create_task(self._run(self._end), name=self._name)

    async def close(self) -> None:
        """No more after the step under way, which is waited for where it belongs to this event loop."""
        task, end, self._task = self._task, self._end, None
        if task is None or end is None or task.get_loop().is_closed():
            return
        if task.get_loop() is not asyncio.get_running_loop():
            task.get_loop().call_soon_threadsafe(_resolve, end)
            return
        _resolve(end)
        await asyncio.wait((task,))

    async def _run(self, end: asyncio.Future[None]) -> None:
        while not end.done():
            await asyncio.wait((end,), timeout=self._seconds)
            if not end.done():
                await self._step()


def _resolve(end: asyncio.Future[None]) -> None:
    if not end.done():
        end.set_result(None)
