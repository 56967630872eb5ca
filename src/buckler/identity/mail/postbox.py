"""Where letters wait: put in with the change they tell of, carried away after it, tried until they are of no use.

1. A letter is a sealed row in the transaction of the change: undone with it, and kept when the process
   ends. No request waits for a mail server, and none fails for one.
2. A task carries letters away, a few at a time. Each is claimed by one conditional UPDATE of `due_at`, so of
   several processes on one database one has it. The row goes when the letter has left.
3. What failed is tried again after 5 s, then twice as long each time, at most 5 min, for as long as the
   letter's code lives; a notice waits a day. What the server refuses for good is not tried again.
4. Failures are told as events with the server's answer code: no address, no word of the letter.

At least once: a process that is lost between the server's yes and the end of the row sends the letter again
after `CLAIM`, under the same Message-ID.
"""

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.events import EventLog
from buckler.identity.mail.letter import Letter, LetterRefused
from buckler.identity.mail.mailer import Mailer, MailFailed
from buckler.storage.database import Database
from buckler.storage.database.tables import LetterRow
from buckler.tokens.vault import SealBroken, Vault

DELIVERY: Final = 60
"""The most seconds that one attempt takes."""
CLAIM: Final = 120
"""For how many seconds a letter is one process's: longer than any attempt."""
FIRST_WAIT: Final = 5
LONGEST_WAIT: Final = 300
AT_ONCE: Final = 8
POLL: Final = 5.0
"""How often a process looks for letters that another one put in and did not carry away."""
FAREWELL: Final = 5.0
"""For how many seconds the end of the process waits for what is on its way."""
_KEPT: Final = "letter"


@dataclass(frozen=True, slots=True)
class MailHealth:
    """How the mail goes, as this process saw it."""

    failed_since: float | None = None
    """When the first attempt failed since one was good."""
    failures: int = 0
    code: int = 0
    """What the server answered last."""
    reason: str = ""

    @property
    def good(self) -> bool:
        return self.failed_since is None


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: str
    kind: str
    sealed: bytes
    attempts: int
    expires_at: int


