"""Coming back without the password: a code by mail, and a new password with it (ASVS 6.4.3, 6.4.4, 6.3.8).

1. Whoever asks hears one answer, in the same time, whether the name has an account or not. The code goes to the
   address that the account has kept, never to one from the request.
2. With the code a new password is chosen, and everything from before ends: sessions, tokens, codes, known
   devices. Whoever came first to an account with somebody else's address is out.
3. Nobody is signed in by it: the new password has to be used.
4. The owner is told by mail. A disabled account gets no code, and its old ones are gone.

What it is worth: as much as the mailbox. It stands for the password and never for a second factor.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.asgi import Exchange
from buckler.identity.account_store import Account
from buckler.identity.mail.codes import CodeRefused
from buckler.identity.owners.desk import Desk
from buckler.identity.owners.endings import Endings

_RESET: Final = "reset"


class Recovery:
    """Mails codes for a new password, and takes them."""

    def __init__(self, desk: Desk, endings: Endings) -> None:
        self._desk = desk
        self._endings = endings

    def ask(self, name: str) -> None:
        """Somebody has forgotten the password for this name, or address. Raises `Busy`."""

        async def write(connection: AsyncConnection) -> None:
            await self._write(connection, name)

        self._desk.post.soon(write)

    async def confirm(self, code: str, password: str, exchange: Exchange | None) -> None:
        """Have the password replaced. Raises `CodeRefused`, `WeakPassword` or `Busy`; a weak one uses no code up."""
        account = await self._owner_of(code)
        sealed, now = await self._desk.passwords.seal(account.id, account.name, password), int(self._desk.clock.now())
        async with self._desk.database.writing() as connection:
            await self._desk.post.codes.use(connection, _RESET, code, account_id=account.id)
            if not await self._desk.store.set_password(connection, account, sealed, now):
                raise CodeRefused("The password has been changed meanwhile.")
            await self._endings.end(connection, account, "recovered", exchange)
            await self._endings.forget(connection, account)
            await self._desk.store.forgive(connection, account.id)
            await self._keep_address(connection, account)
            await self._tell(connection, account)
            self._desk.events.note(connection, "authn_password_change", exchange, account=account.id, way="recovery")
        await self._endings.apply()

    async def _owner_of(self, code: str) -> Account:
        async with self._desk.database.reading() as connection:
            found = await self._desk.post.codes.look(connection, _RESET, code)
            account = await self._desk.store.of_id(connection, found.account_id or "")
        if account is None or account.disabled_at is not None:
            raise CodeRefused("Its account is gone or disabled.")  # fail closed
        return account

    async def _write(self, connection: AsyncConnection, name: str) -> None:
        account = await self._desk.find(connection, name)
        address = self._desk.address(account)
        post = self._desk.post
        if account is None or address is None or account.disabled_at is not None:
            # The same rows for nobody: what waits behind this transaction waits as long. The code is seen by no one.
            await post.keep_busy(connection, _RESET, post.codes.subject(name))
            return
        await post.send(connection, _RESET, lambda code: post.letters.reset(address, code), account_id=account.id)

    async def _keep_address(self, connection: AsyncConnection, account: Account) -> None:
        """The code came to the address that names the account: it is proved now, unless another one proved it."""
        address = self._desk.names.address(account.name)
        if account.email is not None or address is None:
            return
        if await self._desk.store.of_address(connection, address) is None:
            await self._desk.store.set_address(connection, account.id, address, names=False)

    async def _tell(self, connection: AsyncConnection, account: Account) -> None:
        address = self._desk.address(account)
        if address is not None:
            await self._desk.post.postbox.put(connection, self._desk.post.letters.password_changed(address))
