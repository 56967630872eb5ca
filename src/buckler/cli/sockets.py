"""The ports are taken first, before a file is written or the app imported: who cannot listen need not begin."""

import errno
import socket
from dataclasses import dataclass

from buckler import ip_addresses
from buckler.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Door:
    """A port, and how a person chooses another."""

    port: int
    remedy: str


def listen(host: str, door: Door) -> socket.socket:
    """A socket that listens. Callers wait in its queue until the app is ready.

    Raises `ConfigurationError`. Port 0 takes any free one.
    """
    family, address = _resolve(host, door.port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
        listener.setblocking(False)
    except OSError as failure:
        listener.close()
        raise ConfigurationError(_explain(host, door, failure)) from failure
    return listener


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine alone. Fail closed: a name we cannot resolve is not."""
    try:
        return all(ip_addresses.is_loopback(str(entry[4][0])) for entry in socket.getaddrinfo(host, None))
    except OSError:
        return False


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str | int, ...] | tuple[int, bytes]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as failure:
        raise ConfigurationError(f"--host {host}: there is no such address. Try --host 127.0.0.1.") from failure
    return found[0][0], found[0][4]


def _explain(host: str, door: Door, failure: OSError) -> str:
    if failure.errno == errno.EADDRINUSE:
        return f"Port {door.port} on {host} is in use by another program.\n{door.remedy}"
    if failure.errno == errno.EACCES:
        return f"Port {door.port} on {host} is reserved for the system's administrator.\n{door.remedy}"
    return f"Cannot listen on port {door.port} of {host}: {failure.strerror}.\n{door.remedy}"
