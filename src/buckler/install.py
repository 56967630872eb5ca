"""Installing Buckler on an app: the one place that knows all the parts.

- The tuple of defences is made in `composition.py`; here it is put to work.
- The app instance gets a subclass of its own class whose `__call__` puts the edge outermost.
  Everything else of the app, its middleware, lifespan and instrumentation, stays as it is.
"""

from collections.abc import Sequence
from functools import partial
from inspect import isclass
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi import FastAPI
from fastapi.params import Security

from buckler.access.authenticator import Authenticator, check_authenticator
from buckler.access.declarations import Declaration, declaration_in, says_who_may_call
from buckler.access.docs_page import Documentation, asset_route
from buckler.access.fastapi_tree import DEFAULT
from buckler.access.guard import Admission
from buckler.access.judgement import Rules
from buckler.access.passage import Passage
from buckler.access.roles import Roles
from buckler.access.route_table import RouteTable
from buckler.asgi import ASGIApp, Receive, Scope, Send
from buckler.clock import Clock, SystemClock
from buckler.composition import Surroundings, defences
from buckler.defence import Defence
from buckler.edge.edge import Edge
from buckler.edge.proxies import Proxies, proxies_named
from buckler.edge.safe_errors import SafeErrors
from buckler.errors import ConfigurationError
from buckler.events import AccessLog, EventLog
from buckler.oauth.issuer import Issuer
from buckler.redact import Secret
from buckler.running import Opens, Running
from buckler.settings import Settings

if TYPE_CHECKING:
    from buckler.identity import Accounts, AccountsSettings
    from buckler.identity.mail.mailer import Mailer
    from buckler.identity.mail.settings import MailSettings
    from buckler.oauth.foreign_callers import ForeignCallers
    from buckler.oauth.own_and_foreign import OwnAndForeign

_NO_ORIGIN: Final = "http://localhost"
"""Who issues tokens in development where no origin is named."""


