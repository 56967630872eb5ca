"""Making accounts: by anybody where registration is open, and once by the first administrator.

`open` tells a taken name from a free one, so names are public there; sign-in never does.
"""

from buckler.access.roles import Roles
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.errors import BucklerError
from buckler.events import EventLog
from buckler.identity.account_store import Account, AccountStore, NameTaken
from buckler.identity.first_administrator import FirstAdministratorCode
from buckler.identity.hashing import PasswordHashing
from buckler.identity.passwords import PasswordRules
from buckler.identity.settings import AccountsSettings
from buckler.input.usernames import shown_name
from buckler.ip_addresses import is_loopback
from buckler.randomness import identifier


class RegistrationClosed(BucklerError):
    """Nobody may make an account for himself here."""


class ClaimRefused(BucklerError):
    """The code is wrong or void, or it came from another machine. Nobody is told which."""


class Registration:
    """Makes accounts. `code` is what the first administrator needs, or None where there is one."""

    def __init__(
        self, settings: AccountsSettings, roles: Roles, store: AccountStore, hashing: PasswordHashing, clock: Clock,
        events: EventLog, code: FirstAdministratorCode | None,
    ) -> None:  # fmt: skip
        self._open = settings.registration == "open"
        self._administrator = settings.administrator
        self._new_roles = frozenset[str]() if roles.new is None else frozenset({roles.new})
        self._rules = PasswordRules(settings.application)
        self._store = store
        self._hashing = hashing
        self._clock = clock
        self._events = events
        self.code = code

    async def register(self, name: str, password: str, exchange: Exchange | None) -> Account:
        """A new account. Raises `RegistrationClosed`, `InvalidUsername`, `WeakPassword`, `NameTaken` or `Busy`."""
        if not self._open:
            raise RegistrationClosed("Registration is closed.")
        account = await self._draft(name, password, self._new_roles)
        await self._store.create(account)
        self._events.emit("user_created", exchange, account=account.id)
        return account

    async def claim(self, code: str, name: str, password: str, exchange: Exchange | None) -> Account:
        """The first administrator. Raises `ClaimRefused`, `InvalidUsername`, `WeakPassword`, `NameTaken` or `Busy`."""
        # Nothing but a loopback address will do: a proxy on a Unix socket may speak for the whole world.
        if self.code is None or exchange is None or not is_loopback(exchange.client):
            raise ClaimRefused("The code is not good here.")
        if not self.code.matches(code):
            raise ClaimRefused("The code is not good here.")
        account = await self._draft(name, password, self._new_roles | {self._administrator})
        made = await self._store.create_first(account, self._administrator)
        self.code.void()
        if not made:
            raise ClaimRefused("The code is not good here.")
        self._events.emit("user_created", exchange, account=account.id)
        self._events.emit("authz_admin", exchange, account=account.id, role=self._administrator, by="one-time claim")
        return account

    async def _draft(self, name: str, password: str, roles: frozenset[str]) -> Account:
        """The account that is to be kept. The cheap refusals come before the hash."""
        shown = shown_name(name)
        chosen = self._rules.judge(password, shown)
        if await self._store.find(shown) is not None:
            raise NameTaken("Another account has this name.")
        account_id = identifier()
        sealed = await self._hashing.hash(account_id, chosen)
        return Account(account_id, shown, roles, sealed, int(self._clock.now()))
