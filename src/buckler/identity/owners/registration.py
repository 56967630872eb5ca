"""Making accounts: by anybody where registration is open, and once by the first administrator.

`open` tells a taken name from a free one, so names are public there; sign-in never does.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.access.declarations.roles import Roles
from buckler.asgi import Exchange
from buckler.errors import BucklerError
from buckler.identity.account_store import Account, NameTaken
from buckler.identity.administration.first_administrator import FirstAdministratorCode
from buckler.identity.owners.desk import Desk
from buckler.identity.settings import AccountsSettings
from buckler.ip_addresses import is_loopback
from buckler.randomness import identifier

_FORWARDING: Final = frozenset(
    (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip")
)
"""What proxies add. One that adds nothing at all is taken for its client: nothing tells them apart."""


class RegistrationClosed(BucklerError):
    """Nobody may make an account for himself here."""


class ClaimRefused(BucklerError):
    """The code is wrong or void, or it came from another machine. Nobody is told which."""


class Registration:
    """Makes accounts. `code` is what the first administrator needs, or None where there is one."""

    def __init__(
        self, settings: AccountsSettings, roles: Roles, desk: Desk, code: FirstAdministratorCode | None
    ) -> None:
        self._open = settings.registration == "open"
        self._administrator = settings.administrator
        self._new_roles = frozenset[str]() if roles.new is None else frozenset({roles.new})
        self._desk = desk
        self.code = code

    async def register(self, name: str, password: str, exchange: Exchange | None) -> Account:
        """A new account. Raises `RegistrationClosed`, `InvalidName`, `WeakPassword`, `NameTaken` or `Busy`."""
        if not self._open:
            raise RegistrationClosed("Registration is closed.")
        account = await self._draft(name, password, self._new_roles)
        await self._desk.store.create(
            account, lambda connection: self._desk.events.note(connection, "user_created", exchange, account=account.id)
        )
        return account

    async def claim(self, code: str, name: str, password: str, exchange: Exchange | None) -> Account:
        """The first administrator. Raises `ClaimRefused`, `InvalidName`, `WeakPassword`, `NameTaken` or `Busy`."""
        if self.code is None or not _sits_here(exchange):
            raise ClaimRefused("The code is not good here.")
        if not self.code.matches(code):
            raise ClaimRefused("The code is not good here.")
        if await self._desk.store.anybody_holds(self._administrator):
            # Fail closed: another process, or the operator, made one; this code is void before anything is hashed.
            self.code.void()
            raise ClaimRefused("The code is not good here.")
        account = await self._draft(name, password, self._new_roles | {self._administrator})

        def note(connection: AsyncConnection) -> None:
            self._desk.events.note(connection, "user_created", exchange, account=account.id)
            about = {"account": account.id, "role": self._administrator, "by": "one-time claim"}
            self._desk.events.note(connection, "authz_admin", exchange, **about)

        made = await self._desk.store.create_first(account, self._administrator, note)
        self.code.void()
        if not made:
            raise ClaimRefused("The code is not good here.")
        return account

    def judge(self, name: str, password: str) -> None:
        """What can be told of a new account before anything is looked up. Raises `InvalidName` or `WeakPassword`."""
        self._desk.passwords.judge(self._desk.names.shown(name), password)

    async def has_first(self, exchange: Exchange | None) -> bool:
        """Whether somebody administrates, as told to whoever sits at this machine; to everybody else: no."""
        if not _sits_here(exchange):
            return False
        return await self._desk.store.anybody_holds(self._administrator)

    async def awaits_first(self, exchange: Exchange | None) -> bool:
        """Whether somebody at this machine, who alone could, may still become the first administrator.

        Everybody else is told no: whether there is one is not theirs to know.
        """
        if self.code is None or self.code.text is None or not _sits_here(exchange):
            return False
        return not await self._desk.store.anybody_holds(self._administrator)

    async def _is_taken(self, shown: str) -> bool:
        """Whether an account has this name, or has proved it as its address."""
        if self._desk.names.identifier != "email":
            return await self._desk.store.find(shown) is not None
        async with self._desk.database.reading() as connection:
            return await self._desk.find(connection, shown) is not None

    async def _draft(self, name: str, password: str, roles: frozenset[str]) -> Account:
        """The account that is to be kept. The cheap refusals come before the hash."""
        shown, account_id = self._desk.names.shown(name), identifier()
        self._desk.passwords.judge(shown, password)
        if await self._is_taken(shown):
            raise NameTaken("Another account has this name.")
        sealed = await self._desk.passwords.seal(account_id, shown, password)
        return Account(account_id, shown, roles, sealed, int(self._desk.clock.now()))


def _sits_here(exchange: Exchange | None) -> bool:
    """Whether somebody at this machine asks, and nobody through a proxy on it: whoever that is, it says so itself.

    Nothing but a loopback address will do: a proxy on a Unix socket may speak for the whole world. One that was named
    (`BUCKLER_BEHIND`) is not asked either: whoever sits here needs none.
    """
    return exchange is not None and is_loopback(exchange.client) and _FORWARDING.isdisjoint(exchange.headers)
