"""The ports are taken first, before a file is written or the app imported: who cannot listen need not begin."""

import errno
import socket
from dataclasses import dataclass

from buckler import ip_addresses
from buckler.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class PortChoice:
    """A port, and how a person chooses another."""

    port: int
    remedy: str


def listen(host: str, choice: PortChoice) -> socket.socket:
    """A socket that listens. Callers wait in its queue until the app is ready.

    Raises `ConfigurationError`. Port 0 takes any free one.
    """
    family, address = _resolve(host, choice.port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
        listener.setblocking(False)
    except OSError as failure:
        listener.close()
        raise ConfigurationError(_explain(host, choice, failure)) from failure
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


def _explain(host: str, choice: PortChoice, failure: OSError) -> str:
    if failure.errno == errno.EADDRINUSE:
        return f"Port {choice.port} on {host} is in use by another program.\n{choice.remedy}"
    if failure.errno == errno.EACCES:
        return f"Port {choice.port} on {host} is reserved for the system's administrator.\n{choice.remedy}"
    return f"Cannot listen on port {choice.port} of {host}: {failure.strerror}.\n{choice.remedy}"
