"""Revoked tokens, kept: the row first, then the memory of this process (ASVS 7.4.1).

In this order a crash between the two ends the token too: a new process reads the rows before it
answers anybody.
"""

from sqlalchemy import delete, insert, select

from buckler.clock import Clock
from buckler.storage.database import Database
from buckler.storage.database.tables import RevocationRow
from buckler.tokens.jwt import LONGEST_LIFE
from buckler.tokens.revocation import Revocations


class RevokedTokens:
    """The durable side of `Revocations`; without that defence rows are written and nothing is refused."""

    def __init__(self, database: Database, memory: Revocations | None, clock: Clock) -> None:
        self._database = database
        self._memory = memory
        self._clock = clock

    async def load(self) -> None:
        """Learn what was revoked before; forget what has expired since."""
        async with self._database.writing() as connection:
            await connection.execute(delete(RevocationRow).where(RevocationRow.expires_at < self._long_ago()))
            rows = (await connection.execute(select(RevocationRow.subject, RevocationRow.expires_at))).all()
        if self._memory is not None:
            self._memory.load((token_id, expires_at) for token_id, expires_at in rows)

    async def end(self, token_id: str, expires_at: float) -> None:
        """End a token. A second time changes nothing."""
        row = {"kind": "token", "subject": token_id, "expires_at": int(expires_at)}
        async with self._database.writing() as connection:
            await connection.execute(insert(RevocationRow).prefix_with("OR IGNORE", dialect="sqlite").values(row))
        if self._memory is not None:
            self._memory.revoke(token_id, expires_at)

    def _long_ago(self) -> int:
        """The longest life back: a clock that is set back must not bring a token back to life."""
        return int(self._clock.now()) - LONGEST_LIFE
