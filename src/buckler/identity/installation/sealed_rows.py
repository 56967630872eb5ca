"""Every sealed value of an installation: sealed anew under the first master secret, and counted (ASVS 11.2.2, 13.3.4).

1. The columns stand in one list; a test compares it with the tables, so no column is forgotten.
2. Sealing anew is one transaction: all of them or none, also where the power goes.
3. A value that does not open stops it, and changes nothing: dropping the old secret would lose the value.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.identity.installation import log_key_row, signing_keys
from buckler.identity.installation.foundation import CHECK
from buckler.identity.passwords import hashing
from buckler.storage.database.tables import AccountRow, CodeRow, InstallationRow, LetterRow, SigningKeyRow, Table
from buckler.tokens.vault import SealBroken, Vault

_PAGE: Final = 500

Advance = Callable[[int], object]
"""Is told how many rows have been gone through since."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where sealed values stand, and for what purpose and row they were sealed."""

    title: str
    purpose: str
    table: type[Table]
    row: ColumnElement[str]
    sealed: ColumnElement[bytes]


def _column(title: str, purpose: str, table: type[Table], row: str, sealed: str) -> SealedColumn:
    columns = table.__table__.c
    return SealedColumn(title, purpose, table, columns[row], columns[sealed])


SEALED: Final = (
    _column("installation", CHECK, InstallationRow, "id", "check_sealed"),
    _column("log key", log_key_row.PURPOSE, InstallationRow, "id", "log_key_sealed"),
    _column("signing keys", signing_keys.PURPOSE, SigningKeyRow, "kid", "sealed"),
    _column("passwords", hashing.PURPOSE, AccountRow, "id", "password_sealed"),
    _column("codes", "code", CodeRow, "id", "sealed"),
    _column("letters", "letter", LetterRow, "id", "sealed"),
)


@dataclass(slots=True)
class Tally:
    """What was found in one column: how many values each secret opens, and which rows none does."""

    title: str
    opened: Counter[int] = field(default_factory=Counter[int])
    broken: list[str] = field(default_factory=list[str])


class SealedRows:
    """The sealed values, each in the transaction of the caller."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def count(self, connection: AsyncConnection) -> int:
        """How many rows there are."""
        return sum([await _count(connection, column) for column in SEALED])

    async def verify(self, connection: AsyncConnection, advance: Advance) -> list[Tally]:
        """Open every value, and say under which secret of the list it was sealed; the first is 1."""
        return [await self._tally(connection, column, advance) for column in SEALED]

    async def renew(self, connection: AsyncConnection, advance: Advance) -> int:
        """Seal anew what is not under the first secret; how many there were. Raises `SealBroken`."""
        return sum([await self._renew(connection, column, advance) for column in SEALED])

    async def _tally(self, connection: AsyncConnection, column: SealedColumn, advance: Advance) -> Tally:
        tally = Tally(column.title)
        async for page in _pages(connection, column):
            for row, sealed in page:
                try:
                    tally.opened[self._vault.open(column.purpose, row, sealed)[0]] += 1
                except SealBroken:
                    tally.broken.append(row)
            advance(len(page))
        return tally

    async def _renew(self, connection: AsyncConnection, column: SealedColumn, advance: Advance) -> int:
        change = (
            update(column.table).where(column.row == bindparam("at")).values({column.sealed.key: bindparam("made")})
        )
        renewed = 0
        async for page in _pages(connection, column):
            changes = [each for row, sealed in page for each in self._changed(column, row, sealed)]
            if changes:
                await connection.execute(change, changes)
            renewed += len(changes)
            advance(len(page))
        return renewed

    def _changed(self, column: SealedColumn, row: str, sealed: bytes) -> list[dict[str, object]]:
        number, plain = self._vault.open(column.purpose, row, sealed)
        return [] if number == 1 else [{"at": row, "made": self._vault.seal(column.purpose, row, plain)}]


async def _pages(connection: AsyncConnection, column: SealedColumn) -> AsyncGenerator[list[tuple[str, bytes]]]:
    """The rows that have a value, some at a time: memory does not grow with their number."""
    last = ""
    while True:
        query = select(column.row, column.sealed).where(column.row > last, _is_there(column))
        page = [(row, sealed) for row, sealed in await connection.execute(query.order_by(column.row).limit(_PAGE))]
        if not page:
            return
        yield page
        last = page[-1][0]


async def _count(connection: AsyncConnection, column: SealedColumn) -> int:
    query = select(func.count(column.row)).where(_is_there(column))
    return (await connection.execute(query)).scalar_one()


def _is_there(column: SealedColumn) -> ColumnElement[bool]:
    """Not the empty value that stands where a key was destroyed."""
    return column.sealed.is_not(None) & (func.length(column.sealed) > 0)
