"""One connection from its acceptance to its end, and how long it may keep us waiting (ASVS 13.1.2; CWE-400).

1. The head of a request has to be there `head` seconds after the connection was opened, its handshake included, or
   after the first byte that follows the last request. So has the rest of a body once its answer has left.
2. While there is something for the client to take, it may take nothing for `answer` seconds. How slowly it takes the
   rest does not matter.
3. A connection that we close, and whose client has everything, has a second to close it too: TLS would wait longer.

Looked at twice a second for all connections together: none has a task or a timer of its own.
"""

from asyncio import Transport
from collections.abc import Callable
from dataclasses import dataclass
from socket import socket
from typing import Final, Protocol

from buckler.cli.serve.wire.delivery import delivery

_TIME_TO_CLOSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long clients are waited for, in seconds."""

    head: float
    answer: float


class Speaker(Protocol):
    """What speaks HTTP on a connection."""

    def give_up(self) -> None:
        """The client keeps us waiting: end it."""


class Connection:
    """A connection that holds a place until it ends."""

    def __init__(self, accepted: socket, opened: float, patience: Patience, give_back: Callable[[], None]) -> None:
        self.awaited_since: float | None = opened
        """Since when the client owes us a head, or the rest of a body; None while it does not."""
        self._socket = accepted
        self._patience = patience
        self._give_back = give_back
        self._speaker: Speaker | None = None
        self._transport: Transport | None = None
        self._progress, self._still_since = 0, opened

    @property
    def has_begun(self) -> bool:
        """Whether it came past the handshake."""
        return self._transport is not None

    def begin(self, speaker: Speaker, transport: Transport) -> None:
        """The handshake is over: from now on `speaker` has the word."""
        self._speaker, self._transport = speaker, transport

    def end(self) -> None:
        """It is gone, and its place is free. May be called again."""
        self._give_back()
        self._speaker = self._transport = None

    def judge(self, now: float) -> None:
        """End it where it keeps us waiting for longer than we do. The handshake has a deadline by itself."""
        if self._speaker is None or self._transport is None:
            return
        if self._takes_nothing(self._transport, now):
            self._transport.abort()
        elif self._is_overdue(now) and not self._transport.is_closing():
            self._speaker.give_up()

    def _is_overdue(self, now: float) -> bool:
        return self.awaited_since is not None and now - self.awaited_since >= self._patience.head

    def _takes_nothing(self, transport: Transport, now: float) -> bool:
        progress, has_all = delivery(self._socket, transport)
        if progress != self._progress or (has_all and not transport.is_closing()):
            self._progress, self._still_since = progress, now
        return now - self._still_since >= (_TIME_TO_CLOSE if has_all else self._patience.answer)
