"""The kept log, for whoever reads it while the service runs: pages, numbers, and whether it holds.

Nothing here writes, so nobody who writes waits for it.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from threading import Event
from typing import Final

from buckler.clock import Clock
from buckler.errors import BucklerError
from buckler.events.journal.counting import Counted, count_by_hour
from buckler.events.journal.log_key import LogKey
from buckler.events.journal.looking_back import Look, look_back
from buckler.events.journal.reading import Wanted
from buckler.events.journal.verification import Verdict, Verification
from buckler.storage.database import Database

MOST_VERIFIED: Final = 200_000
"""Rows that are verified while somebody waits for the page; for more there is `buckler events verify`."""
SECONDS: Final = 20.0
"""How long that may take."""


class TooLong(BucklerError):
    """The log has more rows than are verified while somebody waits, or they took longer. `rows` is how many it has."""

    def __init__(self, rows: int) -> None:
        super().__init__(f"The log has {rows} rows; on a page at most {MOST_VERIFIED} are verified.")
        self.rows = rows


class AlreadyVerifying(BucklerError):
    """This process verifies the log just now."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found, and how long it took, in seconds."""

    verdict: Verdict
    seconds: float


class LogReader:
    """Reads one log."""

    def __init__(self, database: Database, key: LogKey, installation: str, clock: Clock) -> None:
        self._database = database
        self._key = key
        self._installation = installation
        self._now = clock.monotonic
        self._is_verifying = False

    async def look_back(self, wanted: Wanted, *, before: int | None, size: int) -> Look:
        """The newest rows that fit, below the position `before`; see `looking_back.py`."""
        return await look_back(self._database, self._key, wanted, before=before, size=size)

    async def count_by_hour(self, names: Collection[str], *, since: int, until: int) -> Counted:
        """How many of these events there were in each hour; see `counting.py`."""
        async with self._database.reading() as connection:
            return await count_by_hour(connection, names, since=since, until=until)

    async def verify(self) -> Verified:
        """Go through the whole log. Raises `TooLong` and `AlreadyVerifying`.

        In a thread with an event loop of its own, one at a time: the MACs of a log are seconds of work, for which no
        request waits. It reads one unchanging state, and holds no lock that a writer wants.
        """
        if self._is_verifying:
            raise AlreadyVerifying("The log is being verified just now; try again in a moment.")
        self._is_verifying, given_up = True, Event()
        running = asyncio.ensure_future(asyncio.to_thread(asyncio.run, self._verify(given_up)))
        running.add_done_callback(self._end)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # Nobody waits any more. The thread ends behind its page of rows, and none begins before it has.
            given_up.set()
            raise

    def _end(self, ended: "asyncio.Future[Verified]") -> None:
        self._is_verifying = False
        if not ended.cancelled():
            ended.exception()  # asked for, as there may be nobody left who hears it

    async def _verify(self, given_up: Event) -> Verified:
        begun = self._now()
        async with self._database.reading() as connection:
            verification = Verification(connection, self._key, self._installation)
            rows = await verification.count()
            if rows > MOST_VERIFIED:
                raise TooLong(rows)

            def advance(_: int) -> None:
                if given_up.is_set() or self._now() - begun > SECONDS:
                    raise TooLong(rows)

            verdict = await verification.run(advance=advance)
        return Verified(verdict, self._now() - begun)
