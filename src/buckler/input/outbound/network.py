"""The place where connections are made: to an address that was judged, and to nothing else.

The HTTP library hands the host of the URL here and checks the certificate against that same host
afterwards, so that neither the name we ask for (SNI) nor the name we trust changes by the pinning.
"""

from collections.abc import Iterable
from typing import Final, cast

import httpcore2

from buckler.input.outbound.errors import OutboundRefused
from buckler.input.outbound.hosts import read_host
from buckler.input.outbound.resolving import JudgedResolver

_MOST_TRIED: Final = 4
"""Addresses of one host; the rest would hardly fare better."""


class PinnedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that `JudgedResolver` gave."""

    def __init__(self, resolver: JudgedResolver, network: httpcore2.AsyncNetworkBackend | None = None) -> None:
        self._resolver = resolver
        # The library declares it twice, once for machines without anyio, which FastAPI always brings.
        self._network = network or cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first address of `host` that takes one."""
        failure: httpcore2.ConnectError | None = None
        for address in (await self._resolver.addresses(read_host(host), port))[:_MOST_TRIED]:
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except httpcore2.ConnectError as error:
                failure = error
        raise failure or httpcore2.ConnectError

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Fail closed: a socket of this machine is no public address."""
        raise OutboundRefused("address-not-public")
