"""Puts together what exists while the accounts are open: in which order, and what knows what."""

from collections.abc import Mapping, Sequence

from buckler.access.declarations.roles import Roles
from buckler.clock import Clock
from buckler.defence import Defence, only
from buckler.events import EventLog
from buckler.events.journal import Journal
from buckler.events.journal.checkpoints import sink_named
from buckler.events.journal.keeper import Keeper
from buckler.events.journal.log_reader import LogReader
from buckler.identity.account_store import AccountStore
from buckler.identity.administration.adding import Adding
from buckler.identity.administration.administration import Administration
from buckler.identity.administration.figures import FigureReader
from buckler.identity.administration.first_administrator import FirstAdministratorCode
from buckler.identity.installation.foundation import Foundation, lay_foundation
from buckler.identity.login_names import LoginNames
from buckler.identity.mail.afterwards import Afterwards
from buckler.identity.mail.codes import Codes
from buckler.identity.mail.letters import Letters
from buckler.identity.mail.post import Post
from buckler.identity.mail.postbox import Postbox
from buckler.identity.opened import Opened
from buckler.identity.owners.confirmation import Confirmation
from buckler.identity.owners.desk import Desk
from buckler.identity.owners.endings import Endings
from buckler.identity.owners.own_address import OwnAddress
from buckler.identity.owners.own_password import OwnPassword
from buckler.identity.owners.personal_data import PersonalData
from buckler.identity.owners.recovery import Recovery
from buckler.identity.owners.registration import Registration
from buckler.identity.passwords.hashing import PasswordHashing
from buckler.identity.passwords.new_passwords import NewPasswords
from buckler.identity.passwords.rules import PasswordRules
from buckler.identity.passwords.workbench import Workbench
from buckler.identity.sessions.browser_sessions import BrowserSessions
from buckler.identity.sessions.callers import Callers, Rights
from buckler.identity.sessions.refresh_tokens import RefreshTokens
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.identity.sessions.sessions import Sessions
from buckler.identity.settings import AccountsSettings
from buckler.identity.sign_in.attempts import Attempts, Books
from buckler.identity.sign_in.decoy import Decoy
from buckler.identity.sign_in.devices import Devices
from buckler.identity.sign_in.entrance import Entrance
from buckler.identity.sign_in.guesses import Guesses
from buckler.identity.sign_in.owner_mail import OwnerMail
from buckler.identity.sign_in.sign_in import SignIn
from buckler.storage.database import Database
from buckler.tokens.cache import VerifiedTokens
from buckler.tokens.jwt import AccessTokens
from buckler.tokens.revocation import Revocations


