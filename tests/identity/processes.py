"""Several processes on one database, as tests of what they tell each other need them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import insert, select

from buckler.access.callers.authenticator import NotAccepted
from buckler.events import EventLog
from buckler.identity.sessions.callers import Callers, Rights
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.principal import Principal
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow, RevocationRow
from buckler.tokens.cache import VerifiedTokens
from buckler.tokens.revocation import Revocations
from tests.clocks import FakeClock
from tests.identity.house import ROLES
from tests.tokens.forge import NOW, whole


class Process:
    """One of several that work on a file: a connection, a memory and keys of its own."""

    def __init__(self, path: Path, clock: FakeClock, *, revoking: bool = True) -> None:
        self.clock = clock
        self.database = Database(path)
        self.memory = Revocations(clock) if revoking else None
        self.feed = RevocationFeed(self.database, self.memory, clock)
        tokens, rights = whole(clock), Rights(ROLES)
        self.verified = VerifiedTokens(tokens, self.memory, clock, rights.caller)
        self.callers = Callers(tokens, self.verified, self.feed, rights, EventLog(clock))

    @property
    def known(self) -> Revocations:
        assert self.memory is not None
        return self.memory

    def knows(self, token_id: str) -> bool:
        return self.known.is_ended(token_id, "its session", "its account", 0)

    async def lets_in(self, token: bytes) -> bool:
        try:
            found: Principal | None = self.callers.recall(token) or await self.callers.authenticate(token)
        except NotAccepted:
            return False
        return found is not None

    async def rows(self) -> list[tuple[str, str, int, int]]:
        row = RevocationRow
        query = select(row.kind, row.subject, row.version, row.expires_at).order_by(row.seq)
        async with self.database.reading() as connection:
            return [(a, b, c, d) for a, b, c, d in (await connection.execute(query)).all()]


@asynccontextmanager
async def running(path: Path, clock: FakeClock, *, revoking: bool = True) -> AsyncIterator[Process]:
    """A process that has begun; it looks at the file when it is told to."""
    process = Process(path, clock, revoking=revoking)
    await process.database.open()
    try:
        await process.feed.load()
        yield process
    finally:
        await process.feed.close()
        await process.database.close()


@asynccontextmanager
async def two(folder: Path, name: str = "accounts", *, revoking: bool = True) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes on one file; `revoking` is about the first."""
    clock, path = FakeClock(NOW), folder / f"{name}.db"
    async with running(path, clock, revoking=revoking) as one, running(path, clock) as other:
        yield one, other


async def keep_account(process: Process, account_id: str) -> None:
    """A row of an account, version 1."""
    row = {"id": account_id, "name": account_id, "name_key": account_id, "password_sealed": b"", "roles": []}
    async with process.database.writing() as connection:
        await connection.execute(insert(AccountRow).values(row | {"created_at": NOW}))
