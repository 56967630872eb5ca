"""Takes the connections of one listening socket: a place first, then TLS, then a protocol.

The loop's own server would do TLS with whoever comes, and would wait a minute for each handshake.
"""

import asyncio
import ssl
from collections.abc import Callable
from socket import socket
from typing import Final, Protocol

from buckler.cli.serve.wire.connection import Connection
from buckler.cli.serve.wire.delivery import bound
from buckler.cli.serve.wire.terms import Terms

_AT_ONCE: Final = 16
_BREATH: Final = 1.0
_BETWEEN_LOOKS: Final = 0.5
_TLS_GOODBYE: Final = 86_400.0
"""For the goodbye of TLS. Whoever takes the rest of an answer slowly is not cut off; whoever takes nothing is, by
`Connection`, and long before."""


class Speaks(Protocol):
    """Makes the protocol of a connection."""

    def __call__(self, connection: Connection) -> asyncio.Protocol: ...


class Entrance:
    """Opened inside a running loop, and closed before its socket."""

    def __init__(
        self, listener: socket, tls: Callable[[], ssl.SSLContext | None], speaks: Speaks, terms: Terms
    ) -> None:
        self._listener = listener
        self._tls = tls
        self._speaks = speaks
        self._terms = terms
        self._connections: set[Connection] = set()
        self._greetings: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._is_open = False

    def open(self) -> None:
        """Take whoever comes from now on."""
        self._is_open = True
        self._resume()
        self._watch()

    def close(self) -> None:
        """Take nobody any more. Those who shake hands at the moment are served. May be called again."""
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._listener.fileno())

    def dismiss(self) -> None:
        """Leave those who shake hands at the moment too."""
        for greeting in self._greetings:
            greeting.cancel()

    async def wait_closed(self) -> None:
        """There is nothing to wait for: whoever has a connection is known to the server."""

    def _resume(self) -> None:
        if self._is_open:
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                accepted, address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                # No file descriptor or no memory is left: those who come wait in the kernel's queue.
                self._loop.remove_reader(self._listener.fileno())
                self._loop.call_later(_BREATH, self._resume)
                return
            self._admit(accepted, str(address[0]) if address else "")

    def _admit(self, accepted: socket, peer: str) -> None:
        give_back = self._terms.places.take(peer)
        if give_back is None:
            accepted.close()
            return
        accepted.setblocking(False)
        connection = Connection(accepted, self._loop.time(), self._terms.patience, give_back)
        greeting = self._loop.create_task(self._greet(accepted, connection))
        self._greetings.add(greeting)
        greeting.add_done_callback(self._greetings.discard)

    def _watch(self) -> None:
        """End the connections that keep us waiting; also while the server ends, until none is left."""
        now = self._loop.time()
        for connection in tuple(self._connections):
            self._judge(connection, now)
        turned_away = self._terms.places.turned_away()
        if turned_away:
            self._terms.tell_full(turned_away)
        if self._is_open or self._connections:
            self._loop.call_later(_BETWEEN_LOOKS, self._watch)

    def _judge(self, connection: Connection, now: float) -> None:
        try:
            connection.judge(now)
        except OSError:
            connection.end()
        if not connection.has_begun:
            self._connections.discard(connection)

    async def _greet(self, accepted: socket, connection: Connection) -> None:
        """Shake hands. The task ends with that; what is left of a connection is its protocol."""
        tls = self._tls()
        waits = None if tls is None else self._terms.patience.head
        try:
            bound(accepted)
            await self._loop.connect_accepted_socket(
                lambda: self._speaks(connection), accepted, ssl=tls,
                ssl_handshake_timeout=waits, ssl_shutdown_timeout=None if tls is None else _TLS_GOODBYE,
            )  # fmt: skip
        except OSError:
            # A stranger who speaks no TLS, or nothing, or is gone: no line of a log is owed to that.
            accepted.close()
        finally:
            if connection.has_begun:
                self._connections.add(connection)
            else:
                connection.end()
