"""Installing Buckler on an app: the one place that knows all the parts.

- The app instance gets a subclass of its own class whose `__call__` puts the edge outermost.
  Everything else of the app, its middleware, lifespan and instrumentation, stays as it is.
- The table of routes is judged when the app has started up and before the first request. A start
  that is refused fails the lifespan; where no server runs the lifespan, every answer is 503.
- Routes added later are judged before the next request; one that declares nothing stays shut.
"""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi import FastAPI

from buckler.access.authenticator import Authenticator
from buckler.access.credential import Authentication, OneCredential, bearer_token
from buckler.access.declarations import Declaration, declaration_in
from buckler.access.docs_page import Documentation, asset_route
from buckler.access.guard import Admission
from buckler.access.limits import Limits
from buckler.access.openapi import PROBLEM, describe_duties
from buckler.access.passage import Passage
from buckler.access.requirements import Requirements
from buckler.access.roles import Roles
from buckler.access.route_table import RouteTable
from buckler.access.table import Fault, Rules
from buckler.asgi import EXCHANGE_KEY, ASGIApp, Exchange, Message, Receive, Scope, Send, exchange_of
from buckler.clock import Clock, SystemClock
from buckler.defence import Defence
from buckler.edge.edge import Edge
from buckler.edge.exit_gate import ExitGate
from buckler.edge.headers import YEAR, SecureHeaders, Transport
from buckler.edge.host import Host
from buckler.edge.loopback import Loopback
from buckler.edge.safe_errors import SafeErrors
from buckler.edge.scheme import Scheme
from buckler.edge.sizes import Sizes
from buckler.errors import ConfigurationError, Refusal, StartRefused
from buckler.events import EventLog
from buckler.redact import Secret
from buckler.settings import Settings

if TYPE_CHECKING:
    from buckler.identity import Accounts, AccountsSettings

NOT_READY: Final = Refusal(
    503, "not-ready", "This service could not start; its log says why.", event="sys_start_refused"
)
_LOGGER: Final = logging.getLogger("buckler")
_NO_ORIGIN: Final = "http://localhost"
"""Who issues tokens in development where no origin is named."""
_LOCAL_HSTS: Final = 300
"""Seconds. On this machine a longer promise would follow the developer to every other project."""


