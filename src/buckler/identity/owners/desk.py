"""What everything needs that somebody does with an account of his own, or to have one."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.clock import Clock
from buckler.events.journal import Journal
from buckler.identity.account_store import Account, AccountStore, address_of
from buckler.identity.login_names import InvalidName, LoginNames
from buckler.identity.mail.post import Post
from buckler.identity.passwords.new_passwords import NewPasswords
from buckler.storage.database import Database


@dataclass(frozen=True, slots=True)
class Desk:
    """The rows, the rules for names and passwords, the post, and the log."""

    database: Database
    store: AccountStore
    names: LoginNames
    passwords: NewPasswords
    post: Post
    clock: Clock
    events: Journal

    def address(self, account: Account | None) -> str | None:
        """Where letters to the owner go."""
        return address_of(account, self.names)

    async def find(self, connection: AsyncConnection, name: str) -> Account | None:
        """The account that has proved this address, or of this name. None for what can be neither.

        Proved comes first: a username may look like an address that is somebody else's.
        """
        try:
            proved = await self.store.of_address(connection, name) if "@" in name else None
        except InvalidName:
            proved = None
        try:
            return proved or await self.store.of_name(connection, name)
        except InvalidName:
            return None
