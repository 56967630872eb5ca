"""What was ended before its time, kept: the row first, then the memory of each process (ASVS 7.4.1, 7.4.2).

1. The row stands in the same transaction as the change that it follows from. A crash right after it ends the token
   too: a new process reads the rows before it answers anybody.
2. Every process on the same database asks twenty times a second whether anything was written (`data_version`,
   some microseconds), and reads what is new. What another process ends is dead here within 100 ms.
3. What was not refreshed for a second is stale, and so it is at once where an end was kept and could not be read
   back: then a request asks the database itself before it believes in a token, and where that is lost it is refused.
   The first look that fails is told as an event, and so is the first that is good again.
4. An account has a version. Whatever ends its tokens makes it grow, in the same transaction; a token says the
   version it was made for. So one that was signed a moment too late, from a row read before, is dead as well.

Each row that is added clears a few that are over: no sweep.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, cast

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.events import EventLog
from buckler.identity.account_store import Note, nothing
from buckler.recurring import Recurring
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow, RevocationRow
from buckler.storage.unavailable import StorageUnavailable
from buckler.tokens.jwt import LONGEST_LIFE
from buckler.tokens.revocation import Ended, Kind, Revocations

PERIOD: Final = 0.05
"""Seconds between two looks at the database."""
FRESH: Final = 1.0
"""Seconds after which nothing is believed that was not looked at again."""
_LOST: Final = 100
"""Looks in a row that failed: some five seconds."""
_CLEARED: Final = 4


class RevocationFeed:
    """The durable side of `Revocations`; without that defence rows are written and nothing is refused.

    `add` takes the caller's transaction; after its end the caller awaits `apply`.
    """

    def __init__(
        self, database: Database, memory: Revocations | None, clock: Clock, events: EventLog | None = None
    ) -> None:
        self._database = database
        self._events = events
        self._memory = memory
        self._clock = clock
        self._last = 0
        self._version = -1
        self._failed = 0
        self._looks = Recurring("buckler-revocations", PERIOD, self._look)
        self._reread_keys: Callable[[], Awaitable[None]] | None = None

    @property
    def is_stale(self) -> bool:
        """Whether the database must be asked before a token is believed."""
        return self._memory is not None and self._memory.is_stale

    def on_keys(self, reread: Callable[[], Awaitable[None]]) -> None:
        """What to do when somebody changed the signing keys."""
        self._reread_keys = reread

    async def add(
        self, connection: AsyncConnection, kind: Kind, subject: str, version: int = 0, expires_at: float | None = None
    ) -> None:
        """End something, in the caller's transaction. A second time changes nothing.

        `expires_at` is when every token that it concerns has ended by itself; by default when the longest has.
        """
        now = int(self._clock.now())
        # Bounded, so that no row stays for ever; twice, so that a clock that was set back brings no token back.
        ends = now + LONGEST_LIFE if expires_at is None else int(min(expires_at + 1, now + 2 * LONGEST_LIFE))
        row = {"kind": kind, "subject": subject, "version": version, "expires_at": ends}
        with suppress(IntegrityError):
            async with connection.begin_nested():
                await connection.execute(insert(RevocationRow).values(row))
        over = select(RevocationRow.seq).where(RevocationRow.expires_at < now - LONGEST_LIFE).limit(_CLEARED)
        await connection.execute(delete(RevocationRow).where(RevocationRow.seq.in_(over)))

    async def outdate(self, connection: AsyncConnection, account_id: str) -> int:
        """End every access token of an account, in the caller's transaction; its sessions go on. The new version."""
        mine = AccountRow.id == account_id
        await connection.execute(update(AccountRow).where(mine).values(version=AccountRow.version + 1))
        version = (await connection.execute(select(AccountRow.version).where(mine))).scalar_one_or_none()
        if version is None:
            return 0
        await self.add(connection, "account", account_id, version)
        return version

    async def end_token(self, token_id: str, expires_at: float, note: Note = nothing) -> None:
        """End one access token, here and everywhere."""
        async with self._database.writing() as connection:
            await self.add(connection, "token", token_id, expires_at=expires_at)
            note(connection)
        await self.apply()

    async def apply(self) -> None:
        """Read what is new, whoever wrote it, and refuse it from now on. Raises whatever the database does.

        Then nothing is believed here until a look is good again: something may have ended that is not known.
        """
        try:
            await self._apply()
        except BaseException:
            if self._memory is not None:
                self._memory.know(self._clock.now(), -1.0)
            raise

    async def _apply(self) -> None:
        begun = self._clock.now()
        version = await self._database.data_version()
        rows = await self._news()
        ends = [Ended(cast("Kind", kind), subject, expires_at, number) for _, kind, subject, number, expires_at in rows]
        if self._memory is not None:
            for each in ends:
                self._memory.end(each)
        if self._reread_keys is not None and any(each.kind == "keys" for each in ends):
            await self._reread_keys()
        self._last = max(self._last, *(row[0] for row in rows)) if rows else self._last
        self._version = version
        self._note(begun)

    async def refresh(self) -> None:
        """Make sure that nothing was ended unseen; mostly one question. Raises whatever the database does."""
        begun = self._clock.now()
        if await self._database.data_version() == self._version:
            self._note(begun)
        else:
            await self.apply()

    async def load(self) -> None:
        """Learn what was ended before; forget what is long over."""
        # The longest life back: a clock that is set back must not bring a token back to life.
        long_ago = int(self._clock.now()) - LONGEST_LIFE
        async with self._database.writing() as connection:
            await connection.execute(delete(RevocationRow).where(RevocationRow.expires_at < long_ago))
        await self.apply()

    def start(self) -> None:
        """Look at the database from now on, in the background of this event loop."""
        self._looks.start()

    async def close(self) -> None:
        """Stop looking."""
        await self._looks.close()

    async def _look(self) -> None:
        try:
            await self.refresh()
        except Exception as error:  # noqa: BLE001 - fail closed: what was not refreshed grows stale, requests ask
            self._fail(error)

    def _note(self, begun: float) -> None:
        if self._failed and self._events is not None:
            self._events.emit("sys_storage_back", None, looks=self._failed)
        self._failed = 0
        if self._memory is not None:
            self._memory.know(begun, FRESH)
            self._memory.lose(False)

    def _fail(self, error: Exception) -> None:
        if not self._failed and self._events is not None:
            reason = error.reason if isinstance(error, StorageUnavailable) else type(error).__name__
            self._events.emit("sys_storage_failed", None, reason=reason)
        self._failed += 1
        if self._memory is not None and self._failed >= _LOST:
            self._memory.lose(True)

    async def _news(self) -> list[tuple[int, str, str, int, int]]:
        row = RevocationRow
        query = select(row.seq, row.kind, row.subject, row.version, row.expires_at).where(row.seq > self._last)
        async with self._database.reading() as connection:
            found = (await connection.execute(query.order_by(row.seq))).all()
        return [(seq, kind, subject, version, expires_at) for seq, kind, subject, version, expires_at in found]
