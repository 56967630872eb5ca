"""Which host a request may name (ASVS 4.1.3; RFC 9112 section 3.2).

Exactly one `Host`, one of ours by name; its port is not compared, since a proxy may listen on
another one. What a proxy of ours forwards as the host is judged in the same way (`client_address.py`).
A name that is none, and names that do not agree, are told apart from another name: whoever reads them may be misled.
Nothing later in the app reads a host from a request: links and redirects are built from the configured origin.
A probe (`probes.py`) answers to any.
"""

import re
from collections.abc import Iterable
from typing import Final

from buckler.asgi import Exchange
from buckler.defence import Arrival
from buckler.edge.probes import Probes
from buckler.errors import ConfigurationError, Refusal

NO_HOST: Final = Refusal(400, "host-missing", "Send exactly one Host header.")
UNKNOWN_HOST: Final = Refusal(
    400, "host-unknown", "This service does not answer to that host.", event="malicious_direct_reference"
)
MALFORMED: Final = Refusal(
    400, "host-malformed", "The host that was asked for is no name of one.", event="malicious_direct_reference"
)
DIFFERENT: Final = Refusal(
    400, "hosts-differ", "The hosts that this request names do not agree.", event="malicious_direct_reference"
)

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")
_NAMED: Final = re.compile(rb"[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9_])?\.?|\[[0-9a-f:.]{2,45}\]")
"""What somebody may be asked for by: names of other systems have underscores and a last dot."""
_HIGHEST_PORT: Final = 65535
_PORT: Final = re.compile(rb":[0-9]{1,5}")


class Host(Arrival):
    """Refuses a request for a host that is not ours.

    `names` are host names without a port. Raises `ConfigurationError` for none, for a wildcard,
    or for a text that is not a host name.
    """

    name = "host"

    def __init__(self, names: Iterable[str], probes: Probes | None = None) -> None:
        self._names = frozenset(_checked(name) for name in names)
        self._probes = probes or Probes()
        if not self._names:
            raise ConfigurationError("No host to answer to: set BUCKLER_ORIGIN, as in https://api.example.com.")

    def arrive(self, exchange: Exchange) -> Refusal | None:
        host = exchange.headers.get(b"host")
        if host in self._names and not exchange.repeated and not exchange.forwarded_hosts:
            return None
        refusal = self._judge(host, exchange)
        if refusal is not None and self._probes.paths and self._probes.are_asked(exchange):
            exchange.spared = refusal
            exchange.reason = None
            return None
        return refusal

    def _judge(self, host: bytes | None, exchange: Exchange) -> Refusal | None:
        if host is None or b"host" in exchange.repeated:
            return NO_HOST
        if not exchange.forwarded_hosts:
            # What nearly every one is that is refused here, by the thousand: one name, and not ours.
            name = _without_port(host.lower())
            if name in self._names:
                return None
            exchange.reason = "asked for the host " + name.decode("latin-1")
            return UNKNOWN_HOST if _NAMED.fullmatch(name) else MALFORMED
        names = [_without_port(each.lower()) for each in (host, *exchange.forwarded_hosts)]
        strange = next((each for each in names if each not in self._names), None)
        if strange is None:
            return None
        exchange.reason = "asked for the host " + strange.decode("latin-1")
        if not all(map(_NAMED.fullmatch, names)):
            return MALFORMED
        return UNKNOWN_HOST if len(set(names)) == 1 else DIFFERENT


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
