"""From a host to the addresses we would connect to: asked once, and every one of them judged.

The address that was judged is the address that is connected to; nothing asks a second time. A name
that answers with a public address first and with loopback next ("DNS rebinding") gains nothing, and
one that answers with both at once is refused.

A look-up of the system cannot be stopped: it keeps its thread until the name server answers or the
system gives up. So each agreement has threads of its own, and so many; a stranger's slow name server
holds up neither the app's other work nor another agreement.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from typing import Any, Final, Protocol

from buckler.input.outbound.addresses import Address, is_private_host, is_public
from buckler.input.outbound.errors import OutboundFailed, OutboundRefused

_MOST_ADDRESSES: Final = 64
_THREADS: Final = 16
_WAITING: Final = 48
_LOCAL_ENDINGS: Final = (".localhost", ".local", ".internal", ".home.arpa")


class Resolver(Protocol):
    """What knows the addresses of a name."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every address of `host`, in the order to try. Raises `OSError` where there is none."""
        ...


Ask = Callable[..., Sequence[tuple[Any, ...]]]


class SystemResolver:
    """The machine's own, asked by `ask` in `threads` threads while `waiting` more wait for one."""

    def __init__(self, ask: Ask | None = None, *, threads: int = _THREADS, waiting: int = _WAITING) -> None:
        ask = ask or socket.getaddrinfo
        self._ask = partial(ask, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        self._threads = ThreadPoolExecutor(threads, "buckler-look-up")
        self._places = threading.BoundedSemaphore(threads + waiting)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        if not self._places.acquire(blocking=False):
            # Fail closed: the next would wait behind all the others.
            raise OutboundFailed("busy")
        asked = self._threads.submit(self._ask, host, port)
        # When the thread has ended, also where nobody waits for it any more.
        asked.add_done_callback(lambda _: self._places.release())
        return [str(place[4][0]) for place in await asyncio.wrap_future(asked)]


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
