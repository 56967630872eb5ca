"""What is kept about a person: shown to it whole, and erased when it says so (ASVS 14.2.7; GDPR articles 15, 17, 20).

1. The export has everything that an account's rows say about its owner, also of sessions that are over and of the
   log, and nothing that opens anything: no hash, no digest, no code.
2. Erasing needs the password, and the account as it was when that was shown. It takes the account with its
   sessions, devices and codes in one transaction, and every token of it is dead from then on. The last
   administrator stays.
3. The log keeps its events for a month more, with addresses of clients, and then only the line that says so
   (`events/journal/retention.py`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.asgi import Exchange
from buckler.events.journal.of_account import KeptAbout, kept_about
from buckler.identity.account_store import Account, AccountChanged
from buckler.identity.administration.last_administrator import keep_an_administrator, wait_turn
from buckler.identity.owners.desk import Desk
from buckler.identity.owners.endings import Endings
from buckler.identity.owners.own_password import OwnPassword
from buckler.identity.sessions import session_store
from buckler.identity.sessions.sessions import Session
from buckler.storage.database.tables import DeviceRow


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device as its owner sees it. Times are seconds since 1970-01-01 UTC."""

    id: str
    created_at: int
    last_used_at: int
    agent: str


@dataclass(frozen=True, slots=True)
class KeptSession(Session):
    """A session of which there is still a row. `ended_at` is None for one that nobody ended."""

    ended_at: int | None


_SHOWN: Final = tuple(each.name for each in fields(KeptSession))


@dataclass(frozen=True, slots=True)
class Everything:
    """All that is kept about one person."""

    account: Account
    sessions: Sequence[KeptSession]
    devices: Sequence[KnownDevice]
    events: Sequence[KeptAbout]


class PersonalData:
    """Shows and erases accounts for their owners."""

    def __init__(self, desk: Desk, own: OwnPassword, endings: Endings, administrator: str) -> None:
        self._desk = desk
        self._own = own
        self._endings = endings
        self._administrator = administrator

    async def everything(self, account_id: str) -> Everything | None:
        """All that is kept about the owner of this account, or None where there is none."""
        account = await self._desk.store.find_by_id(account_id)
        if account is None:
            return None
        async with self._desk.database.reading() as connection:
            devices = await _devices(connection, account_id)
            sessions = await session_store.kept(connection, account_id)
            events = await kept_about(connection, self._desk.events.key, account_id)
        kept = [KeptSession(*(getattr(each, name) for name in _SHOWN)) for each in sessions]
        return Everything(account, kept, devices, events)

    async def devices(self, account_id: str) -> Sequence[KnownDevice]:
        """The devices that the account knows, the newest first."""
        async with self._desk.database.reading() as connection:
            return await _devices(connection, account_id)

    async def forget_devices(self, account_id: str, exchange: Exchange | None) -> None:
        """Know none of the devices any more. Sessions go on."""
        async with self._desk.database.writing() as connection:
            await self._endings.forget_devices(connection, account_id)
            about = {"account": account_id, "by": account_id, "action": "devices"}
            self._desk.events.note(connection, "user_updated", exchange, **about)

    async def latest(self, account_id: str, names: Collection[str], most: int) -> Sequence[KeptAbout]:
        """The newest events of these names about an account, no more than `most`."""
        async with self._desk.database.reading() as connection:
            return await kept_about(connection, self._desk.events.key, account_id, names=names, most=most)

    async def erase(
        self, account_id: str, password: str, exchange: Exchange | None, version: int | None = None
    ) -> None:
        """Take the account away. Raises `PasswordRefused`, `AccountChanged`, `LastAdministrator` or `Busy`."""
        proved = await self._own.prove(account_id, password, exchange, version)
        async with self._desk.database.writing() as connection:
            await wait_turn(connection)
            account = await self._desk.store.of_id(connection, account_id)
            if account is None or account.version != proved.version:
                # Fail closed: its owner came back with another password meanwhile, or it was disabled.
                raise AccountChanged("The account changed.")
            if self._administrator in account.roles:
                await keep_an_administrator(connection, self._administrator, account_id)
            await self._endings.end(connection, account, "erased", exchange)
            await self._endings.forget(connection, account)
            await self._desk.store.delete(connection, account_id)
            self._desk.events.note(connection, "user_deleted", exchange, account=account_id, by=account_id)
        await self._endings.apply()


async def _devices(connection: AsyncConnection, account_id: str) -> list[KnownDevice]:
    row = DeviceRow
    query = select(row.id, row.created_at, row.last_used_at, row.agent).where(row.account_id == account_id)
    found = (await connection.execute(query.order_by(row.created_at.desc(), row.id))).all()
    return [KnownDevice(*each) for each in found]