class Postbox:
    """The letters of one installation. Without a mailer nothing is kept: there is no way to tell anybody."""

    def __init__(
        self, database: Database, vault: Vault, clock: Clock, events: EventLog, mailer: Mailer | None = None
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._events = events
        self._mailer = mailer
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self.health = MailHealth()

    @property
    def delivers(self) -> bool:
        """Whether letters leave at all."""
        return self._mailer is not None

    async def put(self, connection: AsyncConnection, letter: Letter) -> None:
        """Keep a letter in the caller's transaction; it leaves once that is committed."""
        if self._mailer is None:
            return
        now = int(self._clock.now())
        row = {
            "id": letter.id,
            "kind": letter.kind,
            "sealed": self._vault.seal(_KEPT, letter.id, json.dumps(asdict(letter)).encode()),
            "created_at": now,
            "due_at": now,
            "expires_at": now + letter.lives,
        }
        await connection.execute(insert(LetterRow).values(row))
        if self._task is not None:
            self.start()
        self._wake.set()

    def start(self) -> None:
        """Begin to carry letters away, those of before too. Again, where the event loop that did so has ended."""
        if self._mailer is None or (self._task is not None and not self._task.get_loop().is_closed()):
            return
        self._wake = asyncio.Event()
        self._wake.set()
        self._task = asyncio.create_task(self._carry(), name="buckler postbox")

    async def close(self) -> None:
        """Let what is on its way arrive, for a moment; the rest waits for the next start."""
        task, self._task = self._task, None
        if task is None or task.get_loop().is_closed():
            return
        if task.get_loop() is not asyncio.get_running_loop():
            task.get_loop().call_soon_threadsafe(task.cancel)
            return
        self._closing = True
        self._wake.set()
        done, _ = await asyncio.wait({task}, timeout=FAREWELL)
        if not done:
            task.cancel()
            await asyncio.wait({task})
        self._closing = False

    async def deliver_due(self) -> int:
        """Carry away what is due now, at most `AT_ONCE` letters: how many were tried."""
        if self._mailer is None:
            return 0
        claimed = await self._claim()
        await asyncio.gather(*(self._attempt(self._mailer, each) for each in claimed))
        return len(claimed)

    async def waiting(self) -> int:
        """How many letters wait, those on their way too."""
        async with self._database.reading() as connection:
            return len((await connection.execute(select(LetterRow.id))).all())

    async def _carry(self) -> None:
        while not self._closing:
            try:
                tried = await self._look()
            except Exception as error:  # noqa: BLE001 - whatever happens, later letters shall leave
                tried = 0
                self._fail(MailFailed(type(error).__name__), outcome="not looked")
            if tried < AT_ONCE:
                await self._pause()

    async def _look(self) -> int:
        """Claiming takes the writers' turn, so it comes after the transaction that put a letter in."""
        if not self._wake.is_set() and not await self._anything_due():
            return 0
        self._wake.clear()
        return await self.deliver_due()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _anything_due(self) -> bool:
        due = select(LetterRow.id).where(LetterRow.due_at <= int(self._clock.now())).limit(1)
        async with self._database.reading() as connection:
            return (await connection.execute(due)).first() is not None

    async def _claim(self) -> list[_Claimed]:
        now = int(self._clock.now())
        async with self._database.writing() as connection:
            await self._drop_expired(connection, now)
            due = select(
                LetterRow.id,
                LetterRow.kind,
                LetterRow.sealed,
                LetterRow.attempts,
                LetterRow.expires_at,
                LetterRow.due_at,
            ).where(LetterRow.due_at <= now)
            rows = (await connection.execute(due.order_by(LetterRow.due_at).limit(AT_ONCE))).all()
            return [_Claimed(*row[:5]) for row in rows if await _take(connection, row.id, row.due_at, now)]

    async def _drop_expired(self, connection: AsyncConnection, now: int) -> None:
        over = select(LetterRow.id, LetterRow.kind, LetterRow.attempts).where(
            LetterRow.expires_at <= now, LetterRow.due_at <= now
        )
        for row_id, kind, attempts in (await connection.execute(over.limit(AT_ONCE))).all():
            await connection.execute(delete(LetterRow).where(LetterRow.id == row_id))
            self._events.emit("sys_mail_failed", letter=row_id, kind=kind, attempts=attempts, outcome="expired")

    async def _attempt(self, mailer: Mailer, claimed: _Claimed) -> None:
        try:
            letter = self._open(claimed)
            async with asyncio.timeout(DELIVERY):
                await mailer.deliver(letter)
        except MailFailed as error:
            await self._put_off(claimed, error)
        except TimeoutError:
            await self._put_off(claimed, MailFailed("timed out"))
        except Exception as error:  # noqa: BLE001 - an app's own mailer may raise anything
            await self._put_off(claimed, MailFailed(type(error).__name__))
        else:
            await self._remove(claimed)
            self._events.emit("sys_mail_sent", letter=claimed.id, kind=claimed.kind, attempts=claimed.attempts + 1)
            self.health = MailHealth()

    def _open(self, claimed: _Claimed) -> Letter:
        try:
            return Letter(**json.loads(self._vault.unseal(_KEPT, claimed.id, claimed.sealed)))
        except (SealBroken, LetterRefused) as error:
            # Fail closed: somebody wrote into the table, or the master secret is another.
            raise MailFailed("seal broken", lasting=True) from error

    async def _put_off(self, claimed: _Claimed, error: MailFailed) -> None:
        wait = min(FIRST_WAIT * 2**claimed.attempts, LONGEST_WAIT)
        due_at = int(self._clock.now()) + wait
        over = error.lasting or due_at >= claimed.expires_at
        if over:
            await self._remove(claimed)
        else:
            async with self._database.writing() as connection:
                await connection.execute(update(LetterRow).where(LetterRow.id == claimed.id).values(due_at=due_at))
        known = {"letter": claimed.id, "kind": claimed.kind, "attempts": claimed.attempts + 1}
        self._fail(error, outcome="given up" if over else "delayed", **known)

    async def _remove(self, claimed: _Claimed) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(LetterRow).where(LetterRow.id == claimed.id))

    def _fail(self, error: MailFailed, **known: object) -> None:
        since = self.health.failed_since or self._clock.now()
        self.health = MailHealth(since, self.health.failures + 1, error.code, error.reason)
        self._events.emit("sys_mail_failed", None, reason=error.reason, answer=error.code, **known)


async def _take(connection: AsyncConnection, row_id: str, due_at: int, now: int) -> bool:
    """Whether this process has the letter now: another one would have moved `due_at`."""
    unmoved = (LetterRow.id == row_id) & (LetterRow.due_at == due_at)
    moved = {"due_at": now + CLAIM, "attempts": LetterRow.attempts + 1}
    taken = await connection.execute(update(LetterRow).where(unmoved).values(moved))
    return cast("CursorResult[Any]", taken).rowcount == 1
