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
            address = ip_address(client)
            # What a socket that takes both families calls an IPv4 client; Python 3.11 does not look inside.
            address = getattr(address, "ipv4_mapped", None) or address
        except ValueError:
            # Fail closed: an address that cannot be read is not this machine.
            return ELSEWHERE
        return None if address.is_loopback else ELSEWHERE
