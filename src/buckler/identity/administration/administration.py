"""Administration of accounts: disable and enable, give and take roles, end sessions (ASVS 7.4.5, 8.2.1, 8.3.1, 8.3.2).

1. Nobody acts beyond his own rights: a role is given or taken, and an account touched, only by somebody who has
   every permission of that role, or of that account.
2. Nobody acts on himself: what one administrator does to another, a second one has seen.
3. The last enabled administrator stays one (`last_administrator.py`).
4. Whoever acts is looked at again in the transaction: rights that were taken a moment ago are not used once more.
5. A role that is taken ends every access token of the account, in the same transaction; its sessions go on, with
   less. A role that is given ends nothing. Whoever is disabled loses sessions and mailed codes as well.

Nobody sets somebody else's password, and no hash is read here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.access.declarations.roles import Roles
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.errors import BucklerError
from buckler.events.journal import Journal
from buckler.grants import covers_all
from buckler.identity.account_store import Account, AccountStore
from buckler.identity.administration.account_list import AccountList
from buckler.identity.administration.last_administrator import keep_an_administrator, wait_turn
from buckler.identity.sessions import session_store
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.principal import Principal
from buckler.storage.database import Database
from buckler.storage.database.tables import AccountRow, CodeRow


class AccountMissing(BucklerError):
    """There is no such account."""


class RoleRefused(BucklerError):
    """Whoever acts may not do this: it goes beyond his own rights, or it is about himself."""


class UnknownRole(BucklerError):
    """A role that this app does not have. The text says which there are."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts: an account with what it may use of its rights, or the operator at the machine."""

    id: str | None
    permissions: frozenset[str]
    version: int = 0

    @classmethod
    def of(cls, who: Principal) -> "Acting":
        """The caller of a request."""
        return cls(who.id, who.permissions, who.account_version)

    def covers(self, permissions: frozenset[str]) -> bool:
        """Whether none of these is beyond his own."""
        return covers_all(self.permissions, permissions)

    def __str__(self) -> str:
        return self.id or "operator"


OPERATOR: Final = Acting(None, frozenset({"*"}))
"""Whoever has a shell on the machine and the data folder."""


