"""Whether a certificate will do: that it has begun, has not ended, and covers the host that clients ask for (RFC 9525).

Judged before it is served: clients refuse what fails here, and the operator learns of it first.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509

from buckler.errors import ConfigurationError
from buckler.private_files import judge_private

SOON: Final = timedelta(days=14)
"""From here on its end is told: half of what a renewal thirty days ahead leaves."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """The files of a certificate and of its key."""

    certificate: Path
    key: Path

    def stamp(self) -> tuple[tuple[int, int, int], ...] | None:
        """Another value once one of them is another file or was written to; None while one is not there."""
        try:
            found = self.certificate.stat(), self.key.stat()
        except OSError:
            return None
        return tuple((each.st_mtime_ns, each.st_ino, each.st_size) for each in found)


def judge(certificate: Path, host: str | None, now: float) -> datetime:
    """When it ends. `host` is that of the origin, or None where somebody else's certificate meets the clients.

    Raises `ConfigurationError` for one that has ended, has not begun, or does not cover `host`.
    """
    found, moment = _read(certificate), datetime.fromtimestamp(now, UTC)
    begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    if ends <= moment:
        raise ConfigurationError(
            f"--certificate {certificate}: it ended on {ends:%Y-%m-%d %H:%M} UTC, and every client refuses it."
            " Renew it, and start again."
        )
    if begins > moment:
        raise ConfigurationError(
            f"--certificate {certificate}: it holds from {begins:%Y-%m-%d %H:%M} UTC on, and now it is"
            f" {moment:%Y-%m-%d %H:%M}. Set the clock of this machine right, or wait."
        )
    if host is not None and not _covers(found, host):
        raise ConfigurationError(
            f"--certificate {certificate}: it is for {_named(found)}, and clients ask for {host}, the host of"
            " BUCKLER_ORIGIN. Bring one for that name, or say with BUCKLER_BEHIND that a proxy meets the clients."
        )
    return ends


def expiry_warning(ends: datetime, now: float) -> str | None:
    """A line for the operator where it ends soon, or None."""
    left = ends - datetime.fromtimestamp(now, UTC)
    if left >= SOON:
        return None
    return f"The certificate ends on {ends:%Y-%m-%d %H:%M} UTC, in {left.days} days. Renew it."


def judge_key(key: Path) -> None:
    """Raise `ConfigurationError` for a key that others on this machine can reach (ASVS 13.3.1)."""
    try:
        found = key.stat()  # of what a link leads to, since certbot has links
    except OSError:
        return  # whoever loads it says why it cannot be read
    judge_private(found, key, f"--key {key}")


def _read(certificate: Path) -> x509.Certificate:
    """The first of the file: that is the server's own (RFC 8446 section 4.4.2)."""
    try:
        return x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    except (OSError, ValueError) as failure:
        raise ConfigurationError(
            f"--certificate {certificate}: it cannot be read ({failure}). It must be a PEM file, with the"
            " certificate of this server first."
        ) from failure


def _names(certificate: x509.Certificate) -> tuple[frozenset[str], frozenset[str]]:
    """Host names and addresses. The common name counts for nothing (RFC 9525 section 6.1)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset(), frozenset()
    hosts = frozenset(each.lower() for each in found.get_values_for_type(x509.DNSName))
    return hosts, frozenset(str(each) for each in found.get_values_for_type(x509.IPAddress))


def _covers(certificate: x509.Certificate, host: str) -> bool:
    hosts, addresses = _names(certificate)
    try:
        return str(ip_address(host.strip("[]"))) in addresses
    except ValueError:
        # A star stands for one whole label, the leftmost (RFC 9525 section 6.3).
        return host in hosts or f"*.{host.partition('.')[2]}" in hosts


def _named(certificate: x509.Certificate) -> str:
    hosts, addresses = _names(certificate)
    return (
        ", ".join(sorted(hosts | addresses)[:5])
        or "no name at all (it has no subjectAltName, and clients do not look at its common name)"
    )
