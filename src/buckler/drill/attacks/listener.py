"""A listener on loopback that writes down who asks: whoever asks it was sent here.

It runs in a thread of its own. An app in this process may wait for it without letting anything else run.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from socket import AF_INET6, socket
from socketserver import BaseRequestHandler, TCPServer, ThreadingTCPServer
from threading import Thread
from typing import Final

from buckler.drill.own_ports import own_port
from buckler.randomness import identifier

ELSEWHERE: Final = "the target is on another machine, from which a listener of ours cannot be reached"
_MOST_BYTES: Final = 4096
_MOST_HEARD: Final = 500
_WITHIN: Final = 1.0
_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\ndrill"
_POLL: Final = 0.02


class Listener:
    """What was heard, and where it listens."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.connections = 0
        self._servers: list[TCPServer] = []
        self._until_closed = ExitStack()

    @property
    def port(self) -> int:
        """The same on IPv4 and, where there is one, on IPv6."""
        return int(self._servers[0].server_address[1])

    def has_heard(self, word: str) -> bool:
        """Whether somebody asked for this."""
        return any(word in each for each in tuple(self.heard))

    def open(self) -> None:
        """Listen, until `close`."""
        heard = self._hear

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                heard(self.request)

        self._servers.append(_Server(("127.0.0.1", 0), Handler))
        self._until_closed.enter_context(own_port(self.port))
        with suppress(OSError):  # A machine without IPv6, or the port is taken there.
            self._servers.append(_Server6(("::1", self.port), Handler))
        for server in self._servers:
            Thread(target=server.serve_forever, args=(_POLL,), daemon=True).start()

    def close(self) -> None:
        """Stop, and give the port back."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._until_closed.close()

    def _hear(self, connection: socket) -> None:
        self.connections += 1
        connection.settimeout(_WITHIN)
        with suppress(OSError):  # Whoever it was is gone; that it came is known.
            said = connection.recv(_MOST_BYTES)
            if len(self.heard) < _MOST_HEARD:
                self.heard.append(said.decode("latin-1"))
            connection.sendall(_ANSWER)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 32


class _Server6(_Server):
    address_family = AF_INET6


@contextmanager
def listening() -> Generator[Listener]:
    """Listen during the block."""
    listener = Listener()
    listener.open()
    try:
        yield listener
    finally:
        listener.close()


def word() -> str:
    """Something that nobody asks for by chance."""
    return f"drill-{identifier()[:12]}"
