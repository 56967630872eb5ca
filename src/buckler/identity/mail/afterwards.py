"""Work that is done once a request has its answer (ASVS 6.3.8).

Whether a name has an account shows in how long its letter takes to write. So the letter is written after the
answer, in a transaction of its own, and whoever asks waits equally long for every name.

At most a thousand pieces wait in a process. Who asks for a letter then is told to come back; one that nobody asked
for, as at a sign-in, is left out, since an answer that says so would tell names apart. What was left out, and what a
lost database takes with it, is told as an event: somebody asks again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.events import EventLog
from buckler.storage.database import Database

MOST: Final = 1000

Step = Callable[[AsyncConnection], Awaitable[None]]


class Afterwards:
    """What is under way behind the answers of this process."""

    def __init__(self, database: Database, events: EventLog) -> None:
        self._database = database
        self._events = events
        self._under_way: set[asyncio.Task[None]] = set()

    def has_room(self) -> bool:
        """Whether one more piece is taken."""
        return len(self._under_way) < MOST

    def do(self, step: Step) -> None:
        """Take this step in a transaction of its own, soon. Without room it is left out."""
        if not self.has_room():
            self._events.emit("sys_mail_failed", None, reason="too much is under way")
            return
        task = asyncio.create_task(self._take(step))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Wait for what is under way in this event loop."""
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(task for task in self._under_way if task.get_loop() is loop), return_exceptions=True)

    async def _take(self, step: Step) -> None:
        try:
            async with self._database.writing() as connection:
                await step(connection)
        except Exception as error:  # noqa: BLE001 - nobody waits for it: the event is all that tells
            self._events.emit("sys_mail_failed", None, reason=type(error).__name__)
