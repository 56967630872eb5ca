"""Which mail server, as `BUCKLER_MAIL` names it: `smtp://user@mail.example.com:587` or `smtps://...`.

`smtps` speaks TLS from the first byte (port 465, RFC 8314 section 3); `smtp` demands STARTTLS (port 587),
and is plain only to this machine itself on any other port. The password is never a part of the address:
addresses are shown.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from buckler.errors import ConfigurationError
from buckler.ip_addresses import is_loopback

Transport = Literal["tls", "starttls", "plain"]
SUBMISSION: Final = 587
_PORTS: Final = {"smtp": SUBMISSION, "smtps": 465}
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
_FORM: Final = "write smtp://user@mail.example.com:587 or smtps://user@mail.example.com"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over, and how the connection is protected."""

    host: str
    port: int
    tls: Transport
    user: str | None = None

    @property
    def plain(self) -> bool:
        return self.tls == "plain"

    @classmethod
    def parse(cls, text: str) -> "MailServer":
        """Read an address. Raises `ConfigurationError`, which shows nothing that may be a password."""
        parts = _split(text)
        if parts.password is not None:
            raise ConfigurationError(
                "BUCKLER_MAIL has a password in it, and addresses are shown: put the password into a file of its"
                " own and name that in BUCKLER_MAIL_PASSWORD_FILE."
            )
        host, port = parts.hostname or "", _port(parts)
        if not _HOST.fullmatch(host) or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ConfigurationError(f"BUCKLER_MAIL names no mail server: {_FORM}.")
        user = unquote(parts.username) if parts.username else None
        return cls(host, port, _transport(parts.scheme, host, port), user)


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in _PORTS or not text.isprintable() or not text.isascii():
        raise ConfigurationError(f"BUCKLER_MAIL is neither an address of a mail server nor 'outbox': {_FORM}.")
    return parts


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ConfigurationError(f"BUCKLER_MAIL has a port that is none: {_FORM}.")
    return port or _PORTS[parts.scheme]


def _transport(scheme: str, host: str, port: int) -> Transport:
    if scheme == "smtps":
        return "tls"
    return "plain" if on_loopback(host) and port != SUBMISSION else "starttls"


def on_loopback(host: str) -> bool:
    """Whether a host is this machine: by its address, or as `localhost`."""
    return is_loopback(host) or host == "localhost"