class Administration:
    """Changes accounts for somebody else than their owners. Each change is one transaction."""

    def __init__(
        self, roles: Roles, administrator: str, database: Database, revocations: RevocationFeed, clock: Clock,
        events: Journal,
    ) -> None:  # fmt: skip
        self._roles = roles
        self._administrator = administrator
        self._database = database
        self._store = AccountStore(database)
        self.accounts: Final = AccountList(database)
        self._revocations = revocations
        self._clock = clock
        self._events = events

    async def disable(self, acting: Acting, account_id: str, exchange: Exchange | None = None) -> None:
        """Nobody signs in with it any more, and nobody is. Raises `AccountMissing`, `RoleRefused`, `LastAdministrator`.

        One that is disabled already stays as it is.
        """
        async with self._database.writing() as connection:
            account = await self._target(connection, acting, account_id)
            if account.disabled_at is not None:
                return
            await self._keep_administrator(connection, account, account.roles)
            now = int(self._clock.now())
            await _change(connection, account_id, disabled_at=now)
            await connection.execute(delete(CodeRow).where(CodeRow.account_id == account_id))
            await self._end_sessions(connection, account_id, "disabled")
            self._note(connection, "user_updated", "disable", acting, account_id, exchange)
        await self._revocations.apply()

    async def enable(self, acting: Acting, account_id: str, exchange: Exchange | None = None) -> None:
        """It may sign in again; what was ended stays so. Raises `AccountMissing`, `RoleRefused`."""
        async with self._database.writing() as connection:
            account = await self._target(connection, acting, account_id)
            if account.disabled_at is None:
                return
            await _change(connection, account_id, disabled_at=None)
            self._note(connection, "user_updated", "enable", acting, account_id, exchange)

    async def end_sessions(self, acting: Acting, account_id: str, exchange: Exchange | None = None) -> int:
        """End every session and access token of it; how many sessions. Raises `AccountMissing`, `RoleRefused`."""
        async with self._database.writing() as connection:
            await self._target(connection, acting, account_id)
            ended = await self._end_sessions(connection, account_id, "administrator")
            self._note(connection, "authn_token_revoked", "end sessions", acting, account_id, exchange, sessions=ended)
        await self._revocations.apply()
        return ended

    async def set_roles(
        self, acting: Acting, account_id: str, roles: Collection[str], exchange: Exchange | None = None
    ) -> frozenset[str]:
        """Have the account hold exactly these. Raises as `change_roles` does."""
        return await self._change_roles(acting, account_id, lambda _: frozenset(roles), exchange)

    async def change_roles(
        self, acting: Acting, account_id: str, give: Collection[str], take: Collection[str],
        exchange: Exchange | None = None,
    ) -> frozenset[str]:  # fmt: skip
        """Give some and take some; the roles that it holds then.

        Raises `AccountMissing`, `UnknownRole`, `RoleRefused`, `LastAdministrator`.
        """
        return await self._change_roles(acting, account_id, lambda held: (held | {*give}) - {*take}, exchange)

    def judge(self, acting: Acting, roles: Collection[str]) -> None:
        """Whether somebody new may be given these. Raises `UnknownRole`, `RoleRefused`."""
        if any(role not in self._roles for role in roles):
            known = ", ".join(sorted(self._roles.names))
            raise UnknownRole(f"There is no such role. The roles are {known}." if known else "There are no roles here.")
        self._judge(acting, roles)

    async def _change_roles(
        self, acting: Acting, account_id: str, choose: Callable[[frozenset[str]], frozenset[str]],
        exchange: Exchange | None,
    ) -> frozenset[str]:  # fmt: skip
        async with self._database.writing() as connection:
            account = await self._target(connection, acting, account_id)
            held = choose(account.roles)
            given, taken = held - account.roles, account.roles - held
            self.judge(acting, given)
            self._judge(acting, taken)
            await self._keep_administrator(connection, account, taken)
            await _change(connection, account_id, roles=sorted(held))
            if taken:
                await self._revocations.outdate(connection, account_id)
            if given or taken:
                change = {"given": sorted(given), "taken": sorted(taken)}
                self._note(connection, "privilege_permissions_changed", "roles", acting, account_id, exchange, **change)
        await self._revocations.apply()
        return held

    def _judge(self, acting: Acting, roles: Collection[str]) -> None:
        if not acting.covers(self._roles.permissions(roles)):
            raise RoleRefused("A role has permissions that you do not have.")  # fail closed

    async def _target(self, connection: AsyncConnection, acting: Acting, account_id: str) -> Account:
        await wait_turn(connection)
        await self.look_again(connection, acting)
        account = await self._store.of_id(connection, account_id)
        if account is None:
            raise AccountMissing("There is no such account.")
        if account.id == acting.id:
            raise RoleRefused("This is your own account; another administrator has to do it.")
        self._judge(acting, account.roles)
        return account

    async def _keep_administrator(self, connection: AsyncConnection, account: Account, lost: frozenset[str]) -> None:
        if self._administrator in lost and account.disabled_at is None:
            await keep_an_administrator(connection, self._administrator, account.id)

    async def look_again(self, connection: AsyncConnection, acting: Acting) -> None:
        """Whether whoever acts still may, as this transaction sees it. Raises `RoleRefused`."""
        if acting.id is None:
            return
        present = await self._store.of_id(connection, acting.id)
        if present is None or present.disabled_at is not None or present.version != acting.version:
            # Fail closed: its rights changed while the request was under way.
            raise RoleRefused("Your own account changed; sign in again.")

    async def _end_sessions(self, connection: AsyncConnection, account_id: str, reason: str) -> int:
        await self._revocations.outdate(connection, account_id)
        now = int(self._clock.now())
        return await session_store.end_of_account(connection, account_id, reason, now, None)

    def _note(
        self, connection: AsyncConnection, name: str, action: str, acting: Acting, account_id: str,
        exchange: Exchange | None, **fields: object,
    ) -> None:  # fmt: skip
        about = {"account": account_id, "by": str(acting), "action": action}
        self._events.note(connection, name, exchange, **about, **fields)
        self._events.note(connection, "authz_admin", exchange, **about)


async def _change(connection: AsyncConnection, account_id: str, **values: Any) -> None:
    await connection.execute(update(AccountRow).where(AccountRow.id == account_id).values(values))
