"""The address of a client, read in one way by every part.

- An IPv4 address that a socket of both families wraps (`::ffff:127.0.0.1`, RFC 4291 section 2.5.5.2) is that
  IPv4 address. Python before 3.13 does not look inside by itself.
- The zone of an IPv6 address (`fe80::1%eth0`, RFC 4007) names one of our own interfaces, not the client.
- Anything else is no address: an empty text (a Unix socket), a name, several addresses. What that means is
  for each caller to say.
- `unknown` is who hides behind an address that a server took from a field (RFC 7239 section 6.2 has the word).
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

UNKNOWN: Final = "unknown"
"""The one client behind every address that a stranger may have written."""


def parse(client: str) -> IPv4Address | IPv6Address | None:
    """The address of a client, or None where the text is none."""
    try:
        address = ip_address(client)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(int(address))


def is_loopback(client: str) -> bool:
    """Whether the client is on this machine. What is no address is not: fail closed."""
    address = parse(client)
    return address is not None and address.is_loopback


@lru_cache(maxsize=4096)
def network_of(client: str) -> str:
    """The name under which a client is counted: an IPv4 address, the /64 of an IPv6 one.

    Whoever holds one IPv6 address holds its whole /64. What is no address (a Unix socket, a test)
    counts as one client, never as none, and is not the one that nobody knows.
    """
    address = parse(client)
    if address is None:
        return UNKNOWN if client == UNKNOWN else "local"
    if isinstance(address, IPv4Address):
        return str(address)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
