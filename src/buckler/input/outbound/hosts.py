"""How a host may be written: a plain name, or an address in its usual form (RFC 1123 section 2.1).

The system's resolver reads `127.1`, `0x7f.1`, `2130706433` and `0177.0.0.1` as loopback while other
readers take them for names. So whatever ends in a number is an address in four plain decimal parts,
or it is refused; so are zones, per cent signs, and the dot at the end.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from buckler.input.outbound.addresses import Address
from buckler.input.outbound.errors import OutboundRefused

_LONGEST_NAME: Final = 253
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


def read_host(host: str) -> Address | str:
    """The address that stands in the host's place, or its name in lower case. Raises `OutboundRefused`."""
    text = host.lower()
    try:
        if ":" in text:
            return _plain_ipv6(text)
        labels = text.split(".")
        if _NUMBER.fullmatch(labels[-1]):
            return IPv4Address(text)
    except AddressValueError as error:
        raise OutboundRefused("host-malformed") from error
    if len(text) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        raise OutboundRefused("host-malformed")
    return text


def _plain_ipv6(text: str) -> IPv6Address:
    if "%" in text:
        raise OutboundRefused("host-malformed")
    return IPv6Address(text)
