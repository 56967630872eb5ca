"""The accounts of an app: what the installer takes, and the port through which a token becomes a caller.

Routes exist from the start; what they need is made by `open`. Until then every credential is
unknown and every route answers 503.
"""

from collections.abc import Sequence
from typing import TypeVar

from buckler.access.authenticator import Authenticator, NotAccepted
from buckler.access.roles import Roles
from buckler.clock import Clock
from buckler.defence import Defence
from buckler.errors import Refusal
from buckler.events import EventLog
from buckler.identity.account_store import AccountStore
from buckler.identity.callers import Callers, Rights
from buckler.identity.decoy import Decoy
from buckler.identity.first_administrator import FirstAdministratorCode
from buckler.identity.foundation import Foundation, lay_foundation
from buckler.identity.hashing import PasswordHashing
from buckler.identity.opened import Opened
from buckler.identity.registration import Registration
from buckler.identity.revoked_tokens import RevokedTokens
from buckler.identity.routes import account_router
from buckler.identity.settings import AccountsSettings
from buckler.identity.shedding import Shedding
from buckler.identity.sign_in import SignIn
from buckler.identity.workbench import Workbench
from buckler.principal import Principal
from buckler.refused import Refused
from buckler.storage.database import Database
from buckler.tokens.cache import VerifiedTokens
from buckler.tokens.checks import TOKEN_CHECKS
from buckler.tokens.jwt import AccessTokens
from buckler.tokens.revocation import Revocations
from buckler.turnstile import Turnstile

NOT_OPEN = Refusal(503, "accounts-not-open", "The accounts are not open yet.", ((b"retry-after", b"1"),))
DATABASE_FILE = "buckler.db"

Part = TypeVar("Part", bound=Defence)


def account_defences(clock: Clock) -> tuple[Defence, ...]:
    """Every defence of the accounts, freshly made. All of them: only a twin in the tests leaves one out."""
    return (*TOKEN_CHECKS, Revocations(clock), Decoy(), Shedding())


class Accounts(Authenticator):
    """Accounts with names and passwords, in one SQLite file. An `Authenticator`.

    `defences` is what the installer composed; the accounts take what is theirs.
    """

    def __init__(
        self, settings: AccountsSettings, roles: Roles, clock: Clock, events: EventLog, defences: Sequence[Defence]
    ) -> None:
        self.settings = settings
        self.roles = roles
        self.clock = clock
        self._events = events
        self._defences = tuple(defences)
        self._revocations = _only(Revocations, defences)
        self._decoy = _only(Decoy, defences)
        self._workbench = Workbench(_only(Shedding, defences))
        self._database = Database(settings.data / DATABASE_FILE)
        self._opening = Turnstile()
        self._opened: Opened | None = None
        self.router = account_router(settings, roles, clock, self.opened)

    async def open(self) -> None:
        """Open the database and everything in it. A second call, even at the same time, does nothing more.

        Raises `ConfigurationError` when the master secret does not fit what is kept.
        """
        async with self._opening.turn():
            if self._opened is None:
                await self._database.open()
                try:
                    self._opened = await self._open_all()
                except BaseException:
                    await self._database.close()
                    raise

    async def close(self) -> None:
        """Close the database; `open` may follow."""
        async with self._opening.turn():
            self._opened = None
            self._workbench.close()
            await self._database.close()

    def opened(self) -> Opened:
        """What exists while the accounts are open. Raises `Refused` (503) while they are not."""
        if self._opened is None:
            raise Refused(NOT_OPEN)  # fail closed
        return self._opened

    @property
    def first_administrator_code(self) -> str | None:
        """The one-time code to print, or None once there is an administrator or its time is over."""
        code = self._opened.registration.code if self._opened is not None else None
        return code.text if code is not None else None

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token verified before and still good, or None. Never waits."""
        return self._opened.callers.recall(token) if self._opened is not None else None

    async def authenticate(self, token: bytes) -> Principal | None:
        """The caller behind a token; None while the accounts are not open. Raises `NotAccepted` for a bad one."""
        return self._opened.callers.authenticate(token) if self._opened is not None else None

    async def withdraw(self, token: bytes) -> None:
        """End a token that was exposed on the wire. Does nothing for one that is not good."""
        try:
            caller = await self.authenticate(token)
        except NotAccepted:
            return
        if caller is not None:
            await self.opened().callers.end(caller.credential_id, caller.expires_at, None, "exposed")

    async def _open_all(self) -> Opened:
        foundation = await lay_foundation(self._database, self.settings, self.clock)
        revoked = RevokedTokens(self._database, self._revocations, self.clock)
        await revoked.load()
        hashing = PasswordHashing(self.settings.hashing, foundation.vault, self._workbench)
        if self._decoy is not None:
            await self._decoy.prepare(hashing)
        store = AccountStore(self._database)
        code = await self._make_code(store)
        return Opened(
            foundation.ring,
            Registration(self.settings, self.roles, store, hashing, self.clock, self._events, code),
            SignIn(store, hashing, self._decoy, foundation.vault, self._events),
            self._callers(foundation, revoked),
        )

    def _callers(self, foundation: Foundation, revoked: RevokedTokens) -> Callers:
        tokens = AccessTokens(
            foundation.ring,
            issuer=self.settings.issuer,
            audience=self.settings.audience,
            clock=self.clock,
            lifetime=self.settings.token_lifetime,
            checks=self._defences,
        )
        rights = Rights(self.roles)
        verified = VerifiedTokens(tokens, self._revocations, self.clock, rights.caller)
        return Callers(tokens, verified, revoked, rights, self._events)

    async def _make_code(self, store: AccountStore) -> FirstAdministratorCode | None:
        role = self.settings.administrator
        if role not in self.roles or await store.anybody_holds(role):
            return None
        return FirstAdministratorCode(self.clock)


def _only(kind: type[Part], defences: Sequence[Defence]) -> Part | None:
    return next((each for each in defences if isinstance(each, kind)), None)
