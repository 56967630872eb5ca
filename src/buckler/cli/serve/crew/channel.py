"""What a supervisor and a worker say to each other: a line of JSON each, over a pair of sockets.

The first line is the task of the worker, with what nobody else may read: it stands on no command line and in no
environment. The end of the channel is the end of whoever held the other side, however that came about.
"""

import asyncio
import json
import os
import socket
from collections.abc import AsyncGenerator
from typing import Any, Final, cast

_MOST: Final = 65_536
Line = dict[str, Any]


class Channel:
    """One side of it. Lines are read whole."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._rest = b""
        self.is_over = False
        """Whether the other side has ended."""

    @classmethod
    def inherited(cls, descriptor: int) -> "Channel":
        """The side that a supervisor handed to this process. No process that the app starts gets it too."""
        os.set_inheritable(descriptor, False)
        return cls(socket.socket(fileno=descriptor))

    def fileno(self) -> int:
        """For `select`, and for whoever hands it on."""
        return self._end.fileno()

    def send(self, line: Line) -> None:
        """Say it. Nothing happens where nobody is there to hear it."""
        try:
            self._end.sendall(json.dumps(line).encode() + b"\n")
        except OSError:
            self.is_over = True

    def receive(self) -> Line | None:
        """The next line, waited for; None where the other side has ended."""
        while not self.is_over:
            found = self._whole()
            if found:
                self._rest = b"\n".join((*found[1:], self._rest))
                return _read(found[0])
            try:
                self._take(self._end.recv(_MOST))
            except OSError:
                self.is_over = True
        return None

    def waiting(self) -> list[Line]:
        """The lines that came, without waiting for any."""
        while not self.is_over:
            try:
                self._take(self._end.recv(_MOST, socket.MSG_DONTWAIT))
            except BlockingIOError:
                break
            except OSError:
                self.is_over = True
        return [_read(each) for each in self._whole()]

    async def lines(self) -> AsyncGenerator[Line]:
        """Each line as it comes, until the other side ends."""
        loop = asyncio.get_running_loop()
        self._end.setblocking(False)
        while not self.is_over:
            for each in self._whole():
                yield _read(each)
            try:
                self._take(await loop.sock_recv(self._end, _MOST))
            except OSError:
                self.is_over = True

    def close(self) -> None:
        """Let go of this side: the other one sees an end."""
        self._end.close()

    def _take(self, came: bytes) -> None:
        self._rest += came
        self.is_over = not came

    def _whole(self) -> list[bytes]:
        *lines, self._rest = self._rest.split(b"\n")
        return lines


def joined() -> tuple[Channel, socket.socket]:
    """Our side, and the one to hand to a worker."""
    ours, theirs = socket.socketpair()
    return Channel(ours), theirs


def _read(line: bytes) -> Line:
    return cast("Line", json.loads(line))