class Buckler:
    """Protects a FastAPI app. One line: `buckler = Buckler(app, accounts=True, roles=roles)`.

    `accounts` adds accounts of this app under `/auth`, with tokens and a database. `roles` says
    what each role may do. `default` says who may call the routes that do not say it themselves, with
    `Public` or `Requires`, in a list beside limits; without it such a route stops the start.
    `issuers` names others whose tokens count here, alone or beside accounts. `authenticator` brings callers
    from elsewhere, in place of both. `client_address` says which
    proxies stand in front, `direct()` or `behind(...)`; without it the settings do. `settings` are
    read from the environment (`BUCKLER_...`) unless given. `clock` tells the time in seconds; tests
    bring one that they turn by hand. `mailer` delivers the letters of the accounts, in place of the mail
    server that the settings name.

    Install it before the app serves, in any order with routes and middleware. The routes are judged
    when the app starts, which fails with `StartRefused` and every line to mend. Raises
    `ConfigurationError` for what can never work. ASVS 8.2.1, 8.3.1.
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        accounts: bool = False,
        roles: Roles | None = None,
        default: Security | Sequence[Security] | None = None,
        authenticator: Authenticator | None = None,
        issuers: Sequence[Issuer] = (),
        client_address: Proxies | None = None,
        settings: Settings | None = None,
        clock: Clock | None = None,
        mailer: "Mailer | None" = None,
    ) -> None:
        _check_target(app)
        _check_callers(accounts, roles, authenticator, issuers)
        _check_settings(settings)
        _check_clock(clock)
        _check_mailer(accounts, mailer)
        self.app = app
        self.settings = settings or Settings.load()
        self._clock = clock or SystemClock()
        self._events = EventLog(self._clock)
        self._mailer = mailer
        self.accounts = self._make_accounts(roles or Roles({})) if accounts else None
        self._foreign = self._make_foreign(issuers, roles) if issuers else None
        self._both = self._join()
        callers: Authenticator | None = self._both or self.accounts or self._foreign or authenticator
        known = roles or (Roles({}) if accounts else None)
        rules = Rules(known, _declarations(default), callers is not None, self.settings.max_body_bytes)
        around = Surroundings(
            self.settings, self._clock, self._events, callers, _proxies(client_address, self.settings)
        )
        # On the router: it may be walked as a part of another app.
        setattr(app.router, DEFAULT, rules.default)
        self._running = self._run(rules, self._compose(defences(around)))
        _place_outermost(app, self, self._running)

    @property
    def first_administrator_code(self) -> str | None:
        """The one-time code for the first administrator: after the start, while there is none."""
        return self.accounts.first_administrator_code if self.accounts is not None else None

    async def start(self) -> None:
        """Judge the routes and open what the app needs.

        A server does this through the lifespan; call it yourself only where there is none. Raises
        `StartRefused` with every reason, and `ConfigurationError` for what cannot be opened.
        """
        await self._running.start()

    async def stop(self) -> None:
        """Close what `start` opened."""
        await self._running.stop()

    def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
        """The defences that stand. All of them: a twin in the tests is the only one to leave one out."""
        return defences

    def _run(self, rules: Rules, parts: tuple[Defence, ...]) -> Running:
        development = self.settings.development
        admission = Admission([each for each in parts if isinstance(each, Passage)])
        table = RouteTable(self.app, rules, admission)
        running = Running(
            self.app,
            table,
            Edge(parts, self._events, AccessLog(self._clock), owner=table, reraises=development),
            self._events,
            opens=self._opens(),
            handlers=[each for each in parts if isinstance(each, SafeErrors)],
            token_url="/auth/token" if self.accounts is not None and self.settings.takes_password_form else None,
        )
        if self.accounts is not None:
            self.app.include_router(self.accounts.router)
            table.put_last(self.app.router.routes[-1])
        if development:
            table.document(Documentation(running.describe))
            self.app.router.routes.append(asset_route())
            table.put_last(self.app.router.routes[-1])
        return running

    def _join(self) -> "OwnAndForeign | None":
        """Accounts and other issuers beside each other; None where one of the two is not there."""
        if self.accounts is None or self._foreign is None:
            return None
        from buckler.oauth.own_and_foreign import OwnAndForeign

        return OwnAndForeign(self.accounts, self._foreign)

    def _opens(self) -> Opens | None:
        return self._both or self.accounts or self._foreign

    def _make_foreign(self, issuers: Sequence[Issuer], roles: Roles | None) -> "ForeignCallers":
        from buckler.oauth.foreign_callers import ForeignCallers, issuer_defences

        if self.accounts is not None and self.accounts.settings.issuer in {each.url for each in issuers}:
            raise ConfigurationError(
                f"issuers=: {self.accounts.settings.issuer!r} is the name under which this app issues tokens itself;"
                " another issuer of that name could make any caller of ours. Leave it out."
            )
        return ForeignCallers(issuers, roles, self._clock, self._events, self._compose(issuer_defences()))

    def _make_accounts(self, roles: Roles) -> "Accounts":
        try:
            from buckler.identity import Accounts, account_defences
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"accounts=True needs {error.name}, which is not installed: pip install 'buckler[accounts]'."
            ) from error
        defences = self._compose(account_defences(self._clock))
        own = _accounts_settings(self.settings, self.app.title, self._mailer)
        return Accounts(own, roles, self._clock, self._events, defences)


def _check_target(app: object) -> None:
    if isclass(app):
        raise ConfigurationError(f"Buckler({app.__name__}): this is the class; give it an app, {app.__name__}().")
    if not isinstance(app, FastAPI):
        raise ConfigurationError(f"Buckler({type(app).__name__}): it protects a FastAPI app; give it the app itself.")
    if isinstance(app, Protected):
        raise ConfigurationError(
            "This app already has a Buckler; two would judge every request twice. Leave out this one, and say all in"
            " the first."
        )
    if app.middleware_stack is not None:
        raise ConfigurationError("Buckler must be installed before the app serves its first request.")


def _check_settings(settings: object) -> None:
    if settings is not None and not isinstance(settings, Settings):
        # The value is not told: there may be a secret in it.
        raise ConfigurationError(
            f"settings=: this is a {type(settings).__name__}; write settings=Settings.load(...), with each setting"
            " by its name."
        )


def _check_callers(accounts: object, roles: object, authenticator: object, issuers: object) -> None:
    if not isinstance(accounts, bool):
        raise ConfigurationError(f"accounts={accounts!r}: it is a switch; write accounts=True, or leave it away.")
    if accounts and authenticator is not None:
        raise ConfigurationError("accounts=True and authenticator=: callers come from one place; choose one.")
    if roles is not None and not isinstance(roles, Roles):
        raise ConfigurationError(f"roles={roles!r}: roles are judged where they are made; write roles=Roles({{...}}).")
    _check_issuers(issuers, authenticator)
    if roles is not None and not accounts and not issuers and authenticator is None:
        raise ConfigurationError(
            "roles= without accounts=True, issuers= or an authenticator: nobody can prove who they are, so nobody has"
            " a role. Give one of them, or leave roles= away."
        )
    if authenticator is not None:
        check_authenticator(authenticator)


def _check_issuers(issuers: object, authenticator: object) -> None:
    several = cast("Sequence[object]", issuers) if isinstance(issuers, list | tuple) else (None,)
    for each in several:
        if not isinstance(each, Issuer):
            raise ConfigurationError(
                f"issuers={issuers!r}: write each as issuers=[Issuer('https://login.example.com', audience='my-api')]."
            )
    if several and authenticator is not None:
        raise ConfigurationError(
            "issuers= and authenticator=: which of them would judge a token? Leave one away; an authenticator of your"
            " own can verify tokens of any issuer itself."
        )


def _check_clock(clock: object) -> None:
    if clock is not None and not all(callable(getattr(clock, name, None)) for name in ("now", "monotonic")):
        raise ConfigurationError(
            f"clock={clock!r}: nothing can be timed by it; leave it away for the machine's own, or give an object"
            " with now() and monotonic()."
        )


def _check_mailer(accounts: object, mailer: object) -> None:
    if mailer is not None and not accounts:
        raise ConfigurationError("mailer= without accounts=True: nobody has a letter to send. Leave it away.")


def _proxies(given: object, settings: Settings) -> Proxies:
    """Who may say where a request came from: what the code says, else what the operator says."""
    if given is None:
        return proxies_named(settings.behind)
    if not isinstance(given, Proxies):
        raise ConfigurationError(f"client_address={given!r}: write direct(), behind(hops=1) or behind(networks=[...]).")
    return given


def _declarations(default: object) -> tuple[Declaration, ...]:
    """What `default=` says: nothing, one declaration, or several that add up. One of them says who may call."""
    if default is None:
        return ()
    several = cast("Sequence[object]", default) if isinstance(default, list | tuple) else (default,)
    try:
        found = tuple(declaration_in(each) for each in several)
    except ConfigurationError as error:
        raise ConfigurationError(f"default=: {error}") from None
    if not says_who_may_call(found):
        # Fail closed: with this alone, a route that declares nothing would say nothing about it either.
        told = "".join(f", {each}" for each in found)
        raise ConfigurationError(
            f"default=[{told[2:]}] says nothing about who may call a route that declares nothing: write"
            f" default=[Requires(){told}] for whoever is signed in, or default=[Public('why anybody may'){told}]."
        )
    return found


def _accounts_settings(settings: Settings, application: str, mailer: "Mailer | None") -> "AccountsSettings":
    from buckler.identity import AccountsSettings

    issuer = settings.origin or _NO_ORIGIN
    secret = settings.master_secret
    return AccountsSettings(
        data=settings.data,
        issuer=issuer,
        audience=issuer,
        registration=settings.registration or ("open" if settings.development else "closed"),
        development=settings.development,
        master_secret=Secret(secret.get_secret_value()) if secret is not None else None,
        master_secret_file=settings.master_secret_file,
        signing_algorithm=settings.signing_algorithm,
        password_form=settings.takes_password_form,
        application=application,
        identifier=settings.identifier,
        session_lifetime=settings.session_lifetime,
        session_idle=settings.session_idle,
        mail=_mail_settings(settings, issuer, mailer),
    )


def _mail_settings(settings: Settings, origin: str, mailer: "Mailer | None") -> "MailSettings | None":
    from buckler.identity.mail.settings import MailChoice

    password = settings.mail_password
    choice = MailChoice(
        mail=settings.mail,
        sender=settings.mail_from,
        password=Secret(password.get_secret_value()) if password is not None else None,
        password_file=settings.mail_password_file,
        code_page=settings.code_page,
    )
    return choice.settings(origin=origin, data=settings.data, development=settings.development, mailer=mailer)


class Protected:
    """Marks an app that has a Buckler."""

    buckler_of_app: Buckler


def buckler_of(app: FastAPI) -> Buckler | None:
    """The Buckler that protects `app`, or None."""
    return app.buckler_of_app if isinstance(app, Protected) else None


def _place_outermost(app: FastAPI, buckler: Buckler, running: Running) -> None:
    """Give this one app a class of its own, whose calls go through Buckler first."""
    kind: type[FastAPI] = type(app)
    inner: ASGIApp = partial(kind.__call__, app)
    edge = running.edge.__call__  # the method itself: asking an object for it costs more than the call

    class ProtectedApp(Protected, kind):  # type: ignore[misc, valid-type]  # the app's own class, known at run time
        buckler_of_app = buckler

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if running.serves_plainly(scope):
                await edge(inner, scope, receive, send)
            else:
                await running.serve(inner, scope, receive, send)

        def openapi(self) -> dict[str, Any]:
            return running.describe(self, super().openapi())

    ProtectedApp.__name__ = ProtectedApp.__qualname__ = kind.__name__
    app.__class__ = ProtectedApp
