"""An account that somebody makes for somebody else, at the machine itself: `buckler users add`.

The name and the password are judged as at registration. The operator vouches for the address, so mail goes there.
Where names are addresses both are of one kind: what somebody signs in with is nobody else's address, nor the reverse.
"""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.events.journal import Journal
from buckler.identity.account_store import Account, AccountStore, NameTaken
from buckler.identity.administration.administration import OPERATOR, Administration
from buckler.identity.login_names import LoginNames, shown_address
from buckler.identity.passwords.hashing import PasswordHashing
from buckler.identity.passwords.rules import PasswordRules
from buckler.identity.settings import AccountsSettings
from buckler.randomness import identifier
from buckler.storage.database import Database


class Adding:
    """Makes accounts, whatever the mode of registration."""

    def __init__(
        self, settings: AccountsSettings, administration: Administration, database: Database,
        hashing: PasswordHashing, clock: Clock, events: Journal,
    ) -> None:  # fmt: skip
        self._administrator = settings.administrator
        self._names = LoginNames(settings.identifier)
        self._rules = PasswordRules(settings.application)
        self._administration = administration
        self._database = database
        self._store = AccountStore(database)
        self._hashing = hashing
        self._clock = clock
        self._events = events

    async def judge(self, name: str, email: str | None, roles: Collection[str]) -> tuple[str, str | None]:
        """What is said before a password is asked for; name and address as they are kept.

        Raises `InvalidName`, `UnknownRole`, `NameTaken`.
        """
        self._administration.judge(OPERATOR, roles)
        shown = self._names.shown(name)
        address = self._names.address(shown) if email is None else shown_address(email)
        await self._check_free(shown, address)
        return shown, address

    async def add(self, name: str, email: str | None, password: str, roles: Collection[str]) -> Account:
        """A new account. Raises `InvalidName`, `UnknownRole`, `NameTaken`, `WeakPassword`."""
        shown, address = await self.judge(name, email, roles)
        chosen = self._rules.judge(password, shown)
        account_id, now = identifier(), int(self._clock.now())
        sealed = await self._hashing.hash(account_id, chosen)
        account = Account(account_id, shown, frozenset(roles), sealed, now, None, address, password_changed_at=now)
        await self._store.create(account, lambda connection: self._note(connection, account))
        return account

    def _note(self, connection: AsyncConnection, account: Account) -> None:
        about = {"account": account.id, "by": str(OPERATOR)}
        self._events.note(connection, "user_created", None, **about, roles=sorted(account.roles))
        if self._administrator in account.roles:
            self._events.note(connection, "authz_admin", None, **about, role=self._administrator)

    async def _check_free(self, name: str, address: str | None) -> None:
        of_name, of_address = self._store.of_name, self._store.of_address
        alike = self._names.identifier == "email"
        async with self._database.reading() as connection:
            if await of_name(connection, name) or (alike and await of_address(connection, name)):
                raise NameTaken("Another account has this name, or one that looks the same.")
            if address is None:
                return
            if await of_address(connection, address) or (alike and await of_name(connection, address)):
                raise NameTaken("Another account has this address, or one that looks the same.")