class Buckler:
    """Protects a FastAPI app. One line: `buckler = Buckler(app, accounts=True, roles=roles)`.

    `accounts` adds accounts of this app under `/auth`, with tokens and a database. `roles` says
    what each role may do. `default` is the declaration, or several, of routes that have none;
    without it such a route stops the start. `authenticator` brings callers from elsewhere, in place of accounts.
    `settings` are read from the environment (`BUCKLER_...`) unless given.

    Raises `ConfigurationError` for what can never work. ASVS 8.2.1, 8.3.1.
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        accounts: bool = False,
        roles: Roles | None = None,
        default: Any = None,
        authenticator: Authenticator | None = None,
        settings: Settings | None = None,
        clock: Clock | None = None,
    ) -> None:
        _check_target(app, accounts=accounts, authenticator=authenticator)
        self.app = app
        self.settings = settings or Settings.load()
        self.settings.check()
        self.clock = clock or SystemClock()
        self.events = EventLog(self.clock)
        self.accounts = self._make_accounts(roles or Roles({})) if accounts else None
        self._authenticator: Authenticator | None = self.accounts or authenticator
        known = roles or (Roles({}) if accounts else None)
        rules = Rules(known, _declarations(default), self._authenticator is not None)
        defences = self._compose(self._defences())
        admission = Admission([each for each in defences if isinstance(each, Passage)], self.events)
        documentation = Documentation(self.describe) if self.settings.development else None
        self._table = RouteTable(app, rules, admission, owner=self, documentation=documentation)
        self.edge = Edge(defences, self.events, owner=self, reraises=self.settings.development)
        self._handlers = [each for each in defences if isinstance(each, SafeErrors)]
        for handlers in self._handlers:
            # Now: Starlette copies the handlers when the lifespan begins, before routes are judged.
            handlers.install(app)
        self._failure: Exception | None = None
        self._starting = asyncio.Lock()
        self._ready = False
        self._add_routes()
        _place_outermost(app, self)

    async def start(self) -> None:
        """Judge the table of routes and open what the app needs.

        A server does this through the lifespan; call it yourself only where there is none. Raises
        `StartRefused` with every reason, and `ConfigurationError` for what cannot be opened.
        """
        faults = self._judge()
        if faults:
            text = "\n\n".join(map(str, faults))
            raise StartRefused(f"The app does not start: {len(faults)} to mend.\n\n{text}")
        if self._ready:
            return
        if self.accounts is not None:
            await self.accounts.open()
        self._ready = True
        self.events.emit("sys_startup", environment=self.settings.environment, routes=len(self._table.duties))

    async def stop(self) -> None:
        """Close what `start` opened."""
        self._ready = False
        if self.accounts is not None:
            await self.accounts.close()
        self.events.emit("sys_shutdown")

    def knows(self, app: FastAPI) -> bool:
        """Whether the routes of `app`, this one or one mounted in it, stand in the table."""
        return any(each is app for each in self._table.apps)

    @property
    def is_steady(self) -> bool:
        """Whether the app has started and its table of routes is up to date."""
        return self._ready and not self._table.is_stale

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one ASGI call in the place of the app itself: the start, the stop, and what is not steady."""
        if scope["type"] == "lifespan":
            await self._serve_lifespan(app, scope, receive, send)
        elif self._is_judged_outside(scope):
            await app(scope, receive, send)
        elif not self._ready and not await self._start_late():
            await self.edge.refuse(NOT_READY, scope, send)
        else:
            if self._table.is_stale:
                self._judge()
                self._table.drop_overrides()
            await self.edge(app, scope, receive, send)

    def describe(self, app: FastAPI, document: dict[str, Any]) -> dict[str, Any]:
        """Write what the guard enforces into the OpenAPI document of `app`, this one or one mounted in it."""
        if PROBLEM in document.get("components", {}).get("schemas", {}):
            return document
        self._judge()
        token_url = "/auth/token" if self.accounts is not None and self.settings.takes_password_form else None
        return describe_duties(document, self._table.duties_of(app), token_url=token_url)

    def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
        """The defences that stand. All of them: a twin in the tests is the only one to leave one out."""
        return defences

    def _defences(self) -> tuple[Defence, ...]:
        """Every defence of the edge and the guard, in the order in which a request meets them."""
        settings = self.settings
        return (
            *((Loopback(),) if settings.development else ()),
            Host(settings.host_names),
            *((Scheme(settings.origin, self._end_exposed),) if settings.origin.startswith("https:") else ()),
            Sizes(settings.max_body_bytes),
            OneCredential(),
            *((Authentication(self._authenticator),) if self._authenticator is not None else ()),
            Limits(self.clock),
            Requirements(),
            ExitGate(),
            SafeErrors(self.events),
            SecureHeaders(_transport(settings)),
        )

    def _make_accounts(self, roles: Roles) -> "Accounts":
        try:
            from buckler.identity import Accounts, account_defences
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"accounts=True needs {error.name}, which is not installed: pip install 'buckler[accounts]'."
            ) from error
        defences = self._compose(account_defences(self.clock))
        own = _accounts_settings(self.settings, self.app.title)
        return Accounts(own, roles, self.clock, self.events, defences)

    def _add_routes(self) -> None:
        if self.accounts is not None:
            self.app.include_router(self.accounts.router)
            self._table.put_last(self.app.router.routes[-1])
        if self.settings.development:
            self.app.router.routes.append(asset_route())
            self._table.put_last(self.app.router.routes[-1])

    def _judge(self) -> list[Fault]:
        faults = self._table.judge()
        for handlers in self._handlers:
            for app in self._table.apps:
                handlers.install(app)
        for fault in faults:
            self.events.emit("sys_start_refused", reason=fault.what)
        return faults

    async def _end_exposed(self, exchange: Exchange) -> None:
        token = bearer_token(exchange)
        if token is not None and self._authenticator is not None:
            await self._authenticator.withdraw(token)

    async def _start_late(self) -> bool:
        """Start at the first request, where no server ran the lifespan. A failure stays one.

        Requests that come meanwhile wait for it.
        """
        async with self._starting:
            if not self._ready and self._failure is None:
                try:
                    await self.start()
                except Exception as error:  # noqa: BLE001 - fail closed: whatever keeps us from starting is a 503
                    self._failure = error
                    self.events.emit("sys_start_refused", reason=type(error).__name__)
                    _LOGGER.critical("%s", error)
        return self._ready

    def _is_judged_outside(self, scope: Scope) -> bool:
        """Whether another app's Buckler, further out, has this app in its table and so judges its routes."""
        outer = exchange_of(scope)
        owner = outer.owner if outer is not None else None
        return isinstance(owner, Buckler) and owner is not self and owner.knows(self.app)

    async def _serve_lifespan(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Start once the app's own start-up is done; stop once its shutdown is."""
        refused: Exception | None = None

        async def sending(message: Message) -> None:
            nonlocal refused
            if message["type"] == "lifespan.startup.complete":
                try:
                    await self.start()
                except Exception as error:
                    # Raised into the app's lifespan, so that what it opened is closed again.
                    refused = error
                    raise
            elif message["type"] == "lifespan.startup.failed" and refused is not None:
                message = {**message, "message": str(refused)}
            elif message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
                await self.stop()
            await send(message)

        await app(scope, receive, sending)


def _check_target(app: object, *, accounts: bool, authenticator: Authenticator | None) -> None:
    if not isinstance(app, FastAPI):
        raise ConfigurationError(f"Buckler({type(app).__name__}): it protects a FastAPI app; give it the app itself.")
    if app.middleware_stack is not None:
        raise ConfigurationError("Buckler must be installed before the app serves its first request.")
    if isinstance(app, Protected):
        raise ConfigurationError("This app already has a Buckler; two would judge every request twice.")
    if accounts and authenticator is not None:
        raise ConfigurationError("accounts=True and authenticator=: callers come from one place; choose one.")


def _declarations(default: Any) -> tuple[Declaration, ...]:
    """What `default=` says: nothing, one declaration, or several that add up."""
    if default is None:
        return ()
    several = cast("Sequence[object]", default) if isinstance(default, list | tuple) else (default,)
    return tuple(declaration_in(each) for each in several)


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


def _transport(settings: Settings) -> Transport:
    if not settings.origin.startswith("https:"):
        return Transport(0, subdomains=False)
    if settings.on_loopback:
        return Transport(_LOCAL_HSTS, subdomains=False)
    return Transport(YEAR, subdomains=settings.hsts_subdomains)


class Protected:
    """Marks an app that has a Buckler."""

    buckler_of_app: Buckler


def buckler_of(app: FastAPI) -> Buckler | None:
    """The Buckler that protects `app`, or None."""
    return app.buckler_of_app if isinstance(app, Protected) else None


def _place_outermost(app: FastAPI, buckler: Buckler) -> None:
    """Give this one app a class of its own, whose calls go through Buckler first."""
    kind: type[FastAPI] = type(app)

    inner: ASGIApp = partial(kind.__call__, app)
    edge = buckler.edge

    class ProtectedApp(Protected, kind):  # type: ignore[misc, valid-type]  # the app's own class, known at run time
        buckler_of_app = buckler

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if buckler.is_steady and EXCHANGE_KEY not in scope and scope["type"] != "lifespan":
                await edge(inner, scope, receive, send)
            else:
                await buckler.serve(inner, scope, receive, send)

        def openapi(self) -> dict[str, Any]:
            return buckler.describe(self, super().openapi())

    ProtectedApp.__name__ = ProtectedApp.__qualname__ = kind.__name__
    app.__class__ = ProtectedApp
