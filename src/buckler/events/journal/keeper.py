"""What looks after the log while the service runs: keeps, chains, tells outside, and lets go.

Twice a second it keeps what waits. Every ten seconds it makes a batch of what was committed, and tells the log;
every minute, where a file or syslog is named, that too; every hour it empties what is over. What fails is told as an
event and tried again: the service does not stop for it.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from buckler.clock import Clock
from buckler.events.journal.batches import Batch, Batcher
from buckler.events.journal.checkpoints import EVENT, Checkpoint, Sink
from buckler.events.journal.errand import Errand
from buckler.events.journal.journal import Journal
from buckler.events.journal.retention import Periods, Retention
from buckler.recurring import Recurring
from buckler.storage.database import Database

TICK: Final = 0.5
BATCHING: Final = 10.0
OUTSIDE: Final = 60.0
SWEEPING: Final = 3600.0
OUTSIDE_SECONDS: Final = 10.0
"""Seconds between two times, but for the last: how long a checkpoint may take."""
Step = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class _Due:
    """When something is to be done next."""

    every: float
    at: float = field(default=0.0)

    def is_now(self, now: float) -> bool:
        """Whether it is to be done; then it is due again later."""
        if now < self.at:
            return False
        self.at = now + self.every
        return True


class Keeper:
    """Looks after one journal. `sink` takes checkpoints outside; without one they are event lines alone."""

    def __init__(
        self, database: Database, journal: Journal, clock: Clock, periods: Periods, installation: str, epoch: int,
        sink: Sink | None,
    ) -> None:  # fmt: skip
        self._database = database
        self._journal = journal
        self._now = clock.monotonic
        self._batcher = Batcher(database, journal.key, clock)
        self._retention = Retention(database, journal.key, clock, periods)
        self._about = installation, epoch
        self._sink = sink
        self._errand = Errand()
        self._untold: Batch | None = None
        """The newest batch that the sink has not been told of."""
        self._batching, self._outside, self._sweeping = _Due(BATCHING), _Due(OUTSIDE), _Due(SWEEPING)
        self._ticks = Recurring("buckler-journal", TICK, self.tick)

    async def begin(self, **about: object) -> None:
        """Keep that the service starts, and how."""
        async with self._database.writing() as connection:
            self._journal.keep(connection, "sys_startup", **about)

    def start(self) -> None:
        """Look after it from now on, in the background of this event loop."""
        self._ticks.start()

    async def close(self) -> None:
        """Stop, and leave nothing undone that can be done now."""
        await self._ticks.close()
        await self._step("flush", partial(self._journal.flush, closes=True))
        await self._step("end", self._end)
        await self._step("batch", self._make_batch)
        await self._step("checkpoint", self._tell_outside)

    async def tick(self) -> None:
        """Do what is due."""
        now = self._now()
        await self._step("flush", self._journal.flush)
        if self._batching.is_now(now):
            await self._step("batch", self._make_batch)
        if self._outside.is_now(now):
            await self._step("checkpoint", self._tell_outside)
        if self._sweeping.is_now(now):
            await self._step("sweep", self._sweep)

    async def _step(self, name: str, step: Step) -> None:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - it is tried again, and the service goes on
            told = error.strerror if isinstance(error, OSError) else None
            self._journal.emit("sys_log_failed", None, step=name, error=told or type(error).__qualname__)

    async def _end(self) -> None:
        async with self._database.writing() as connection:
            self._journal.keep(connection, "sys_shutdown")

    async def _make_batch(self) -> None:
        made = await self._batcher.make()
        if made is None:
            return
        if made.damaged:
            self._journal.emit("sys_log_damaged", None, rows=list(made.damaged))
        self._journal.emit(EVENT, None, **self._checkpoint(made).members())
        self._untold = made

    async def _sweep(self) -> None:
        swept = await self._retention.sweep()
        if swept.damaged is not None:
            self._journal.emit("sys_log_damaged", None, rows=[swept.damaged])
        if swept.has_more:
            self._sweeping.at = 0.0  # with the next tick, so that others come in between

    async def _tell_outside(self) -> None:
        """Raises `OSError` and `TimeoutError`; then it is told with the next one."""
        made, sink = self._untold, self._sink
        if made is None or sink is None:
            return
        line = json.dumps(self._checkpoint(made).members(), separators=(",", ":"))
        await self._errand.run(partial(sink, line), OUTSIDE_SECONDS)
        self._untold = None

    def _checkpoint(self, made: Batch) -> Checkpoint:
        return Checkpoint.made(self._journal.key, *self._about, made.number, made.at, made.link)
