"""The address of whoever is signed in: another one is taken once a code that was mailed to it comes back.

1. Asking needs the password, as everything that would let a thief stay does.
2. Whoever asks hears the same for a free and for a taken address; nothing goes to one that is taken.
3. The old address is told, and every token ends that names the old one. Sessions go on.
4. Codes that were mailed to the old address end: a reset must not come from there any more.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.asgi import Exchange
from buckler.identity.account_store import Account
from buckler.identity.login_names import shown_address
from buckler.identity.owners.desk import Desk
from buckler.identity.owners.own_password import OwnPassword
from buckler.identity.sessions.revocation_feed import RevocationFeed

_ADDRESS: Final = "address"


class OwnAddress:
    """Proves another address, and takes it."""

    def __init__(self, desk: Desk, own: OwnPassword, revocations: RevocationFeed) -> None:
        self._desk = desk
        self._own = own
        self._revocations = revocations
        self._names = desk.names.identifier == "email"
        """Whether the address is what one signs in with, too."""

    async def ask(
        self, account_id: str, password: str, address: str, exchange: Exchange | None, version: int | None = None
    ) -> None:
        """Mail a code to another address. Raises `InvalidName`, `PasswordRefused`, `AccountChanged`, `Busy`."""
        shown = shown_address(address)
        account = await self._own.prove(account_id, password, exchange, version)

        async def write(connection: AsyncConnection) -> None:
            await self._write(connection, account, shown)

        self._desk.post.soon(write)

    async def confirm(self, account_id: str, code: str, exchange: Exchange | None) -> str:
        """The address that the account has from now on. Raises `CodeRefused`, `NameTaken`."""
        async with self._desk.database.writing() as connection:
            used = await self._desk.post.codes.use(connection, _ADDRESS, code, account_id=account_id)
            before, address = await self._desk.store.of_id(connection, account_id), str(used.payload["address"])
            await self._desk.store.set_address(connection, account_id, address, names=self._names)
            await self._desk.post.codes.end(connection, account_id)
            await self._revocations.outdate(connection, account_id)
            await self._tell(connection, before, address)
            about = {"account": account_id, "by": account_id, "action": "address"}
            self._desk.events.note(connection, "user_updated", exchange, **about)
        await self._revocations.apply()
        return address

    async def _write(self, connection: AsyncConnection, account: Account, address: str) -> None:
        present = await self._desk.store.of_id(connection, account.id)
        if present is None or present.version != account.version:
            return  # fail closed: whoever asked with the password of before is out by now
        if await self._is_taken(connection, address, account.id):
            return
        letters = self._desk.post.letters
        await self._desk.post.send_new(
            connection, _ADDRESS, lambda code: letters.change_address(address, code), account_id=account.id,
            payload={"address": address},
        )  # fmt: skip

    async def _is_taken(self, connection: AsyncConnection, address: str, account_id: str) -> bool:
        """Whether another account has it. A username that looks like an address takes none."""
        find = self._desk.find if self._names else self._desk.store.of_address
        taken = await find(connection, address)
        return taken is not None and taken.id != account_id

    async def _tell(self, connection: AsyncConnection, before: Account | None, address: str) -> None:
        """The old address is told, unless it is the new one, which has just been proved."""
        old = self._desk.address(before)
        if old is not None and self._desk.names.key(old) != self._desk.names.key(address):
            await self._desk.post.postbox.put(connection, self._desk.post.letters.address_changed(old))
