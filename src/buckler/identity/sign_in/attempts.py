"""One attempt to sign in, from the door to its end: who may try a password, and what is counted for it (ASVS 6.3.1).

1. What costs nothing refuses first: a network over its budget, unless it shows a token that we made.
2. Then, in one transaction and before any hashing: a known device is told from strangers; a stranger's
   attempt is counted at the name and at its account, or refused. The statements are the same whether
   the name has an account or not.
3. Counted as failed until it is complete. Where no password was hashed after all, it is taken back.
4. A code that comes along is used up, whatever follows.

A success clears what its own name has, and nothing of anybody else's. One from a known device leaves the
name's count as it is: it did not pass through it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.defence import Defence, only
from buckler.events.journal import Journal
from buckler.identity.account_store import NOBODY, Account, AccountStore
from buckler.identity.login_names import InvalidName
from buckler.identity.sign_in.client_marks import agent_of, place_of
from buckler.identity.sign_in.devices import Device, Devices
from buckler.identity.sign_in.guesses import Guesses
from buckler.identity.sign_in.known_devices import KnownDevices
from buckler.identity.sign_in.owner_mail import OwnerMail
from buckler.identity.sign_in.throttle import MOST_IN_A_ROW, CodeRequired, Standing, Throttle, Throttled
from buckler.ip_addresses import network_of
from buckler.storage.database import Database

_TRIES: Final = 8
_FREE: Final = Standing("free")
_LOST: Final = Standing("wait", 1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at the door who may try a password now."""

    name: str
    account: Account | None
    token: str | None = field(default=None, repr=False)
    """The device that was shown, if we made it: of this account or of another."""
    device: Device | None = None
    """The device, where the account knows it."""
    row: bytes | None = None
    """Where the attempt of a stranger was counted by name."""
    is_counted: bool = False
    """Whether it was counted at the account too: one that has had too many in a row is not."""
    has_code: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    """What is kept about attempts."""

    database: Database
    store: AccountStore
    devices: Devices
    guesses: Guesses


class Attempts:
    """Begins and ends attempts. Without `Throttle` or `KnownDevices` among `defences` that one is left out."""

    def __init__(
        self, books: Books, mail: OwnerMail, defences: Sequence[Defence], clock: Clock, events: Journal
    ) -> None:
        self._books = books
        self.mail = mail
        self._throttle = only(Throttle, defences)
        self._known = only(KnownDevices, defences)
        self._clock = clock
        self._events = events

    def genuine(self, token: str | None, exchange: Exchange | None) -> str | None:
        """The token, where it is worth a look into the database: we made it, and it did not come too often."""
        if self._known is None or token is None or not self._books.devices.is_genuine(token):
            return None
        return token if self._known.is_worth_a_look(token, place_of(exchange)) else None

    async def begin(self, name: str, token: str | None, code: str | None, exchange: Exchange | None) -> Attempt:
        """Whoever may try a password now. Raises `Throttled` or `CodeRequired`, which say nothing of accounts.

        `token` is what `genuine` gave.
        """
        if token is None:
            self._admit(exchange)
        attempt = Attempt(name, await self._find(name), token)
        async with self._books.database.writing() as connection:
            attempt, standing = await self._judge(connection, attempt, code, exchange)
            key = self._books.guesses.key(name)
            wants_code = standing.offers_code and not await self.mail.has_code(connection, attempt.account, key)
        if standing.kind == "free":
            return attempt
        if wants_code:
            self.mail.send_code_soon(attempt.account, key)
        if standing.kind == "wait":
            raise Throttled(standing.wait)
        self._events.emit("authn_login_fail_max", exchange)
        raise CodeRequired("Too many failed sign-ins for this name: the code that was mailed is needed.")

    def is_exhausted(self, attempt: Attempt) -> bool:
        """Whether even the right password is not enough: too many wrong ones came in a row, and no code."""
        if self._throttle is None or attempt.device is not None or attempt.has_code or attempt.is_counted:
            return False
        return self.mail.reaches(attempt.account)

    def fail(self, attempt: Attempt) -> None:
        """The attempt failed; it was counted when it began."""
        if self._throttle is not None and attempt.device is None:
            self._throttle.note_failure()
        if self.is_exhausted(attempt):
            self.mail.send_code_soon(attempt.account, self._books.guesses.key(attempt.name))

    async def forgive(self, attempt: Attempt) -> None:
        """Take it back: no password was hashed."""
        books = self._books
        async with books.database.writing() as connection:
            if attempt.device is not None:
                await books.devices.uncount(connection, attempt.device.id)
            if attempt.row is not None:
                await books.guesses.uncount(connection, attempt.row)
            if attempt.is_counted:
                await books.store.uncount_failure(connection, _id_of(attempt.account))

    async def complete(self, attempt: Attempt, account: Account, exchange: Exchange | None) -> Device | None:
        """The sign-in is complete: the device that is known from now on."""
        agent, books = agent_of(exchange), self._books
        async with books.database.writing() as connection:
            present = await books.store.of_id(connection, account.id)
            if present is None or present.version != account.version:
                # Fail closed: its owner came back with another password meanwhile, or it was erased. No session
                # begins, and no device of whoever had the old one is known from now on.
                return None
            if attempt.device is None:
                await books.guesses.clear(connection, books.guesses.key(attempt.name))
            await books.store.note_sign_in(connection, account.id, int(self._clock.now()))
            if self._known is None:
                return None
            device = await books.devices.note(connection, account.id, attempt.token, agent)
            if device.is_new and account.last_sign_in_at is not None:
                await self.mail.tell_new_device(connection, account, place_of(exchange), agent)
            if device.is_new:
                self._events.note(connection, "authn_device_new", exchange, account=account.id, device=device.id)
        return device

    async def _judge(
        self, connection: AsyncConnection, attempt: Attempt, code: str | None, exchange: Exchange | None
    ) -> tuple[Attempt, Standing]:
        if attempt.token is not None and self._known is not None:
            device = await self._known.recognise(
                connection, self._books.devices, _id_of(attempt.account), attempt.token
            )
            if device is not None:
                return replace(attempt, device=device), _FREE
            self._admit(exchange)
        if self._throttle is None:
            return attempt, _FREE
        has_code = await self.mail.use_code(connection, attempt.account, code)
        return await self._count(connection, self._throttle, replace(attempt, has_code=has_code))

    async def _count(
        self, connection: AsyncConnection, throttle: Throttle, attempt: Attempt
    ) -> tuple[Attempt, Standing]:
        """Count a stranger at the name and at the account, if both may have one more."""
        guesses, now = self._books.guesses, int(self._clock.now())
        key = guesses.key(attempt.name)
        for _ in range(_TRIES):
            seen = await guesses.look(connection, key)
            standing = throttle.judge(seen.failures, now - seen.last_at, mails=self.mail.reaches_all)
            if standing.kind != "free":
                return attempt, _FREE if attempt.has_code else standing
            if await guesses.count(connection, seen):
                counted = await self._books.store.count_failure(connection, _id_of(attempt.account), MOST_IN_A_ROW)
                return replace(attempt, row=seen.row, is_counted=counted), _FREE
        return attempt, _LOST  # fail closed: others were counted each time between the look and the step

    def _admit(self, exchange: Exchange | None) -> None:
        if self._throttle is not None:
            self._throttle.admit(network_of(exchange.client if exchange is not None else ""))

    async def _find(self, name: str) -> Account | None:
        try:
            return await self._books.store.find(name)
        except InvalidName:
            return None


def _id_of(account: Account | None) -> str:
    return NOBODY if account is None else account.id
