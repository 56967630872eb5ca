"""Wrong passwords by name, as rows: a keyed digest of the name and two numbers (ASVS 6.3.1).

1. A name is counted whether it has an account or not, so that nothing here tells which names have one.
2. Counted before any hashing, by one conditional statement: of fifty guesses at once, as many are hashed as
   the budget has left, and the rest is refused.
3. Each count takes a few rows away that are over. There are at most 100,000 names: those that come new
   after that share 256 rows, by digest. Nobody is let in uncounted, and nobody's count is thrown away to
   make room for another.
"""

from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.identity.login_names import InvalidName, name_key
from buckler.identity.sign_in.throttle import FORGET
from buckler.storage.database.tables import GuessRow
from buckler.tokens.vault import Vault

MOST_NAMES: Final = 100_000
_SWEPT: Final = 20
_RECOUNT: Final = 64
"""New rows between two counts of all: counting a hundred thousand takes a millisecond."""
_PURPOSE: Final = "guess"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a name was guessed at, and when last. `row` is where it is counted."""

    row: bytes
    failures: int = 0
    last_at: int = 0
    is_kept: bool = False


class Guesses:
    """The counts of one installation. Each step runs in its caller's transaction."""

    def __init__(self, vault: Vault, clock: Clock, most: int = MOST_NAMES) -> None:
        self._vault = vault
        self._clock = clock
        self._most = most
        self._room = 0

    def key(self, name: str) -> bytes:
        """The keyed digest of a name, the same for all that look the same."""
        try:
            known = name_key(name)
        except InvalidName:
            known = f"\x00{name}"
        return self._vault.mac(_PURPOSE, known.encode("utf-8", "replace"))

    async def look(self, connection: AsyncConnection, key: bytes) -> Tally:
        """What was counted for this name, or for those that share its row."""
        await self._sweep(connection, key)
        found = await self._find(connection, key)
        if found is not None or await self._has_room(connection):
            return found or Tally(key)
        return await self._find(connection, _shared(key)) or Tally(_shared(key))

    async def count(self, connection: AsyncConnection, seen: Tally) -> bool:
        """Count one more, unless another was counted since `seen` was; whether it was counted."""
        now = int(self._clock.now())
        values = {"failures": seen.failures + 1, "last_at": now, "expires_at": now + FORGET}
        if seen.is_kept:
            same = (GuessRow.key == seen.row) & (GuessRow.failures == seen.failures)
            changed = await connection.execute(update(GuessRow).where(same).values(values))
            return cast("CursorResult[Any]", changed).rowcount == 1
        try:
            async with connection.begin_nested():
                await connection.execute(insert(GuessRow).values(key=seen.row, **values))
        except IntegrityError:
            return False
        self._room -= 1
        return True

    async def uncount(self, connection: AsyncConnection, row: bytes) -> None:
        """Take one back: no password was hashed for it."""
        counted = (GuessRow.key == row) & (GuessRow.failures > 0)
        await connection.execute(update(GuessRow).where(counted).values(failures=GuessRow.failures - 1))

    async def clear(self, connection: AsyncConnection, key: bytes) -> None:
        """Forget what was counted for this name, and for no other."""
        await connection.execute(delete(GuessRow).where(GuessRow.key == key))

    async def _find(self, connection: AsyncConnection, row: bytes) -> Tally | None:
        query = select(GuessRow.key, GuessRow.failures, GuessRow.last_at)
        found = (await connection.execute(query.where(GuessRow.key == row))).one_or_none()
        return None if found is None else Tally(*found, is_kept=True)

    async def _has_room(self, connection: AsyncConnection) -> bool:
        if self._room <= 0:
            kept = (await connection.execute(select(func.count()).select_from(GuessRow))).scalar_one()
            self._room = min(self._most - kept, _RECOUNT)
        return self._room > 0

    async def _sweep(self, connection: AsyncConnection, key: bytes) -> None:
        over = GuessRow.expires_at <= int(self._clock.now())
        some = select(GuessRow.key).where(over).limit(_SWEPT)
        own = GuessRow.key.in_((key, _shared(key)))
        await connection.execute(delete(GuessRow).where(over & (own | GuessRow.key.in_(some))))


def _shared(key: bytes) -> bytes:
    """The row for names that came when there was no room."""
    return b"shared" + key[:1]
