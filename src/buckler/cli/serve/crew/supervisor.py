"""The loop of a supervisor: it sleeps until a signal, a worker's word, a worker's end or a due moment wakes it.

SIGTERM and SIGINT stop, a second one at once; SIGHUP replaces. A terminal that is closed sends SIGHUP too: where the
service was started in one, that stops it.
"""

import select
import signal
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from buckler.cli.serve.crew.channel import Channel
from buckler.cli.serve.signals import hangup_stops
from buckler.cli.serve.systemd import Notifier

_HEEDED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_LONGEST: Final = 1.0
"""Seconds between two looks where nothing wakes us."""


class Supervised(Protocol):
    """What is looked after."""

    @property
    def is_over(self) -> bool: ...

    def begin(self) -> None: ...

    def turn(self) -> None: ...

    def due_in(self) -> float | None: ...

    def replace_all(self) -> None: ...

    def stop(self) -> None: ...


def supervise(
    crew: Supervised, channels: Callable[[], Sequence[Channel]], notifier: Notifier, close: Callable[[], None]
) -> None:
    """Look after `crew` until it is over. `close` lets go of our own sockets, so that new connections are refused."""

    def heed(number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT) or (number == signal.SIGHUP and hangup_stops()):
            notifier.stopping()
            close()
            crew.stop()
        elif number == signal.SIGHUP:
            notifier.reloading()
            crew.replace_all()

    with _signals() as woken:
        crew.begin()
        while not crew.is_over:
            due = crew.due_in()
            waits = min(each for each in (_LONGEST, due, notifier.period) if each is not None)
            heard: list[socket.socket | Channel] = [woken, *channels()]
            select.select(heard, (), (), waits)
            for number in _taken(woken):
                heed(number)
            crew.turn()
            if notifier.period is not None:
                notifier.alive()


@contextmanager
def _signals() -> Generator[socket.socket]:
    """A socket on which the numbers of signals arrive; everything as it was afterwards."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        before: dict[signal.Signals, Any] = {number: signal.signal(number, _heard) for number in _HEEDED}
        former = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            yield ours
        finally:
            signal.set_wakeup_fd(former)
            for number, handler in before.items():
                signal.signal(number, handler)


def _heard(_number: int, _frame: object) -> None:
    """Python writes the number to the socket by itself."""


def _taken(woken: socket.socket) -> bytes:
    try:
        return woken.recv(4096)
    except BlockingIOError:
        return b""
