"""Accounts as whoever administrates sees them: no password, not even its hash, is read for it (ASVS 14.2.6)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select

from buckler.identity.login_names import InvalidName, name_key
from buckler.input.query.filters import Filters
from buckler.input.query.pages import Page, PageQuery, Pages
from buckler.input.query.sorting import Sorting
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow

LISTING: Final = Sorting(
    {"name": AccountRow.name_key, "created_at": AccountRow.created_at}, default="name", tie=AccountRow.id
)
LISTED: Final = Pages(LISTING, Filters({"name": (AccountRow.name, "starts_with")}))
"""How the list may be asked for."""


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account without its secrets. Times are seconds since 1970-01-01 UTC."""

    id: str
    name: str
    email: str | None
    roles: list[str]
    created_at: int
    last_sign_in_at: int | None
    disabled_at: int | None


class AccountList:
    """Looks accounts up for whoever administrates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, asked: PageQuery) -> Page[ListedAccount]:
        """Those that were asked for."""
        async with self._database.reading() as connection:
            return asked.page(await connection.execute(asked.narrow(_shown())), ListedAccount)

    async def find(self, account_id: str) -> ListedAccount | None:
        """One, or None."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_shown().where(AccountRow.id == account_id))).one_or_none()
        return None if row is None else ListedAccount(*row)

    async def named(self, text: str) -> ListedAccount | None:
        """The account of this name, or of one that looks the same, or of this id; None where there is none."""
        try:
            key = name_key(text)
        except InvalidName:
            key = ""
        async with self._database.reading() as connection:
            which = (AccountRow.name_key == key) | (AccountRow.id == text)
            row = (await connection.execute(_shown().where(which).limit(1))).one_or_none()
        return None if row is None else ListedAccount(*row)

    async def names(self, account_ids: Collection[str]) -> dict[str, str]:
        """The name of each of these accounts that there is."""
        async with self._database.reading() as connection:
            query = select(AccountRow.id, AccountRow.name).where(AccountRow.id.in_(account_ids))
            return {row.id: row.name for row in (await connection.execute(query)).all()}

    async def everybody(self) -> list[ListedAccount]:
        """All of them by name: for the operator's own terminal."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_shown().order_by(AccountRow.name_key))
            return [ListedAccount(*row) for row in rows]


def _shown() -> "Select[*tuple[Any, ...]]":
    return select(
        AccountRow.id,
        AccountRow.name,
        AccountRow.email,
        AccountRow.roles,
        AccountRow.created_at,
        AccountRow.last_sign_in_at,
        AccountRow.disabled_at,
    )
