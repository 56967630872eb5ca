"""Accounts as rows: how they are found, made and changed by their owners.

Whatever takes a `connection` is a step of its caller's transaction, so that a change and what follows
from it are kept together or not at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.errors import BucklerError
from buckler.identity.login_names import LoginNames, address_key, name_key
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow

_AT_ONCE: Final = 1000
"""Rows in one statement."""
NOBODY: Final = "nobody"
"""No account has this id: theirs are 32 hex digits."""


Note = Callable[[AsyncConnection], None]
"""Has the log keep something in the same transaction."""


def nothing(_connection: AsyncConnection) -> None:
    """There is nothing to note."""


class AccountChanged(BucklerError):
    """The account is not what it was when it proved who it is: it was disabled, or its credentials were replaced."""


class NameTaken(BucklerError):
    """Another account has this name or address, or one that looks the same."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in."""

    id: str
    name: str
    roles: frozenset[str]
    password_sealed: bytes = field(repr=False)
    created_at: int
    disabled_at: int | None = None
    email: str | None = None
    """Where mail goes; proved by a code, else None."""
    version: int = 1
    """Tokens that name a lower one are dead."""
    password_changed_at: int | None = None
    last_sign_in_at: int | None = None


_COLUMNS: Final = (
    AccountRow.id,
    AccountRow.name,
    AccountRow.roles,
    AccountRow.password_sealed,
    AccountRow.created_at,
    AccountRow.disabled_at,
    AccountRow.email,
    AccountRow.version,
    AccountRow.password_changed_at,
    AccountRow.last_sign_in_at,
)


def address_of(account: Account | None, names: LoginNames) -> str | None:
    """Where letters to the owner go: to the address that was proved, else to the one that is the name."""
    return None if account is None else account.email or names.address(account.name)


