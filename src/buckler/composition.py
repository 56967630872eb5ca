"""The tuple of defences: which parts stand, and in which order a request meets them.

The order is by price under attack: what costs least to judge refuses first. Order of answers: 400
for shape or host, 429 for the client, 401, 403, then the route's own.
"""

from dataclasses import dataclass
from typing import Final

from buckler.access.authenticator import Authenticator
from buckler.access.credential import Authentication, OneCredential, exposed_tokens
from buckler.access.limits import Limits
from buckler.access.requirements import Requirements
from buckler.asgi import Exchange
from buckler.clock import Clock
from buckler.defence import Defence
from buckler.edge.exit_gate import ExitGate
from buckler.edge.headers import YEAR, Hsts, SecureHeaders
from buckler.edge.host import Host
from buckler.edge.loopback import Loopback
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


def defences(around: Surroundings) -> tuple[Defence, ...]:
    """Every defence of the edge, the guard and the answer, in order."""
    return (*_at_the_edge(around), *_at_the_route(around), *_on_the_way_out(around))


def _at_the_edge(around: Surroundings) -> tuple[Defence, ...]:
    """Before the app sees anything; bodies while they are received."""
    settings = around.settings
    return (
        *((Loopback(),) if settings.development else ()),
        Host(settings.host_names),
        *((Scheme(settings.origin, _Exposed(around.authenticator)),) if settings.origin.startswith("https:") else ()),
        Sizes(settings.max_body_bytes),
        OneCredential(),
    )


def _at_the_route(around: Surroundings) -> tuple[Defence, ...]:
    """At the door of the chosen route, before its body and its dependencies."""
    return (
        *((Authentication(around.authenticator),) if around.authenticator is not None else ()),
        Limits(around.clock),
        Requirements(),
    )


def _on_the_way_out(around: Surroundings) -> tuple[Defence, ...]:
    """When an answer starts to leave."""
    return (ExitGate(), SafeErrors(around.events), SecureHeaders(_hsts(around.settings)))


class _Exposed:
    """Ends the tokens that crossed the network in clear."""

    def __init__(self, authenticator: Authenticator | None) -> None:
        self._authenticator = authenticator

    async def __call__(self, exchange: Exchange) -> None:
        if self._authenticator is not None:
            for token in exposed_tokens(exchange):
                await self._authenticator.withdraw(token)


def _hsts(settings: Settings) -> Hsts:
    if not settings.origin.startswith("https:"):
        return Hsts(0, subdomains=False)
    if settings.on_loopback:
        return Hsts(_LOCAL_HSTS, subdomains=False)
    return Hsts(YEAR, subdomains=settings.hsts_subdomains)
