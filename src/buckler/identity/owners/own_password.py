"""The password of whoever is signed in: shown again before what matters, and changed (ASVS 6.2.2, 6.2.3, 7.5.1).

1. A token alone changes nothing that would let a thief stay: password, address and the account itself need the
   password once more. How often it may be tried stands at the routes.
2. With a new password every session ends, and every token; the one who changed it gets a new session.
3. The owner is told by mail, and so is a thief's victim.
4. Whoever shows it comes with a token of some `version` of the account. Where that has been outdated meanwhile, as by
   a logout everywhere while the request was on its way, nothing is proved, whatever the password.
"""

from dataclasses import replace

from buckler.asgi import Exchange
from buckler.errors import BucklerError
from buckler.identity.account_store import Account, AccountChanged
from buckler.identity.owners.desk import Desk
from buckler.identity.owners.endings import Endings
from buckler.identity.passwords.foreign_hash import HashRefused
from buckler.identity.passwords.hashing import PasswordHashing, WrongPassword
from buckler.identity.passwords.rules import WeakPassword, normalise
from buckler.tokens.vault import SealBroken


class PasswordRefused(BucklerError):
    """The password that somebody who is signed in showed is not that of the account."""


class OwnPassword:
    """Takes the password of a caller's own account, and replaces it."""

    def __init__(self, desk: Desk, hashing: PasswordHashing, endings: Endings) -> None:
        self._desk = desk
        self._hashing = hashing
        self._endings = endings

    async def prove(
        self, account_id: str, password: str, exchange: Exchange | None, version: int | None = None
    ) -> Account:
        """The account, where this is its password. Raises `PasswordRefused`, `AccountChanged` or `Busy`.

        `version` is that of the caller's token; None where no token is behind it.
        """
        account = await self._desk.store.find_by_id(account_id)
        if account is None or account.disabled_at is not None:
            raise PasswordRefused("There is no such account.")  # fail closed: it ended under way, or is not ours
        if version not in (None, account.version):
            raise AccountChanged("The token was ended meanwhile.")  # fail closed, and without a hash
        try:
            await self._hashing.verify(account.id, account.password_sealed, password)
        except (WrongPassword, SealBroken, HashRefused) as error:
            self._desk.events.soon("authn_login_fail", exchange, account=account.id, reason="own password")
            raise PasswordRefused("The password is wrong.") from error
        return account

    async def change(
        self, account_id: str, current: str, new: str, exchange: Exchange | None, version: int | None = None
    ) -> Account:
        """Replace it; the account as it is then. Raises `PasswordRefused`, `WeakPassword`, `AccountChanged`, `Busy`."""
        account = await self.prove(account_id, current, exchange, version)
        if normalise(new) == normalise(current):
            # Whoever is told that it was changed would think the old one dead, in whosever hands it is.
            raise WeakPassword("This is the password that the account has already. Choose another one.")
        sealed, now = await self._desk.passwords.seal(account.id, account.name, new), int(self._desk.clock.now())
        async with self._desk.database.writing() as connection:
            if not await self._desk.store.set_password(connection, account, sealed, now):
                raise AccountChanged("The password has been changed meanwhile.")
            await self._endings.end(connection, account, "password changed", exchange)
            address = self._desk.address(account)
            if address is not None:
                await self._desk.post.postbox.put(connection, self._desk.post.letters.password_changed(address))
            present = await self._desk.store.of_id(connection, account.id)
            self._desk.events.note(connection, "authn_password_change", exchange, account=account.id, way="own")
        await self._endings.apply()
        return present or replace(account, password_sealed=sealed)