class Opener:
    """Opens the accounts of one installation on a database that is open."""

    def __init__(
        self, settings: AccountsSettings, roles: Roles, clock: Clock, events: EventLog, defences: Sequence[Defence],
        database: Database, workbench: Workbench,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._roles = roles
        self._clock = clock
        self._events = events
        self._defences = defences
        self._database = database
        self._workbench = workbench
        self._store = AccountStore(database)
        self._names = LoginNames(settings.identifier)
        self._rules = PasswordRules(settings.application)
        self.first_code: FirstAdministratorCode | None = None
        """The code of the first administrator, where it comes from outside."""

    async def open(self) -> Opened:
        """Everything behind the routes. Raises `ConfigurationError` when the master secret does not fit."""
        feed = RevocationFeed(self._database, only(Revocations, self._defences), self._clock, self._events)
        if not self._database.was_looked_through:
            self._events.emit("sys_storage_unchecked", None, remedy="look through all of it: buckler db check")
        # Before the keys are read: a change of theirs after that is news.
        await feed.load()
        foundation = await lay_foundation(self._database, self._settings, self._clock, self._events)
        feed.on_keys(foundation.reload)
        hashing = PasswordHashing(self._settings.hashing, foundation.vault, self._workbench)
        decoy = only(Decoy, self._defences)
        if decoy is not None:
            await decoy.prepare(hashing)
        return await self._assemble(foundation, feed, hashing, decoy)

    async def _assemble(
        self, foundation: Foundation, feed: RevocationFeed, hashing: PasswordHashing, decoy: Decoy | None
    ) -> Opened:
        desk, callers = self._desk(foundation, hashing), self._callers(foundation, feed)
        guesses, devices = Guesses(foundation.vault, self._clock), Devices(foundation.vault, self._clock)
        refresh = RefreshTokens(foundation.vault)
        sessions = Sessions(
            self._settings, self._database, self._store, refresh, callers, feed, self._clock, foundation.journal
        )
        browser = self._browser_sessions(foundation, sessions, feed)
        endings = Endings(sessions, desk.post.codes, devices, guesses, feed)
        administration, own = self._administration(feed, foundation.journal), OwnPassword(desk, hashing, endings)
        attempts = self._attempts(desk.post, devices, guesses, foundation.journal)
        sign_in = SignIn(attempts, self._store, hashing, decoy, foundation.vault, foundation.journal)
        return Opened(
            ring=foundation.ring,
            registration=Registration(self._settings, self._roles, desk, await self._code()),
            confirmation=Confirmation(desk, self._roles, administration),
            sign_in=sign_in,
            entrance=Entrance(sign_in, sessions, browser, callers),
            callers=callers,
            sessions=sessions,
            browser_sessions=browser,
            recovery=Recovery(desk, endings),
            own_password=own,
            own_address=OwnAddress(desk, own, feed),
            personal_data=PersonalData(desk, own, endings, self._settings.administrator),
            administration=administration,
            adding=Adding(self._settings, administration, self._database, hashing, self._clock, foundation.journal),
            figures=FigureReader(self._database, self._clock, self._settings.session_idle),
            log=LogReader(self._database, foundation.journal.key, foundation.installation, self._clock),
            devices=devices,
            codes=desk.post.codes,
            afterwards=desk.post.afterwards,
            postbox=desk.post.postbox,
            revocations=feed,
            keeper=self._keeper(foundation),
        )

    def _keeper(self, foundation: Foundation) -> Keeper:
        return Keeper(
            self._database, foundation.journal, self._clock, self._settings.periods, foundation.installation,
            foundation.epoch, sink_named(self._settings.checkpoints, self._settings.data),
        )  # fmt: skip

    def _browser_sessions(self, foundation: Foundation, sessions: Sessions, feed: RevocationFeed) -> BrowserSessions:
        return BrowserSessions(
            sessions, foundation.vault, self._database, self._store, Rights(self._roles), feed,
            only(Revocations, self._defences), self._clock, self._settings.session_idle,
        )  # fmt: skip

    def _desk(self, foundation: Foundation, hashing: PasswordHashing) -> Desk:
        passwords, post = NewPasswords(self._rules, hashing), self._post(foundation)
        return Desk(self._database, self._store, self._names, passwords, post, self._clock, foundation.journal)

    def _post(self, foundation: Foundation) -> Post:
        settings, vault = self._settings, foundation.vault
        mail = settings.mail
        mailer, page = (mail.mailer, mail.code_page) if mail is not None else (None, None)
        pages: Mapping[str, str] = mail.code_pages if mail is not None else {}
        return Post(
            Codes(vault, self._clock),
            Letters(settings.issuer, settings.application, self._clock, page, pages),
            Postbox(self._database, vault, self._clock, self._events, mailer),
            Afterwards(self._database, self._events),
        )

    def _attempts(self, post: Post, devices: Devices, guesses: Guesses, journal: Journal) -> Attempts:
        owners = OwnerMail(post, self._names, self._clock)
        books = Books(self._database, self._store, devices, guesses)
        return Attempts(books, owners, self._defences, self._clock, journal)

    def _administration(self, feed: RevocationFeed, journal: Journal) -> Administration:
        role = self._settings.administrator
        return Administration(self._roles, role, self._database, feed, self._clock, journal)

    def _callers(self, foundation: Foundation, feed: RevocationFeed) -> Callers:
        tokens = AccessTokens(
            foundation.ring,
            issuer=self._settings.issuer,
            audience=self._settings.audience,
            clock=self._clock,
            lifetime=self._settings.token_lifetime,
            checks=self._defences,
        )
        rights = Rights(self._roles)
        verified = VerifiedTokens(tokens, only(Revocations, self._defences), self._clock, rights.caller)
        return Callers(tokens, verified, feed, rights, foundation.journal)

    async def _code(self) -> FirstAdministratorCode | None:
        role = self._settings.administrator
        if role not in self._roles or await self._store.anybody_holds(role):
            return None
        return self.first_code or FirstAdministratorCode(self._clock)
