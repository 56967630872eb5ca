"""What `buckler serve` prints once it listens: plain lines that can be pasted, no banner."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from buckler.cli.serve.tls.local_authority import LocalCertificate
from buckler.console.navigation import FIRST, HOME
from buckler.ip_addresses import is_loopback

_TRUST = """\
  curl:    the --cacert option above, or: export CURL_CA_BUNDLE={path}
  Debian:  sudo cp {path} /usr/local/share/ca-certificates/buckler.crt && sudo update-ca-certificates
  macOS:   security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {path}
  Firefox: Settings > Certificates > View > Authorities > Import
  Chrome:  chrome://certificate-manager > Custom > Trusted Certificates > Import"""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Everything a person needs to begin. `local` is None where they brought a certificate.

    `listening` is the address of the HTTPS socket: the origin may be somebody else's, who passes requests on.
    """

    origin: str
    plain: str
    environment: str
    named: bool
    data: Path
    local: LocalCertificate | None
    first_administrator_code: str | None
    listening: tuple[str, int]
    path: str | None = "/health"
    """What anybody may read; None where there is nothing."""
    signs_in_with: str = "email"
    """`BUCKLER_IDENTIFIER`: what the first administrator is called by."""
    console: bool = False
    """Whether there are pages at `/console`."""

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"Serving {self.origin}"
        yield f"  listening on {_address(*self.listening)}"
        yield f"  plain HTTP on {self.plain} sends browsers there and refuses everything else"
        yield f"  environment: {self.environment}{'' if self.named else _UNNAMED[self.environment]}"
        yield f"  data: {self.data}"
        if self.console:
            yield f"Console: {self.origin}{HOME}"
        if self.path is not None:
            yield "Try it:"
            yield f"  {self._curl()} {self.origin}{shlex.quote(self.path)}"
        if self.local is not None:
            yield from _about(self.local)
        if self.first_administrator_code is not None:
            yield from self._first_administrator(self.first_administrator_code)
        yield "Stop with Ctrl-C."

    def _first_administrator(self, code: str) -> Iterator[str]:
        yield f"No administrator yet. One-time code for the first: {code}"
        if self.console and not self._here():
            page = f"{self.origin}{FIRST}"
            yield f"  In a browser on this machine, type it at {page}, or without one:"
        name = _NAMES[self.signs_in_with]
        own = " with your own address in it" if "@" in name else ""
        yield f"  Paste this line{own}, then type a password of 15 characters or more and Enter; no history keeps it:"
        claim = f'{{"name":"{name}","code":"{code}","password":"&"}}'
        send = f"{self._curl()}{self._here()} -H 'Content-Type: application/json' -d @- {self.origin}{_CLAIM}"
        yield f"  sed '{_QUOTE}; s/.*/{claim}/; q' | {send}"

    def _here(self) -> str:
        """The code is taken from this machine alone, so the name has to lead here and not through the network."""
        host, port = urlsplit(self.origin).hostname or "", urlsplit(self.origin).port or 443
        listens, at = self.listening
        if host == "localhost" and port == at:
            return ""
        here = listens if is_loopback(listens) else "::1" if ":" in listens else "127.0.0.1"
        return f" --connect-to {_address(host, port)}:{_address(here, at)}"

    def _curl(self) -> str:
        if self.local is None:
            return "curl"
        return f"curl --cacert {shlex.quote(str(self.local.authority.resolve()))}"


_NAMES = {"email": "admin@example.com", "username": "admin"}
_CLAIM = "/auth/first-administrator"
_QUOTE = r's/["\\]/\\&/g'
"""Makes a JSON string of the typed line, whatever characters it has. The password stays out of the
process list and, unlike a here-document, out of the shell's history."""
_UNNAMED = {
    "development": " (none was named, so this machine alone is answered; to serve others:"
    " BUCKLER_ENVIRONMENT=production)",
    "production": " (none was named; to try things on this machine alone: --environment development)",
}


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _about(local: LocalCertificate) -> Iterator[str]:
    path = shlex.quote(str(local.authority.resolve()))
    news = f" ({local.news})" if local.news else ""
    yield f"Certificate authority of this machine alone{news}: {path}"
    yield _TRUST.format(path=path)
