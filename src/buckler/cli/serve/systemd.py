"""What systemd is told, and what it hands over (sd_notify(3), sd_listen_fds(3)), without a library.

Nothing is said where nobody asked: `NOTIFY_SOCKET` and `WATCHDOG_USEC` are systemd's own, and are taken out of the
environment, so that no process that the app starts speaks in our name.
"""

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Final

from buckler.clock import Clock
from buckler.errors import ConfigurationError

_FIRST: Final = 3
"""The number of the first descriptor that is handed over."""
_NAMES: Final = ("https", "http")
_ASKED: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Notifier:
    """Says to systemd how the service is. A datagram each; one that cannot be sent is no reason to end."""

    def __init__(self, environment: MutableMapping[str, str], clock: Clock) -> None:
        address, watchdog, whose = (environment.pop(name, "") for name in _ASKED)
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._now = clock.monotonic
        asked = watchdog.isdecimal() and whose in ("", str(os.getpid()))
        self.period = int(watchdog) / 2_000_000 if asked and address and int(watchdog) else None
        """Seconds between two signs of life: half of what systemd waits for. None where it waits for none."""

    def ready(self) -> None:
        """It serves, for the first time or after a reload."""
        self._say("READY=1")

    def reloading(self) -> None:
        """It reads its files again, and says `ready` when that is done."""
        self._say(f"RELOADING=1\nMONOTONIC_USEC={int(self._now() * 1_000_000)}")

    def stopping(self) -> None:
        """It takes no more connections."""
        self._say("STOPPING=1")

    def alive(self) -> None:
        """A sign of life."""
        self._say("WATCHDOG=1")

    def _say(self, text: str) -> None:
        if self._address:
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.sendto(text.encode(), self._address)


def handed_over(environment: MutableMapping[str, str]) -> tuple[socket.socket, socket.socket] | None:
    """The two sockets that systemd listens on for us, HTTPS first; None where it hands nothing over.

    They go by their names (`FileDescriptorName=https` and `http`), else by their order. Raises `ConfigurationError`
    where they are not two.
    """
    whose, count, names = (environment.pop(f"LISTEN_{name}", "") for name in ("PID", "FDS", "FDNAMES"))
    if whose != str(os.getpid()) or not count.isdecimal():
        return None
    if int(count) != len(_NAMES):
        raise ConfigurationError(
            f"systemd hands over {count} sockets, and two are needed: one for HTTPS, one for plain HTTP. Write two"
            " ListenStream= lines, the HTTPS port first."
        )
    found = [_taken(_FIRST + place) for place in range(len(_NAMES))]
    named = dict(zip(names.split(":"), found, strict=False))
    secure, plain = (named[name] for name in _NAMES) if set(named) == set(_NAMES) else found
    return secure, plain


def _taken(descriptor: int) -> socket.socket:
    os.set_inheritable(descriptor, False)
    taken = socket.socket(fileno=descriptor)
    taken.setblocking(False)
    return taken
