"""Which addresses belong to the public Internet (IANA special-purpose registries; RFC 6890).

- IPv4: all but what stands in the table.
- IPv6: global unicast, 2000::/3, but for what stands in the table. Outside of it lie loopback, mapped
  and compatible IPv4, link-local, site-local, unique local and multicast.
- Ways to write an IPv4 address as IPv6 (mapped, compatible, 6to4, Teredo) are refused whatever they
  hold: nobody publishes one. NAT64 is what a network without IPv4 must use, so there the address
  inside is judged.

The table is our own: `ipaddress.is_global` changed its answers between releases of Python, takes
multicast for global, and knows nothing of the services that a cloud puts beside each machine.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

_SPECIAL: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network; the system takes 0.0.0.0 for itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers' customers; a cloud's metadata at 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # public by number, but the platform's own service beside each machine of a cloud
        "169.254.0.0/16",  # link-local; the metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, retired
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # protocol assignments, with Teredo, benchmarks and ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_PRIVATE: Final = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",  # unique local
    )
)
"""Where a host that is named as private may stand."""
_NEVER: Final = tuple(
    ip_network(text)
    for text in (
        "100.100.100.200/32",
        "fd00:42::/32",
        "fd00:c1::/32",
        "fd00:ec2::/32",
        "fd20:ce::/32",
    )
)
"""The metadata of clouds that lies within those; the rest of it lies outside."""


def is_public(address: Address) -> bool:
    """Whether anybody on the Internet could reach the address too."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_UNICAST:
            return False
    return not _within(address, _SPECIAL)


def is_private_host(address: Address) -> bool:
    """Whether the address may be that of a host of ours: public, loopback or of a private network."""
    if is_public(address):
        return True
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    return _within(address, _PRIVATE) and not _within(address, _NEVER)


def _within(address: Address, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return any(address in network for network in networks)
