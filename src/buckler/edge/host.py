"""Which host a request may name (ASVS 4.1.3; RFC 9112 section 3.2).

Exactly one `Host`, one of ours by name; its port is not compared, since a proxy may listen on
another one. What a proxy of ours forwards as the host is judged in the same way (`client_address.py`).
Nothing later in the app reads a host from a request: links and redirects are built from the configured origin.
"""

import re
from collections.abc import Iterable
from typing import Final

from buckler.asgi import Exchange
from buckler.defence import Arrival
from buckler.errors import ConfigurationError, Refusal

NO_HOST: Final = Refusal(400, "host-missing", "Send exactly one Host header.")
UNKNOWN_HOST: Final = Refusal(
    400, "host-unknown", "This service does not answer to that host.", event="malicious_direct_reference"
)

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")
_HIGHEST_PORT: Final = 65535
_PORT: Final = re.compile(rb":[0-9]{1,5}")


class Host(Arrival):
    """Refuses a request for a host that is not ours.

    `names` are host names without a port. Raises `ConfigurationError` for none, for a wildcard,
    or for a text that is not a host name.
    """

    name = "host"

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(_checked(name) for name in names)
        if not self._names:
            raise ConfigurationError("No host to answer to: set BUCKLER_ORIGIN, as in https://api.example.com.")

    def arrive(self, exchange: Exchange) -> Refusal | None:
        host = exchange.headers.get(b"host")
        if host in self._names and not exchange.repeated and not exchange.forwarded_hosts:
            return None
        if host is None or b"host" in exchange.repeated:
            return NO_HOST
        named = (host, *exchange.forwarded_hosts)
        return None if all(_without_port(each.lower()) in self._names for each in named) else UNKNOWN_HOST


def _checked(name: str) -> bytes:
    if _NAME.fullmatch(name.lower()) is None:
        raise ConfigurationError(
            f"{name!r} cannot be a host to answer to: a wildcard or a malformed name would let strangers"
            " choose the name in our links. Write each host in full."
        )
    return name.lower().encode("ascii")


def _without_port(host: bytes) -> bytes:
    bare, colon, port = host.rpartition(b":")
    # A port out of range would make the framework fall back to the server's own address in its links.
    return bare if colon and _PORT.fullmatch(colon + port) and int(port) <= _HIGHEST_PORT else host
