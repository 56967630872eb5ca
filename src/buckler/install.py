"""Installing Buckler on an app: the one place that knows all the parts.

- The tuple of defences is made in `composition.py`; here it is put to work.
- The app is changed in `protected_app.py`.
"""

from collections.abc import Sequence
from dataclasses import replace
from inspect import isclass
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.params import Security

from buckler.access.callers.authenticator import Authenticator
from buckler.access.callers.function_authenticator import Authenticates
from buckler.access.declarations.roles import Roles
from buckler.access.doors.passage import Passage
from buckler.access.guard.guard import Admission
from buckler.access.guard.requirements import Requirements
from buckler.access.ownership.placement import SESSION
from buckler.access.ownership.session_argument import check_session
from buckler.access.policy.callers import callers_of, on_trial
from buckler.access.policy.explaining import Explainer
from buckler.access.policy.explanation import Explanation
from buckler.access.policy.policy import Policy
from buckler.access.policy.reading import policy_of
from buckler.access.routes.fastapi_tree import DEFAULT, TRIAL
from buckler.access.routes.judgement import Rules
from buckler.access.routes.openapi import Credentials
from buckler.access.routes.route_table import RouteTable
from buckler.clock import Clock, SystemClock
from buckler.composition import Surroundings, defences, joined
from buckler.console.navigation import HOME, SIGN_IN
from buckler.defence import Defence, only
from buckler.edge.cookie import Cookie
from buckler.edge.cors_policy import Cors
from buckler.edge.csp import PagePolicy
from buckler.edge.csp_policy import Csp
from buckler.edge.edge import Edge
from buckler.edge.error_pages import ErrorPages
from buckler.edge.lifting import Lifting, never
from buckler.edge.probes import Probes
from buckler.edge.proxies import Proxies
from buckler.edge.safe_errors import SafeErrors
from buckler.edge.trial import Trial
from buckler.errors import ConfigurationError
from buckler.events import AccessLog, EventLog
from buckler.install_arguments import (
    authenticator_of,
    check_callers,
    check_console,
    check_mailer,
    check_surroundings,
    cookies_of,
    credential_cookie_of,
    csp_of,
    declarations_of,
    ids_of,
    proxies_of,
    readers_of,
)
from buckler.measuring import Measuring
from buckler.metrics.recent import Recent
from buckler.oauth.issuer import Issuer
from buckler.own_routes import CspReports, OwnRoutes
from buckler.principal import Principal
from buckler.protected_app import Installed, Protected, place_outermost
from buckler.running import CallerSource, Running
from buckler.settings import Settings, StartRules

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from buckler.identity import Accounts
    from buckler.identity.mail.mailer import Mailer
    from buckler.oauth.foreign_callers import ForeignCallers
    from buckler.oauth.own_and_foreign import OwnAndForeign


