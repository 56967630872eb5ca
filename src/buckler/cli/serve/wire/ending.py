"""How a server ends: new connections are refused, what is under way is finished, what never ends by itself is told.

1. Asked once, by SIGTERM or SIGINT: it says at once that no more requests should come (`/health/ready`), and serves on
   for as long as `BUCKLER_DRAIN_SECONDS` says, so that a balancer sees that. Then the answers under way have ten
   seconds, and are cut off.
2. Asked again, it ends at once, also while it still serves on.
3. A WebSocket is closed with 1012, "service restart" (RFC 6455 section 7.4, IANA's registry), and its app told.
4. An event stream is ended in order, and its app told, as if the client had gone: nothing else would end it, and its
   client comes back by itself. It is known by what the request accepts, which a browser's `EventSource` always says.
5. One that is replaced waits a moment between the last accept and the end: whoever had just connected still asks. It
   does not drain, and neither does one whose supervisor was killed: the ports are for those that come after it.
"""

import asyncio
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

LINGER: Final = 1.0
"""Seconds in which a connection that was just made asks for something."""
_EVENT_STREAM: Final = b"text/event-stream"


@dataclass(frozen=True, slots=True)
class Drain:
    """What comes before the end."""

    say: Callable[[], None]
    """Says from then on, to whoever asks, that no more requests should come."""
    seconds: float
    """How long it goes on serving after that."""


class Ending:
    """The end of servers that share one life."""

    def __init__(self, drain: Drain, *servers: uvicorn.Server) -> None:
        self._drain = drain
        self._servers = servers
        self.asked = asyncio.Event()
        """Whether it has begun."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.ask)

    def ask(self) -> None:
        """Drain, then end after the answers under way; asked again, end at once."""
        if self.asked.is_set():
            self._end(at_once=True)
            return
        self.asked.set()
        self._drain.say()
        if self._drain.seconds:
            asyncio.get_running_loop().call_later(self._drain.seconds, self._end)
        else:
            self._end()

    def end(self) -> None:
        """End after the answers under way, and do not drain before."""
        self.asked.set()
        self._end()

    async def retire(self) -> None:
        """Take no more connections, which others on the same sockets do; then end."""
        for server in self._servers:
            for each in server.servers:
                each.close()
        await asyncio.sleep(LINGER)
        self.end()

    def _end(self, *, at_once: bool = False) -> None:
        for server in self._servers:
            server.should_exit = True
            server.force_exit = server.force_exit or at_once


def end_event_streams(connections: Iterable[object]) -> None:
    """End the answers among these connections that are event streams."""
    for connection in list(connections):
        if isinstance(connection, HttpToolsProtocol) and _streams_events(connection):
            if connection.cycle.chunked_encoding:
                connection.transport.write(b"0\r\n\r\n")
            connection.transport.close()


def _streams_events(connection: HttpToolsProtocol) -> bool:
    cycle = cast("RequestResponseCycle | None", connection.cycle)  # before the first request there is none
    if cycle is None or not cycle.response_started or cycle.response_complete:
        return False
    accepted = next((value for name, value in cycle.scope["headers"] if name == b"accept"), b"")
    return accepted.partition(b";")[0].strip().lower() == _EVENT_STREAM
