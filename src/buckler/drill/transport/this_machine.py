"""Whether a name or an address is this machine, whatever a resolver says of it (RFC 6761 section 6.3)."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

_NUMBER: Final = "127.0.0.1"
_NUMBERS: Final = re.compile(r"[0-9A-Fa-fxX.]+")


def is_this_machine(host: str) -> bool:
    """Whether it is: by its loopback network, the name `localhost`, or the address of none (0.0.0.0), which leads here.

    A host without a port: brackets around an IPv6 address and a dot at the end of a name are part of it.
    """
    address = _address(host)
    return _is_localhost(host) if address is None else address.is_loopback or address.is_unspecified


def has_many_addresses(host: str) -> bool:
    """Whether it is this machine by IPv4, whose loopback network has many addresses (RFC 6890)."""
    address = _address(host)
    return _is_localhost(host) if address is None else address.version == 4 and address.is_loopback


def reached_at(host: str) -> str:
    """What is connected to: a number in place of each name of this machine, others as they are.

    No resolver is asked for those, so a name that was let through leads nowhere else, now or by its next answer.
    """
    return _NUMBER if _is_localhost(host) else host


def _is_localhost(host: str) -> bool:
    name = host.lower().removesuffix(".")
    return name == "localhost" or name.endswith(".localhost")


def _address(host: str) -> IPv4Address | IPv6Address | None:
    text = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return _of_numbers(text)
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _of_numbers(text: str) -> IPv4Address | None:
    """What a resolver makes of numbers that are not four: `127.1`."""
    if not _NUMBERS.fullmatch(text):
        return None
    try:
        return IPv4Address(socket.inet_aton(text))
    except OSError:
        return None
