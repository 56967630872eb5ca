"""Whether requests should come to this process now, and why not.

- What the store answered is good for a second: probes cost one look a second, however many come. Nothing is written.
- One look at a time. A store that hangs is waited for by one task, and not by one more with each probe.
- Each change is one event with its cause.
"""

import asyncio
import math
from collections.abc import Awaitable
from typing import Final, Protocol

from buckler.clock import Clock
from buckler.events import EventLog

MEMORY: Final = 1
"""Seconds for which an answer is good."""
PATIENCE: Final = 0.8
"""Seconds to wait for one; the probes of Kubernetes wait for one second."""
STOPPING: Final = "stopping"
SLOW: Final = f"no answer within {PATIENCE} s"


class Service(Protocol):
    """Whose readiness it is: the app with Buckler on it."""

    @property
    def is_stopping(self) -> bool: ...

    def why_not_ready(self) -> Awaitable[str | None]:
        """The cause, or None. May raise."""
        ...


class Readiness:
    """Asks the service, and remembers."""

    def __init__(self, service: Service, clock: Clock, events: EventLog) -> None:
        self._service = service
        self._monotonic = clock.monotonic
        self._events = events
        self._why: str | None = None
        self._asked_at = -math.inf
        self._asking: asyncio.Task[None] | None = None
        self._told: str | None = None

    async def why_not(self) -> str | None:
        """The cause, for the log alone; None while it is ready."""
        why = STOPPING if self._service.is_stopping else await self._looked()
        self._tell(why)
        return why

    async def _looked(self) -> str | None:
        if 0 <= self._monotonic() - self._asked_at < MEMORY:
            return self._why
        task, loop = self._asking, asyncio.get_running_loop()
        if task is None or task.done() or task.get_loop() is not loop:
            task = self._asking = loop.create_task(self._ask(), name="buckler-readiness")
        done, _ = await asyncio.wait((task,), timeout=PATIENCE)
        return self._why if done else SLOW

    async def _ask(self) -> None:
        try:
            self._why = await self._service.why_not_ready()
        except Exception as error:  # noqa: BLE001 - fail closed: what cannot say that it is ready is not
            self._why = getattr(error, "reason", None) or type(error).__name__
        self._asked_at = self._monotonic()

    def _tell(self, why: str | None) -> None:
        told, self._told = self._told, why
        if why is None and told is not None:
            self._events.emit("sys_ready", was=told)
        elif why is not None and why != told:
            self._events.emit("sys_not_ready", reason=why)
