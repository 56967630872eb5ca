"""Installing Buckler on an app: the one place that knows all the parts.

- The tuple of defences is made in `composition.py`; here it is put to work.
- The app instance gets a subclass of its own class whose `__call__` puts the edge outermost.
  Everything else of the app, its middleware, lifespan and instrumentation, stays as it is.
"""

from collections.abc import Sequence
from functools import partial
from inspect import isclass, iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi import FastAPI
from fastapi.params import Security

from buckler.access.authenticator import Authenticator
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
from buckler.redact import Secret
from buckler.running import Running
from buckler.settings import Settings

if TYPE_CHECKING:
    from buckler.identity import Accounts, AccountsSettings

_NO_ORIGIN: Final = "http://localhost"
"""Who issues tokens in development where no origin is named."""


class Buckler:
    """Protects a FastAPI app. One line: `buckler = Buckler(app, accounts=True, roles=roles)`.

    `accounts` adds accounts of this app under `/auth`, with tokens and a database. `roles` says
    what each role may do. `default` says who may call the routes that do not say it themselves, with
    `Public` or `Requires`, in a list beside limits; without it such a route stops the start.
    `authenticator` brings callers from elsewhere, in place of accounts. `client_address` says which
    proxies stand in front, `direct()` or `behind(...)`; without it the settings do. `settings` are
    read from the environment (`BUCKLER_...`) unless given.

    Raises `ConfigurationError` for what can never work. ASVS 8.2.1, 8.3.1.
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        accounts: bool = False,
        roles: Roles | None = None,
        default: Security | Sequence[Security] | None = None,
        authenticator: Authenticator | None = None,
        client_address: Proxies | None = None,
        settings: Settings | None = None,
        clock: Clock | None = None,
    ) -> None:
        _check_target(app)
        _check_callers(accounts, roles, authenticator)
        _check_settings(settings)
        self.app = app
        self.settings = settings or Settings.load()
        self._clock = clock or SystemClock()
        self._events = EventLog(self._clock)
        self.accounts = self._make_accounts(roles or Roles({})) if accounts else None
        callers: Authenticator | None = self.accounts or authenticator
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
            opens=self.accounts,
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

    def _make_accounts(self, roles: Roles) -> "Accounts":
        try:
            from buckler.identity import Accounts, account_defences
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"accounts=True needs {error.name}, which is not installed: pip install 'buckler[accounts]'."
            ) from error
        defences = self._compose(account_defences(self._clock))
        own = _accounts_settings(self.settings, self.app.title)
        return Accounts(own, roles, self._clock, self._events, defences)


def _check_target(app: object) -> None:
    if not isinstance(app, FastAPI):
        raise ConfigurationError(f"Buckler({type(app).__name__}): it protects a FastAPI app; give it the app itself.")
    if isinstance(app, Protected):
        raise ConfigurationError("This app already has a Buckler; two would judge every request twice.")
    if app.middleware_stack is not None:
        raise ConfigurationError("Buckler must be installed before the app serves its first request.")


def _check_settings(settings: object) -> None:
    if settings is not None and not isinstance(settings, Settings):
        # The value is not told: there may be a secret in it.
        raise ConfigurationError(
            f"settings=: this is a {type(settings).__name__}; write settings=Settings.load(...), with each setting"
            " by its name."
        )


def _check_callers(accounts: object, roles: object, authenticator: object) -> None:
    if not isinstance(accounts, bool):
        raise ConfigurationError(f"accounts={accounts!r}: write accounts=True, or leave it away.")
    if accounts and authenticator is not None:
        raise ConfigurationError("accounts=True and authenticator=: callers come from one place; choose one.")
    if roles is not None and not isinstance(roles, Roles):
        raise ConfigurationError(f"roles={roles!r}: write roles=Roles({{...}}).")
    if roles is not None and not accounts and authenticator is None:
        raise ConfigurationError(
            "roles= without accounts=True or an authenticator: nobody can prove who they are, so nobody has a role."
        )
    if authenticator is None:
        return
    if isclass(authenticator):
        raise ConfigurationError(
            f"authenticator={authenticator.__name__}: give an instance, {authenticator.__name__}()."
        )
    for name in ("recall", "authenticate", "withdraw"):
        if not callable(getattr(authenticator, name, None)):
            raise ConfigurationError(
                f"authenticator={type(authenticator).__name__}: it lacks {name}(token);"
                " derive it from buckler.Authenticator, which has all but `authenticate`."
            )
    if iscoroutinefunction(getattr(authenticator, "recall", None)):
        raise ConfigurationError(
            f"authenticator={type(authenticator).__name__}: recall() answers from memory and never waits;"
            " write `def recall`, not `async def`."
        )


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
    found = tuple(declaration_in(each) for each in several)
    if not says_who_may_call(found):
        # Fail closed: with this alone, a route that declares nothing would say nothing about it either.
        told = "".join(f", {each}" for each in found)
        raise ConfigurationError(
            f"default=[{told[2:]}] says nothing about who may call a route that declares nothing: write"
            f" default=[Requires(){told}] for whoever is signed in, or default=[Public('why anybody may'){told}]."
        )
    return found


def _accounts_settings(settings: Settings, application: str) -> "AccountsSettings":
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
        password_form=settings.takes_password_form,
        application=application,
    )


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
    edge = running.edge

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
