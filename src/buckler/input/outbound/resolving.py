"""From a host to the addresses we would connect to: asked once, and every one of them judged.

The address that was judged is the address that is connected to; nothing asks a second time. A name
that answers with a public address first and with loopback next ("DNS rebinding") gains nothing, and
one that answers with both at once is refused.
"""

import asyncio
import socket
from collections.abc import Collection, Sequence
from ipaddress import ip_address
from typing import Final, Protocol

from buckler.input.outbound.addresses import Address, is_private_host, is_public
from buckler.input.outbound.errors import OutboundFailed, OutboundRefused

_MOST_ADDRESSES: Final = 64
_LOCAL_ENDINGS: Final = (".localhost", ".local", ".internal", ".home.arpa")


class Resolver(Protocol):
    """What knows the addresses of a name."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every address of `host`, in the order to try. Raises `OSError` where there is none."""
        ...


class SystemResolver:
    """The machine's own."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        return [str(place[4][0]) for place in found]


class JudgedResolver:
    """Addresses of a host, all of them fit to be connected to. `private` are the hosts that may be ours."""

    def __init__(self, resolver: Resolver, private: Collection[str]) -> None:
        self._resolver = resolver
        self._private = frozenset(private)

    async def addresses(self, host: Address | str, port: int) -> Sequence[Address]:
        """At least one. Raises `OutboundRefused`, `OutboundFailed`."""
        is_private = str(host) in self._private
        if isinstance(host, str) and not is_private and ("." not in host or host.endswith(_LOCAL_ENDINGS)):
            # Fail closed: the machine's own search list decides what a bare name means.
            raise OutboundRefused("address-not-public")
        found = await self._ask(host, port) if isinstance(host, str) else [host]
        judge = is_private_host if is_private else is_public
        if not all(map(judge, found)):
            # Fail closed: one bad address among good ones is how a rebinding looks from here.
            raise OutboundRefused("address-not-public")
        return found

    async def _ask(self, host: str, port: int) -> list[Address]:
        try:
            found = [ip_address(text) for text in await self._resolver.resolve(host, port)]
        except (OSError, ValueError) as error:  # a name that the resolver cannot even spell is a ValueError
            raise OutboundFailed("unresolved") from error
        if not 0 < len(found) <= _MOST_ADDRESSES:
            raise OutboundFailed("unresolved")
        return found
