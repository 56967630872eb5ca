"""The accounts of an app: what the installer takes, and the port through which a token becomes a caller.

Routes exist from the start; what they need is made by `open`. Until then every credential is
unknown and every route answers 503.
"""

from collections.abc import Sequence

from buckler.access.callers.authenticator import Authenticator, NotAccepted
from buckler.access.declarations.roles import Roles
from buckler.clock import Clock
from buckler.defence import Defence, only
from buckler.errors import Refusal
from buckler.events import EventLog
from buckler.identity.administration.first_administrator import FirstAdministratorCode
from buckler.identity.opened import Opened
from buckler.identity.opener import Opener
from buckler.identity.passwords.shedding import Shedding
from buckler.identity.passwords.workbench import Workbench
from buckler.identity.readiness import why_not_ready
from buckler.identity.routes import account_router
from buckler.identity.sessions.browser_sessions import COOKIE
from buckler.identity.settings import AccountsSettings
from buckler.identity.sign_in.decoy import Decoy
from buckler.identity.sign_in.known_devices import KnownDevices
from buckler.identity.sign_in.throttle import Throttle
from buckler.metrics import Tally
from buckler.metrics.hashing_queue import HashingQueue
from buckler.principal import Principal
from buckler.redact import Secret
from buckler.refused import Refused
from buckler.storage.database import Database
from buckler.tokens.checks import TOKEN_CHECKS
from buckler.tokens.revocation import Revocations
from buckler.turnstile import Turnstile

NOT_OPEN = Refusal(503, "accounts-not-open", "The accounts are not open yet.", ((b"retry-after", b"1"),))
DATABASE_FILE = "buckler.db"


def account_defences(clock: Clock) -> tuple[Defence, ...]:
    """Every defence of the accounts, freshly made. All of them: only a twin in the tests leaves one out."""
    return (*TOKEN_CHECKS, Revocations(clock), KnownDevices(clock), Throttle(clock), Decoy(), Shedding())


class Accounts(Authenticator):
    """Accounts with names and passwords, in one SQLite file. An `Authenticator`.

    `defences` is what the installer composed; the accounts take what is theirs.
    """

    cookie = COOKIE

    def __init__(
        self, settings: AccountsSettings, roles: Roles, clock: Clock, events: EventLog, defences: Sequence[Defence]
    ) -> None:
        self.settings = settings
        self.roles = roles
        self.clock = clock
        self._revocations = only(Revocations, defences)
        self._workbench = Workbench(only(Shedding, defences))
        self._database = Database(settings.data / DATABASE_FILE)
        parts = tuple(defences)
        self._opener = Opener(settings, roles, clock, events, parts, self._database, self._workbench)
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
                    opened = await self._opener.open()
                    await opened.keeper.begin(settings=self.settings.in_force)
                except BaseException:
                    await self._database.close()
                    raise
                opened.postbox.start()
                opened.revocations.start()
                opened.keeper.start()
                self._opened = opened

    async def close(self) -> None:
        """Close the database; `open` may follow."""
        async with self._opening.turn():
            opened, self._opened = self._opened, None
            if opened is not None:
                await opened.afterwards.settle()
                await opened.postbox.close()
                await opened.revocations.close()
                await opened.keeper.close()
            self._workbench.close()
            await self._database.close()

    async def why_not_ready(self) -> str | None:
        """Why callers could not be told or signed in now, for the log; None where they could. May raise."""
        if self._opened is None:
            return "the accounts are not open"
        return await why_not_ready(self._opened, self._database)

    def measure(self, tally: Tally | None) -> None:
        """Count and time what waits to be hashed, from now on; or no more."""
        self._workbench.queue = HashingQueue(tally, self.clock) if tally is not None else None

    def opened(self) -> Opened:
        """What exists while the accounts are open. Raises `Refused` (503) while they are not."""
        if self._opened is None:
            raise Refused(NOT_OPEN)  # fail closed
        return self._opened

    @property
    def first_administrator_code(self) -> str | None:
        """The one-time code to print, or None once there is an administrator or its time is over."""
        code = self.first_administrator
        return code.text if code is not None else None

    @property
    def first_administrator(self) -> FirstAdministratorCode | None:
        """The code with its end, for another process that shall take it; None where nobody waits for one."""
        return self._opened.registration.code if self._opened is not None else None

    def expect_first_administrator(self, code: Secret, ends: float) -> None:
        """Take the code of another process, until `ends` on the clock that never jumps back. Before `open`."""
        self._opener.first_code = FirstAdministratorCode(self.clock, code, ends)

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token verified before and still good, or None. Never waits."""
        return self._opened.callers.recall(token) if self._opened is not None else None

    async def authenticate(self, token: bytes) -> Principal | None:
        """The caller behind a token; None while the accounts are not open. Raises `NotAccepted` for a bad one."""
        return await self._opened.callers.authenticate(token) if self._opened is not None else None

    def recall_cookie(self, value: bytes) -> Principal | None:
        """The caller behind the cookie of a session that was looked at before, or None. Never waits."""
        return self._opened.browser_sessions.recall(value) if self._opened is not None else None

    async def authenticate_cookie(self, value: bytes) -> Principal | None:
        """The caller behind the cookie of a session; None for one that is not good, and while they are not open."""
        return await self._opened.browser_sessions.authenticate(value) if self._opened is not None else None

    def is_current(self, principal: Principal) -> bool:
        """Whether nothing that this caller came with was ended, as far as this process knows."""
        if self._opened is None:
            return False
        ended = self._revocations
        marks = principal.credential_id, principal.session_id, principal.id, principal.account_version
        return ended is None or not (ended.is_lost or ended.is_ended(*marks))

    def changes(self) -> int:
        """A number that is another one after each end that this process learns of."""
        return self._revocations.generation if self._revocations is not None else 0

    async def withdraw(self, token: bytes) -> None:
        """End a token that was exposed on the wire. Does nothing for one that is not good."""
        try:
            caller = await self.authenticate(token)
        except NotAccepted:
            return
        if caller is not None:
            await self.opened().callers.end(caller.credential_id, caller.expires_at, None, "exposed")
