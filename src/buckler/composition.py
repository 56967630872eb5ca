"""The tuple of defences: which parts stand, and in which order a request meets them.

The order is by price under attack: what costs least to judge refuses first. Order of answers: 400
for shape or host, 429 for the client, 401, 403, then the route's own.
"""

from dataclasses import dataclass, field
from typing import Final

from buckler.access.callers.authenticator import Authenticator
from buckler.access.callers.credential import Authentication, OneCredential, exposed_tokens
from buckler.access.callers.failed_checks import FailedChecks
from buckler.access.fields.fields import Fields
from buckler.access.guard.bodies import Bodies
from buckler.access.guard.csrf import Csrf, CsrfToken
from buckler.access.guard.limits import Limits
from buckler.access.guard.messages import Messages
from buckler.access.guard.open_connections import OpenConnections
from buckler.access.guard.requirements import Requirements
from buckler.access.guard.undeclared import UndeclaredRoutes
from buckler.access.ownership.ownership import Ownership
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.defence import Defence, only
from buckler.edge.client_address import ClientAddress
from buckler.edge.client_limit import ClientLimit
from buckler.edge.cookie import Cookie
from buckler.edge.cookies import Cookies
from buckler.edge.cors import CrossOrigin
from buckler.edge.csp import PagePolicy
from buckler.edge.csp_policy import Csp
from buckler.edge.deadlines import Deadlines
from buckler.edge.exit_gate import ExitGate
from buckler.edge.foreign_origins import Readers
from buckler.edge.form_bodies import FormBodies
from buckler.edge.framing import Framing
from buckler.edge.headers import YEAR, Hsts, SecureHeaders
from buckler.edge.heads import Heads
from buckler.edge.host import Host
from buckler.edge.json_bodies import JsonBodies
from buckler.edge.lifting import Lifting, Lifts, never
from buckler.edge.loopback import Loopback
from buckler.edge.paths import Paths
from buckler.edge.probes import Probes
from buckler.edge.proxies import Proxies
from buckler.edge.rates import Rate
from buckler.edge.redirects import Redirects
from buckler.edge.safe_errors import SafeErrors
from buckler.edge.scheme import Scheme
from buckler.edge.sizes import Sizes
from buckler.events import EventLog
from buckler.settings import Settings

_LOCAL_HSTS: Final = 300
"""Seconds. On this machine a longer promise would follow the developer to every other project."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the defences of one app are made from."""

    settings: Settings
    clock: Clock
    events: EventLog
    authenticator: Authenticator | None
    proxies: Proxies
    probes: Probes = field(default_factory=Probes)
    readers: Readers = field(default_factory=Readers)
    lifts: Lifts = never
    cookies: tuple[Cookie, ...] = ()
    lifting: Lifting | None = None
    csp: Csp | None = None


def defences(around: Surroundings) -> tuple[Defence, ...]:
    """Every defence of the edge, the guard and the answer, in order."""
    sizes = Sizes(around.settings.max_body_bytes, around.lifts)
    checks = _failed_checks(around)
    return (*_at_the_edge(around, sizes, checks), *_at_the_route(around, sizes, checks), *_on_the_way_out(around))


def joined(parts: tuple[Defence, ...]) -> tuple[Defence, ...]:
    """The same parts, each knowing the one that it works with: on a twin that one may be missing."""
    headers = only(SecureHeaders, parts)
    if headers is not None:
        headers.wear(only(PagePolicy, parts))
    return parts


def _at_the_edge(around: Surroundings, sizes: Sizes, checks: FailedChecks | None) -> tuple[Defence, ...]:
    """Before the app sees anything; bodies while they are received."""
    settings = around.settings
    return (
        ClientAddress(around.proxies, around.events, around.probes),
        *((Loopback(),) if settings.development else ()),
        Heads(settings.max_header_bytes),
        Framing(),
        Paths(),
        Host(settings.host_names, around.probes),
        *((_scheme(around, checks),) if settings.origin.startswith("https:") else ()),
        ClientLimit(Rate.parse(settings.client_limit), around.clock, around.events),
        *((CrossOrigin(around.readers.own, around.readers),) if around.readers.own is not None else ()),
        sizes,
        OneCredential(checks.cookie if checks is not None else b""),
        *((checks,) if checks is not None else ()),
        Deadlines(settings.body_seconds, around.clock),
        JsonBodies(),
        FormBodies(),
        Messages(around.clock, around.events, around.lifts),
        PagePolicy(around.csp, around.events, around.lifting),
    )


def _at_the_route(around: Surroundings, sizes: Sizes, checks: FailedChecks | None) -> tuple[Defence, ...]:
    """At the door of the chosen route, before its body and its dependencies."""
    return (
        UndeclaredRoutes(),
        Csrf(around.settings.origin, checks.cookie if checks is not None else b"", around.readers),
        *((Authentication(checks),) if checks is not None else ()),
        Limits(around.clock, around.events),
        Requirements(around.clock),
        *((CsrfToken(),) if checks is not None and checks.cookie else ()),
        Fields(),
        Ownership(around.events),
        Bodies(around.settings.max_body_bytes, sizes.make_room, around.events),
    )


def _on_the_way_out(around: Surroundings) -> tuple[Defence, ...]:
    """When an answer starts to leave."""
    settings = around.settings
    redirects = Redirects(settings.redirect_targets, settings.host_names)
    authenticator = around.authenticator
    return (
        ExitGate(),
        redirects,
        Cookies(around.cookies, settings.max_header_bytes // 2, around.events),
        SafeErrors(around.events),
        *((OpenConnections(authenticator, around.clock),) if authenticator is not None else ()),
        SecureHeaders(hsts_of(settings)),
    )


def _scheme(around: Surroundings, checks: FailedChecks | None) -> Scheme:
    return Scheme(around.settings.origin, _exposed(around, checks), around.probes)


def _failed_checks(around: Surroundings) -> FailedChecks | None:
    """Whoever checks tokens; None where nobody does."""
    if around.authenticator is None:
        return None
    return FailedChecks(around.authenticator, Rate.parse(around.settings.failed_checks_limit), around.clock)


def _exposed(around: Surroundings, checks: FailedChecks | None) -> "_Exposed | None":
    """None where nobody can end a token: nobody checks any, or who does has left `withdraw` as it is."""
    ends = getattr(type(around.authenticator), "withdraw", None)
    return None if checks is None or ends is Authenticator.withdraw else _Exposed(checks)


class _Exposed:
    """Ends the tokens that crossed the network in clear."""

    def __init__(self, checks: FailedChecks) -> None:
        self._checks = checks

    async def __call__(self, exchange: Exchange) -> None:
        for token in exposed_tokens(exchange):
            await self._checks.withdraw(exchange, token)


def hsts_of(settings: Settings) -> Hsts:
    """How long browsers shall insist on HTTPS, by the origin that is configured."""
    if not settings.origin.startswith("https:"):
        return Hsts(0, subdomains=False)
    if settings.on_loopback:
        return Hsts(_LOCAL_HSTS, subdomains=False)
    return Hsts(YEAR, subdomains=settings.hsts_subdomains)
