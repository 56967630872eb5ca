"""Which proxies stand in front of the app: what is believed of the fields that they forward.

1. There is no default behind a proxy. `direct()` believes nobody: whoever wrote `X-Forwarded-For`, it was the client.
2. `behind(hops=n)`: exactly n proxies of ours stand in front, and nobody reaches the app past them. The n-th address
   from the right was written by the outermost of them; everything further left, by whoever called it.
3. `behind(networks=...)`: whatever comes from these networks is a proxy of ours; a request from elsewhere is direct.
4. Networks that hold everybody, or so much of the world that strangers are in them, cannot be named.

ASVS 4.1.3. Caveat: a hop too many is an address of the stranger's choice. Count the proxies, or name them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from buckler.errors import ConfigurationError
from buckler.ip_addresses import parse

MOST_HOPS: Final = 10
"""More proxies than anybody has in a row; a longer chain is not followed."""
_WIDEST: Final = {4: 8, 6: 7}
"""The shortest prefix: `10.0.0.0/8` and `fc00::/7` are the largest networks that are somebody's own."""

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Proxies:
    """Made by `direct()` or `behind()`."""

    hops: int = 0
    networks: tuple[Network, ...] = ()

    @property
    def are_none(self) -> bool:
        """Whether clients reach the app themselves."""
        return not self.hops and not self.networks

    def include(self, peer: str) -> bool:
        """Whether this is the address of one of our proxies, by its network."""
        address = parse(peer)
        return address is not None and any(address in network for network in self.networks)


def direct() -> Proxies:
    """Clients reach the app themselves: every forwarding field is ignored."""
    return Proxies()


def behind(*, hops: int | None = None, networks: Iterable[str] = ()) -> Proxies:
    """Proxies of ours stand in front: so many in a row, or all that come from these networks.

    Raises `ConfigurationError` for both, for neither, and for what would believe everybody.
    """
    if isinstance(networks, str):
        raise ConfigurationError(f"networks={networks!r} is one text: write a tuple, as in networks=({networks!r},).")
    named = tuple(_network(each) for each in networks)
    if (hops is None) != bool(named):
        raise ConfigurationError(
            "behind() needs one of the two: hops=1 for one proxy in front, or networks=('10.0.0.0/8',) for where"
            " your proxies are."
        )
    if hops is not None and (type(hops) is not int or not 1 <= hops <= MOST_HOPS):
        raise ConfigurationError(
            f"hops={hops!r}: write how many proxies stand in front, from 1 to {MOST_HOPS}; for none, use direct()."
        )
    return Proxies(hops or 0, named)


def proxies_named(setting: str) -> Proxies:
    """What `BUCKLER_BEHIND` says: nothing for direct, a number of hops, or networks separated by commas."""
    text = setting.strip()
    if not text:
        return direct()
    try:
        if text.isascii() and text.isdigit() and len(text) < 4:
            return behind(hops=int(text))
        return behind(networks=[each.strip() for each in text.split(",")])
    except ConfigurationError as error:
        raise ConfigurationError(
            f"BUCKLER_BEHIND={setting!r}: {error} Leave it empty where clients reach the app themselves; write 1 for"
            " one proxy in front, or the networks of your proxies, as in 10.0.0.0/8, 192.168.0.0/16."
        ) from None


def _network(text: str) -> Network:
    try:
        network = ip_network(text)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{text!r} is no network ({error}): write the address of a proxy, or a network as in 10.0.0.0/8."
        ) from None
    if network.prefixlen < _WIDEST[network.version]:
        raise ConfigurationError(
            f"{text!r} holds so many addresses that strangers are among them, and any of them could claim to be"
            " anybody: name the networks of your own proxies."
        )
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise ConfigurationError(
            f"{text!r} wraps IPv4 addresses, which are compared unwrapped: write the IPv4 network itself."
        )
    return network
