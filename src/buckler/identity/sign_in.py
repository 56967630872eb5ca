"""Sign-in with name and password (ASVS 6.3.8).

1. Every failure is the same to whoever asks: unknown name, wrong password, disabled account,
   broken seal. What it was stands in the event alone.
2. Every failure costs one comparison of hashes; for an unknown name the decoy is compared.
3. A name that has no account is written down as a keyed digest: people type passwords there.
4. A hash weaker than the profile is made anew when the right password is at hand.
"""

from typing import Literal

from buckler.asgi import Exchange
from buckler.errors import BucklerError
from buckler.events import EventLog
from buckler.identity.account_store import Account, AccountStore
from buckler.identity.decoy import Decoy
from buckler.identity.hashing import PasswordHashing, WrongPassword
from buckler.identity.shedding import Busy
from buckler.input.usernames import InvalidUsername
from buckler.tokens.vault import SealBroken, Vault

Reason = Literal["unknown", "password", "disabled", "seal"]


class SignInFailed(BucklerError):
    """Name and password are not good together. Nobody is told which."""


class SignIn:
    """Tells who it is from a name and a password."""

    def __init__(
        self, store: AccountStore, hashing: PasswordHashing, decoy: Decoy | None, vault: Vault, events: EventLog
    ) -> None:
        self._store = store
        self._hashing = hashing
        self._decoy = decoy
        self._vault = vault
        self._events = events

    async def check(self, name: str, password: str, exchange: Exchange | None) -> Account:
        """The account. Raises `SignInFailed`, or `Busy` before any work."""
        account = await self._find(name)
        if account is None:
            await self._pretend(password)
            raise self._failure("unknown", exchange, name_digest=self._digest(name))
        try:
            weaker = await self._hashing.verify(account.id, account.password_sealed, password)
        except WrongPassword:
            raise self._failure("password", exchange, account=account.id) from None
        except SealBroken:
            await self._pretend(password)
            raise self._failure("seal", exchange, account=account.id) from None
        if account.disabled_at is not None:
            raise self._failure("disabled", exchange, account=account.id)
        if weaker:
            await self._rehash(account, password)
        return account

    def note_success(self, account: Account, exchange: Exchange | None) -> None:
        """Write down that the sign-in is complete."""
        self._events.emit("authn_login_success", exchange, account=account.id)

    async def _find(self, name: str) -> Account | None:
        try:
            return await self._store.find(name)
        except InvalidUsername:
            return None

    async def _pretend(self, password: str) -> None:
        """Do the work that an account would have cost."""
        if self._decoy is None:
            return
        try:
            await self._hashing.verify(*self._decoy.stand_in(), password)
        except WrongPassword:
            return

    async def _rehash(self, account: Account, password: str) -> None:
        try:
            sealed = await self._hashing.hash(account.id, password)
        except Busy:
            return  # the next sign-in will do it
        await self._store.replace_hash(account, sealed)

    def _failure(self, reason: Reason, exchange: Exchange | None, **fields: object) -> SignInFailed:
        self._events.emit("authn_login_fail", exchange, reason=reason, **fields)
        return SignInFailed("Name or password is wrong.")

    def _digest(self, name: str) -> str:
        return self._vault.mac("unknown name", name.encode("utf-8", "replace")).hex()[:32]