class Buckler:
    """Protects a FastAPI app. One line: `buckler = Buckler(app, accounts=True, roles=roles)`.

    - `accounts`: accounts of this app under `/auth`, with tokens and a database.
    - `roles`: what each role may do.
    - `default`: who may call the routes that do not say it themselves, `Public` or `Requires`, in a list beside limits;
      without it such a route stops the start.
    - `authenticator`: callers from elsewhere, in place of accounts and issuers: an `Authenticator`, or a function from
      the text of a bearer token to a `Principal` or None, `async def` or, in a thread, `def`.
    - `issuers`: others whose tokens count here, alone or beside accounts.
    - `client_address`: the proxies in front, `direct()` or `behind(...)`; without it the settings say.
    - `settings`: read from the environment (`BUCKLER_...`) and files unless given.
    - `clock`: tells the time in seconds; tests bring one that they turn by hand.
    - `mailer`: delivers the letters of the accounts, in place of the mail server that the settings name.
    - `trial`: lets an app that is already in use go on for a while.
    - `session`: the app's own dependency for sessions of its database, for every `Owned` that names none.
    - `health`: who may ask `/health/live` and `/health/ready`; without it they are not there.
    - `metrics`: who may read `/metrics`; without it that is not there.
    - `console`: pages at `/console`, where people sign in and look after their accounts.
    - `cookies`: what single cookies of the app may beside the rules for all of them.
    - `csp`: what pages may load and run, and that browsers report what they stopped.
    - `cors`: the origins whose pages may read the answers; `BUCKLER_CORS_ORIGINS` adds to them.

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
        authenticator: Authenticator | Authenticates | None = None,
        issuers: Sequence[Issuer] = (),
        client_address: Proxies | None = None,
        settings: Settings | None = None,
        clock: Clock | None = None,
        mailer: "Mailer | None" = None,
        trial: Trial | None = None,
        session: object = None,
        health: Security | Sequence[Security] | None = None,
        metrics: Security | Sequence[Security] | None = None,
        console: bool = False,
        cookies: Sequence[Cookie] = (),
        csp: Csp | None = None,
        cors: Cors | None = None,
    ) -> None:
        _check_target(app)
        check_callers(accounts, roles, authenticator, issuers)
        check_surroundings(settings, clock, trial)
        check_mailer(accounts, mailer)
        check_console(console, accounts)
        check_session(session)
        self.app = app
        self.settings = settings or Settings.load()
        self._clock = clock or SystemClock()
        self._events = EventLog(self._clock)
        self._mailer, self.has_console, self._recent = mailer, console, Recent(self._clock) if console else None
        self._lifting = self._make_lifting(trial) if trial is not None else None
        self._probes, self._cookies = Probes(), cookies_of(cookies, self.settings)
        self._readers = readers_of(cors, self.settings, accounts=accounts, console=HOME if console else None)
        self._own, self._csp = self._make_own(health, metrics), csp_of(csp, console)
        self.accounts = self._make_accounts(roles or Roles({})) if accounts else None
        self._foreign = self._make_foreign(issuers, roles) if issuers else None
        self._both = self._join()
        callers: Authenticator | None = self._both or self.accounts or self._foreign or authenticator_of(authenticator)
        self._cookie = credential_cookie_of(callers, self._cookies)
        rules = self._rules_of(roles, callers, default, session, issuers)
        around = self._surroundings(callers, proxies_of(client_address, self.settings))
        _say_on_router(app, rules, self._lifting)
        parts = joined(self._compose(defences(around)))
        self._rules, self._requirements = rules, only(Requirements, parts)
        self._told = callers_of(accounts, issuers, authenticator), on_trial(trial)
        self._running = self._run(rules, parts)
        place_outermost(app, self, Installed(self.settings, self._clock, rules, parts, self._running, self._own))

    @property
    def first_administrator_code(self) -> str | None:
        """The one-time code for the first administrator: after the start, while there is none."""
        return self.accounts.first_administrator_code if self.accounts is not None else None

    def policy(self) -> Policy:
        """What every door of the app asks, and who may: read from the table that the guard looks up.

        The routes are judged if they were not; nothing is opened and nothing starts. Raises `StartRefused` with every
        fault of the table. ASVS 8.1.1.
        """
        judged = self._running.judged()
        answering, (callers, trial) = self._running.table.answering, self._told
        return policy_of(judged, answering, self._rules, self._requirements, callers=callers, trial=trial)

    def explain(self, method: str, path: str, caller: Principal | None = None) -> Explanation:
        """What such a request would meet: the route that the router chooses, each step, and the decision.

        `method` is that of the request, or `"WEBSOCKET"`; without `caller` nobody is signed in. Nothing of the route
        runs, nothing is counted, and no condition of the app is asked. Raises `StartRefused` as `policy()` does, and
        `ConfigurationError` for what is no method or no path.
        """
        judged, roles = self._running.judged(), self._rules.roles
        host = next(iter(self.settings.host_names), "localhost")
        explainer = Explainer(self.app, self._running.table, judged, self._requirements, roles, host)
        return explainer.explain(method, path, caller)

    async def start(self) -> None:
        """Judge the routes and open what the app needs.

        A server does this through the lifespan; call it yourself only where there is none. Raises
        `StartRefused` with every reason, and `ConfigurationError` for what cannot be opened.
        """
        await self._running.start()

    def drain(self) -> None:
        """Answer `/health/ready` with 503 from now on, and serve all the rest: for whoever is about to stop the app."""
        self._running.drain()

    async def stop(self) -> None:
        """Close what `start` opened."""
        await self._running.stop()

    def _rules_of(
        self, roles: Roles | None, callers: Authenticator | None, default: Security | Sequence[Security] | None,
        session: object, issuers: Sequence[Issuer],
    ) -> Rules:  # fmt: skip
        known = roles or (Roles({}) if self.accounts is not None else None)
        ids, tenants = ids_of(self.accounts is not None, issuers)
        factors = 0 if callers is None else getattr(callers, "factors", 1)
        undeclared = self._lifting.undeclared if self._lifting is not None else None
        declared = declarations_of(default, "default", "a route that declares nothing")
        rules = Rules(known, declared, factors, self.settings.max_body_bytes, undeclared, session)
        return replace(rules, ids=ids, tenants=tenants)

    def _surroundings(self, callers: Authenticator | None, proxies: Proxies) -> Surroundings:
        lifts = never if self._lifting is None else self._lifting.lifts
        return Surroundings(
            self.settings, self._clock, self._events, callers, proxies, self._probes, self._readers, lifts,
            self._cookies, self._lifting, self._csp,
        )  # fmt: skip

    def _compose(self, defences: tuple[Defence, ...]) -> tuple[Defence, ...]:
        """The defences that stand. All of them: a twin in the tests is the only one to leave one out."""
        return defences

    def _run(self, rules: Rules, parts: tuple[Defence, ...]) -> Running:
        development = self.settings.development
        lifting = self._lifting
        passages = [each for each in parts if isinstance(each, Passage)]
        admission = Admission(passages, never if lifting is None else lifting.lifts)
        table = RouteTable(self.app, rules, admission, self._probes)
        running = Running(
            self.app,
            table,
            Edge(
                parts,
                self._events,
                AccessLog(self._clock),
                owner=table,
                reraises=development,
                lifting=lifting,
                readers=self._readers,
                pages=ErrorPages(*(HOME, SIGN_IN) if self.has_console else ()),
            ),
            self._events,
            callers=self._caller_source(),
            handlers=[each for each in parts if isinstance(each, SafeErrors)],
            credentials=Credentials("/auth/token" if self._takes_password_form else None, self._cookie),
            start_rules=StartRules(self.settings, self._cookies, self._readers.own, self._csp),
            lifting=lifting,
            measuring=Measuring(self._own.tally, self._clock),
            security=self._own.security,
        )
        router = self.accounts.router if self.accounts is not None else None
        self._own.place(self.app, table, running, router, self._further_routes(parts))
        return running

    def _further_routes(self, parts: tuple[Defence, ...]) -> "Sequence[BaseRoute]":
        pages = only(PagePolicy, parts)
        wanted = self.has_console or (pages is not None and pages.policy.reports)
        reports = CspReports(self._events).routes() if wanted else ()
        return (*reports, *self._console_routes())

    def _console_routes(self) -> "Sequence[BaseRoute]":
        if self.accounts is None or self._recent is None:
            return ()
        from buckler.console.console import Console
        from buckler.console.surroundings import Surroundings

        accounts = self.accounts
        around = Surroundings(
            self.app.title, accounts.settings, accounts.roles, self._clock, self._events, accounts.opened,
            self.policy, self._recent,
        )  # fmt: skip
        return Console(around).routes()

    def _make_lifting(self, trial: Trial) -> Lifting:
        return Lifting(trial, self._clock, self._events, development=self.settings.development)

    def _join(self) -> "OwnAndForeign | None":
        """Accounts and other issuers beside each other; None where one of the two is not there."""
        if self.accounts is None or self._foreign is None:
            return None
        from buckler.oauth.own_and_foreign import OwnAndForeign

        return OwnAndForeign(self.accounts, self._foreign)

    def _make_own(self, health: object, metrics: object) -> OwnRoutes:
        asked = declarations_of(health, "health", "/health/live and /health/ready")
        read = declarations_of(metrics, "metrics", "/metrics")
        return OwnRoutes(self.settings, self._clock, self._events, health=asked, metrics=read, recent=self._recent)

    @property
    def _takes_password_form(self) -> bool:
        return self.accounts is not None and self.settings.takes_password_form

    def _caller_source(self) -> CallerSource | None:
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
        from buckler.accounts_from_settings import accounts_settings

        own = accounts_settings(self.settings, self.app.title, self._mailer, console=HOME if self.has_console else None)
        return Accounts(own, roles, self._clock, self._events, defences)


def _say_on_router(app: FastAPI, rules: Rules, lifting: Lifting | None) -> None:
    """On the router, not the app: it may be walked as a part of another app."""
    setattr(app.router, DEFAULT, rules.default)
    setattr(app.router, TRIAL, lifting)
    setattr(app.router, SESSION, rules.session)


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


def buckler_of(app: FastAPI) -> Buckler | None:
    """The Buckler that protects `app`, or None."""
    buckler = app.buckler_of_app if isinstance(app, Protected) else None
    return buckler if isinstance(buckler, Buckler) else None
