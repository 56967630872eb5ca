"""Development answers this machine alone.

In development the docs are open, registration is open and secrets are made on the spot; none of
that may be reachable from a network by accident.
"""

from ipaddress import ip_address
from typing import Final

from buckler.asgi import Exchange
from buckler.defence import Arrival
from buckler.errors import Refusal

ELSEWHERE: Final = Refusal(
    403,
    "development-only",
    "This service runs in development and answers its own machine only. Set BUCKLER_ENVIRONMENT=production to serve.",
)
_IN_PROCESS: Final = "testclient"
"""What Starlette's test client calls itself; a server always gives an address or nothing."""


class Loopback(Arrival):
    """Refuses clients from other machines."""

    name = "loopback"

    def arrive(self, exchange: Exchange) -> Refusal | None:
        client = exchange.client
        if client in ("", "127.0.0.1", "::1", _IN_PROCESS):
            return None
        try:
            return None if ip_address(client).is_loopback else ELSEWHERE
        except ValueError:
            # Fail closed: an address that cannot be read is not this machine.
            return ELSEWHERE
