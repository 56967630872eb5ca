"""Sign-in with name and password (ASVS 6.3.1, 6.3.8).

1. Who may try at all is said before any work (`attempts.py`).
2. Every failure is the same to whoever asks: unknown name, wrong password, disabled account,
   broken seal. What it was stands in the event alone.
3. Every failure costs one comparison of hashes; for an unknown name the decoy is compared.
4. A name that has no account is written down as a keyed digest: people type passwords there.
5. A hash weaker than the profile, or of another system, is made anew when the right password is at hand; whatever
   the rules say of it today, its owner comes in.

How somebody proved who it is stays `pwd` (RFC 8176), also where a mailed code was demanded: whoever reads
the mail is no second factor (ASVS 6.3.6).
"""

from dataclasses import dataclass
from typing import Literal

from buckler.asgi import Exchange
from buckler.errors import BucklerError
from buckler.events.journal import Journal
from buckler.identity.account_store import Account, AccountStore
from buckler.identity.passwords.foreign_hash import HashRefused
from buckler.identity.passwords.hashing import PasswordHashing, WrongPassword
from buckler.identity.passwords.shedding import Busy
from buckler.identity.sign_in.attempts import Attempt, Attempts
from buckler.identity.sign_in.decoy import Decoy
from buckler.identity.sign_in.devices import Device
from buckler.tokens.vault import SealBroken, Vault

Reason = Literal["unknown", "password", "disabled", "seal", "hash", "exhausted"]


class SignInFailed(BucklerError):
    """Name and password are not good together. Nobody is told which."""


@dataclass(frozen=True, slots=True)
class Proved:
    """Somebody who has shown that it is the owner of `account`."""

    account: Account
    attempt: Attempt


class SignIn:
    """Tells who it is from a name and a password."""

    def __init__(
        self,
        attempts: Attempts,
        store: AccountStore,
        hashing: PasswordHashing,
        decoy: Decoy | None,
        vault: Vault,
        events: Journal,
    ) -> None:
        self._attempts = attempts
        self._store = store
        self._hashing = hashing
        self._decoy = decoy
        self._vault = vault
        self._events = events

    async def check(
        self, name: str, password: str, exchange: Exchange | None, *, device: str | None = None, code: str | None = None
    ) -> Proved:
        """The account, and how it came in. `complete` is to follow.

        Raises `Throttled`, `CodeRequired` or `Busy` before any hashing, and `SignInFailed` after it.
        """
        # What is shed must not count as a failure, so it is shed before anything is counted.
        token = self._attempts.genuine(device, exchange)
        with self._hashing.door(known=token is not None):
            attempt = await self._attempts.begin(name, token, code, exchange)
        try:
            account = await self._compare(attempt, password, exchange)
        except SignInFailed:
            self._attempts.fail(attempt)
            raise
        except Busy:
            await self._attempts.forgive(attempt)
            raise
        return Proved(account, attempt)

    async def complete(self, proved: Proved, exchange: Exchange | None) -> Device | None:
        """Keep that somebody signed in: the device that is known from now on."""
        return await self._attempts.complete(proved.attempt, proved.account, exchange)

    def refuse_scope(self, account: Account, exchange: Exchange | None) -> None:
        """Nothing comes of it, as the account has nothing of that scope; yet somebody showed its password."""
        self._events.soon("authn_login_fail", exchange, account=account.id, reason="scope")

    async def _compare(self, attempt: Attempt, password: str, exchange: Exchange | None) -> Account:
        account, known = attempt.account, attempt.device is not None
        if account is None:
            await self._pretend(password, known=known)
            raise self._failure("unknown", exchange, name_digest=self._digest(attempt.name))
        try:
            weaker = await self._hashing.verify(account.id, account.password_sealed, password, known=known)
        except WrongPassword:
            raise self._failure("password", exchange, account=account.id) from None
        except SealBroken:
            await self._pretend(password, known=known)
            raise self._failure("seal", exchange, account=account.id) from None
        except HashRefused as refusal:
            await self._pretend(password, known=known)
            raise self._failure("hash", exchange, account=account.id, remedy=str(refusal)) from None
        if account.disabled_at is not None:
            raise self._failure("disabled", exchange, account=account.id)
        if self._attempts.is_exhausted(attempt):
            raise self._failure("exhausted", exchange, account=account.id)
        if weaker:
            await self._rehash(account, password, exchange)
        return account

    async def _pretend(self, password: str, *, known: bool) -> None:
        """Do the work that an account would have cost."""
        if self._decoy is None:
            return
        try:
            await self._hashing.verify(*self._decoy.stand_in(), password, known=known)
        except WrongPassword:
            return

    async def _rehash(self, account: Account, password: str, exchange: Exchange | None) -> None:
        try:
            sealed = await self._hashing.hash(account.id, password)
        except Busy:
            return  # the next sign-in will do it
        await self._store.replace_hash(
            account,
            sealed,
            lambda connection: self._events.note(connection, "authn_hash_renewed", exchange, account=account.id),
        )

    def _failure(self, reason: Reason, exchange: Exchange | None, **fields: object) -> SignInFailed:
        self._events.soon("authn_login_fail", exchange, reason=reason, **fields)
        return SignInFailed("Name or password is wrong.")

    def _digest(self, name: str) -> str:
        return self._vault.mac("unknown name", name.encode("utf-8", "replace")).hex()[:32]
