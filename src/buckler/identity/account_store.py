"""Accounts as rows: every query about them stands here."""

from dataclasses import dataclass, field

from sqlalchemy import Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.errors import BucklerError
from buckler.input.usernames import username_key
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow


class NameTaken(BucklerError):
    """Another account has this name, or one that looks the same."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in."""

    id: str
    name: str
    roles: frozenset[str]
    password_sealed: bytes = field(repr=False)
    created_at: int
    disabled_at: int | None = None


class AccountStore:
    """The accounts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, account: Account) -> None:
        """Keep a new account. Raises `NameTaken`."""
        async with self._database.writing() as connection:
            await _insert(connection, account)

    async def create_first(self, account: Account, role: str) -> bool:
        """Keep a new account unless somebody holds `role`; whether it did. Raises `NameTaken`.

        The look and the step are one transaction: of two at once, one finds the other's account.
        """
        async with self._database.writing() as connection:
            if await _holds(connection, role):
                return False
            await _insert(connection, account)
            return True

    async def anybody_holds(self, role: str) -> bool:
        """Whether any account has this role."""
        async with self._database.reading() as connection:
            return await _holds(connection, role)

    async def find(self, name: str) -> Account | None:
        """The account of this name, or of one that looks the same. Raises `InvalidUsername`."""
        return await self._one(_accounts().where(AccountRow.name_key == username_key(name)))

    async def replace_hash(self, account: Account, sealed: bytes) -> None:
        """Put a newly made hash in the place of the one in `account`, unless it changed meanwhile."""
        unchanged = (AccountRow.id == account.id) & (AccountRow.password_sealed == account.password_sealed)
        async with self._database.writing() as connection:
            await connection.execute(update(AccountRow).where(unchanged).values(password_sealed=sealed))

    async def _one(self, query: "Select[*tuple[str, str, list[str], bytes, int, int | None]]") -> Account | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        account_id, name, roles, sealed, created_at, disabled_at = row
        return Account(account_id, name, frozenset(roles), sealed, created_at, disabled_at)


def _accounts() -> "Select[*tuple[str, str, list[str], bytes, int, int | None]]":
    return select(
        AccountRow.id,
        AccountRow.name,
        AccountRow.roles,
        AccountRow.password_sealed,
        AccountRow.created_at,
        AccountRow.disabled_at,
    )


async def _insert(connection: AsyncConnection, account: Account) -> None:
    row = {
        "id": account.id,
        "name": account.name,
        "name_key": username_key(account.name),
        "password_sealed": account.password_sealed,
        "roles": sorted(account.roles),
        "created_at": account.created_at,
        "disabled_at": account.disabled_at,
    }
    try:
        await connection.execute(insert(AccountRow).values(row))
    except IntegrityError as error:
        raise NameTaken("Another account has this name.") from error


async def _holds(connection: AsyncConnection, role: str) -> bool:
    """Read in Python: roles are a list in one column, and this is asked at the start and at a claim alone."""
    held = await connection.execute(select(AccountRow.roles))
    return any(role in roles for roles in held.scalars())
