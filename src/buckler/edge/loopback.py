"""Development answers this machine alone.

In development the docs are open, registration is open and secrets are made on the spot; none of
that may be reachable from a network by accident.
"""

from typing import Final

from buckler.asgi import Exchange
from buckler.defence import Arrival
from buckler.errors import Refusal
from buckler.ip_addresses import UNKNOWN, is_loopback

ELSEWHERE: Final = Refusal(
    403,
    "development-only",
    "This service runs in development and answers its own machine only. Set BUCKLER_ENVIRONMENT=production to serve.",
)
UNREADABLE: Final = Refusal(
    403,
    "development-only",
    "This service runs in development and answers its own machine only, and its server writes addresses from"
    " X-Forwarded-For over the caller's. Start the server with --no-proxy-headers.",
)
_IN_PROCESS: Final = "testclient"
"""What Starlette's test client calls itself; a server always gives an address or nothing."""


class Loopback(Arrival):
    """Refuses clients from other machines."""

    name = "loopback"

    def arrive(self, exchange: Exchange) -> Refusal | None:
        # A Unix socket has no address, and only this machine reaches it.
        if exchange.client in ("", _IN_PROCESS) or is_loopback(exchange.client):
            return None
        return UNREADABLE if exchange.client == UNKNOWN else ELSEWHERE
