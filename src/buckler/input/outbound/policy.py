"""What was agreed about a request of ours: where it may go and how large it may be (ASVS 1.3.6, 4.2.5, 13.2.4).

Judged before any look-up, from the parts of the URL that the connection will be made from: there is
no second reading of it that could differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from buckler.errors import ConfigurationError
from buckler.input.outbound.addresses import is_private_host
from buckler.input.outbound.errors import OutboundRefused
from buckler.input.outbound.hosts import read_host

PORTS: Final = {"https": 443, "http": 80}
_LONGEST_TARGET: Final = 4096
_LONGEST_FIELD: Final = 4096
_LONGEST_HEAD: Final = 8192
"""Bytes. What servers take in their usual settings: an address, a header line, and all lines together."""
_TUNNELS: Final = ("CONNECT", "TRACE")


@dataclass(frozen=True, slots=True)
class Policy:
    """Made by `agree`, which judges the settings."""

    schemes: frozenset[str]
    ports: frozenset[int]
    hosts: frozenset[str] | None
    private: frozenset[str]

    def judge_place(self, scheme: str, host: str, port: int | None) -> None:
        """Raises `OutboundRefused` where scheme, host or port is none of those agreed."""
        if scheme not in self.schemes:
            raise OutboundRefused("scheme-not-allowed")
        name = str(read_host(host))
        if self.hosts is not None and name not in self.hosts | self.private:
            raise OutboundRefused("host-not-allowed")
        if (PORTS[scheme] if port is None else port) not in self.ports:
            raise OutboundRefused("port-not-allowed")


def agree(
    hosts: Iterable[str] | Literal["public"],
    private: Iterable[str],
    schemes: Iterable[str],
    ports: Iterable[int] | None,
) -> Policy:
    """The policy. Raises `ConfigurationError`."""
    named = frozenset(schemes)
    if not named or named - PORTS.keys():
        raise ConfigurationError(f"Outbound: schemes={sorted(named)}: 'https' and 'http' are those that can be spoken.")
    opened = frozenset(PORTS[each] for each in named) if ports is None else frozenset(ports)
    if not opened or not all(0 < port < 65536 for port in opened):
        raise ConfigurationError(f"Outbound: ports={sorted(opened)}: a port is a number from 1 to 65535.")
    listed = None if hosts == "public" else _names("hosts", hosts)
    return Policy(named, opened, listed, _names("allow_private", private))


def judge_head(method: str, target: bytes, fields: Iterable[tuple[bytes, bytes]]) -> None:
    """Raises `OutboundRefused` for a tunnel, a length that is told twice, and what outgrows the receiver."""
    if method.upper() in _TUNNELS:
        raise OutboundRefused("method-not-allowed")
    fields = [*fields]
    if {b"content-length", b"transfer-encoding"} <= {name.lower() for name, _ in fields}:
        # Fail closed: who reads the one and who reads the other see two requests (RFC 9112 section 6.1).
        raise OutboundRefused("request-malformed")
    sizes = [len(name) + len(value) + 4 for name, value in fields]
    if len(target) > _LONGEST_TARGET or max(sizes, default=0) > _LONGEST_FIELD or sum(sizes) > _LONGEST_HEAD:
        raise OutboundRefused("request-too-large")


def _names(setting: str, given: Iterable[str]) -> frozenset[str]:
    if isinstance(given, str):
        raise ConfigurationError(f"Outbound: {setting}={given!r}: name the hosts one by one, as in {{{given!r}}}.")
    return frozenset(_name(setting, each) for each in given)


def _name(setting: str, given: str) -> str:
    try:
        host = read_host(given)
    except OutboundRefused as error:
        raise ConfigurationError(
            f"Outbound: {setting} has {given!r}, which is no plain host; write it as in 'api.example.com':"
            " no scheme, port, star or dot at the end."
        ) from error
    if not isinstance(host, str) and not is_private_host(host):
        raise ConfigurationError(
            f"Outbound: {setting} has {given!r}, which is no host's address; nothing may reach it."
        )
    return str(host)