class AccountStore:
    """The accounts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, account: Account, note: Note = nothing) -> None:
        """Keep a new account. Raises `NameTaken`."""
        async with self._database.writing() as connection:
            await self.insert(connection, account)
            note(connection)

    async def create_first(self, account: Account, role: str, note: Note = nothing) -> bool:
        """Keep a new account unless somebody holds `role`; whether it did. Raises `NameTaken`.

        The look and the step are one transaction: of two at once, one finds the other's account.
        """
        async with self._database.writing() as connection:
            if await holders(connection, role):
                return False
            await self.insert(connection, account)
            note(connection)
            return True

    async def create_all(self, accounts: Sequence[Account], *, alike: bool, note: Note = nothing) -> None:
        """Keep all of them, or none. Raises `NameTaken`.

        `alike`: names are addresses, so what somebody signs in with is nobody else's address either.
        """
        rows = [_row_of(account) for account in accounts]
        names = {row["name_key"] for row in rows}
        addresses = {row["email_key"] for row in rows} - {None}
        async with self._database.writing() as connection:
            taken_names, taken_addresses = await self.keys(connection)
            if alike:
                taken_names = taken_addresses = taken_names | taken_addresses
            if taken_names & names or taken_addresses & addresses:
                raise NameTaken(
                    "Somebody took one of these names or addresses meanwhile; nothing is kept. Try once more."
                )
            for at in range(0, len(rows), _AT_ONCE):
                await connection.execute(insert(AccountRow), rows[at : at + _AT_ONCE])
            note(connection)

    async def keys(self, connection: AsyncConnection) -> tuple[set[str], set[str]]:
        """The keys of all names and of all addresses, as this transaction sees them."""
        rows = (await connection.execute(select(AccountRow.name_key, AccountRow.email_key))).all()
        return {name for name, _ in rows}, {address for _, address in rows if address is not None}

    async def anybody_holds(self, role: str) -> bool:
        """Whether any account has this role."""
        async with self._database.reading() as connection:
            return bool(await holders(connection, role))

    async def find(self, name: str) -> Account | None:
        """The account of this name, or of one that looks the same. Raises `InvalidName`."""
        key = name_key(name)
        async with self._database.reading() as connection:
            return await _one(connection, AccountRow.name_key == key)

    async def find_by_id(self, account_id: str) -> Account | None:
        """The account of this id."""
        async with self._database.reading() as connection:
            return await self.of_id(connection, account_id)

    async def replace_hash(self, account: Account, sealed: bytes, note: Note = nothing) -> None:
        """Put a newly made hash in the place of the one in `account`, unless it changed meanwhile."""
        unchanged = (AccountRow.id == account.id) & (AccountRow.password_sealed == account.password_sealed)
        async with self._database.writing() as connection:
            if await _change(connection, unchanged, {"password_sealed": sealed}):
                note(connection)

    async def of_id(self, connection: AsyncConnection, account_id: str) -> Account | None:
        """The account of this id, as this transaction sees it."""
        return await _one(connection, AccountRow.id == account_id)

    async def of_name(self, connection: AsyncConnection, name: str) -> Account | None:
        """The account of this name, as this transaction sees it. Raises `InvalidName`."""
        return await _one(connection, AccountRow.name_key == name_key(name))

    async def of_address(self, connection: AsyncConnection, address: str) -> Account | None:
        """The account that has proved this address, or one that looks the same. Raises `InvalidName`."""
        return await _one(connection, AccountRow.email_key == address_key(address))

    async def insert(self, connection: AsyncConnection, account: Account) -> None:
        """Keep a new account. Raises `NameTaken`."""
        try:
            await connection.execute(insert(AccountRow).values(_row_of(account)))
        except IntegrityError as error:
            raise NameTaken("Another account has this name.") from error

    async def set_password(self, connection: AsyncConnection, account: Account, sealed: bytes, now: int) -> bool:
        """Put another password in the place of the one in `account`; whether it was still that one."""
        unchanged = (AccountRow.id == account.id) & (AccountRow.password_sealed == account.password_sealed)
        return await _change(connection, unchanged, {"password_sealed": sealed, "password_changed_at": now})

    async def set_address(self, connection: AsyncConnection, account_id: str, address: str, *, names: bool) -> bool:
        """Keep a proved address; with `names` it is what the account signs in with too. Raises `NameTaken`."""
        key = address_key(address)
        named = {"name": address, "name_key": key} if names else {}
        try:
            return await _change(connection, AccountRow.id == account_id, {"email": address, "email_key": key, **named})
        except IntegrityError as error:
            raise NameTaken("Another account has this address.") from error

    async def count_failure(self, connection: AsyncConnection, account_id: str, most: int) -> bool:
        """Count a wrong password in a row, up to `most`; whether it was counted. The same work where nobody is."""
        fewer = (AccountRow.id == account_id) & (AccountRow.failures < most)
        return await _change(connection, fewer, {"failures": AccountRow.failures + 1})

    async def uncount_failure(self, connection: AsyncConnection, account_id: str) -> None:
        """Take one back: no password was hashed for it."""
        counted = (AccountRow.id == account_id) & (AccountRow.failures > 0)
        await _change(connection, counted, {"failures": AccountRow.failures - 1})

    async def forgive(self, connection: AsyncConnection, account_id: str) -> None:
        """No wrong password stands in a row any more."""
        await _change(connection, AccountRow.id == account_id, {"failures": 0})

    async def note_sign_in(self, connection: AsyncConnection, account_id: str, now: int) -> None:
        """Keep that somebody signed in: no wrong password stands in a row any more."""
        await _change(connection, AccountRow.id == account_id, {"failures": 0, "last_sign_in_at": now})

    async def delete(self, connection: AsyncConnection, account_id: str) -> bool:
        """Take the account away, with every row that hangs on it; whether there was one."""
        gone = await connection.execute(delete(AccountRow).where(AccountRow.id == account_id))
        return cast("CursorResult[Any]", gone).rowcount == 1


async def holders(connection: AsyncConnection, role: str, *, enabled: bool = False) -> list[str]:
    """The ids of the accounts that have this role; `enabled`: only of those that may sign in.

    Read in Python: roles are a list in one column, and this is asked at the start and at rare changes alone.
    """
    query = select(AccountRow.id, AccountRow.roles)
    rows = await connection.execute(query.where(AccountRow.disabled_at.is_(None)) if enabled else query)
    return [account_id for account_id, roles in rows if role in roles]


async def _one(connection: AsyncConnection, which: ColumnElement[bool]) -> Account | None:
    row = (await connection.execute(select(*_COLUMNS).where(which))).one_or_none()
    if row is None:
        return None
    (account_id, name, roles, sealed, created_at, disabled_at, email, version, changed_at, signed_in_at) = row
    return Account(
        account_id, name, frozenset(roles), sealed, created_at, disabled_at, email, version, changed_at, signed_in_at
    )


async def _change(connection: AsyncConnection, which: ColumnElement[bool], values: Mapping[str, Any]) -> bool:
    changed = await connection.execute(update(AccountRow).where(which).values(dict(values)))
    return cast("CursorResult[Any]", changed).rowcount == 1


def _row_of(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "name_key": name_key(account.name),
        "email": account.email,
        "email_key": None if account.email is None else address_key(account.email),
        "password_sealed": account.password_sealed,
        "password_changed_at": account.password_changed_at,
        "roles": sorted(account.roles),
        "version": account.version,
        "created_at": account.created_at,
        "last_sign_in_at": account.last_sign_in_at,
        "disabled_at": account.disabled_at,
    }
