"""A certificate for this machine alone, so that HTTPS works from the first minute.

- A certificate authority of one signature: it signs one certificate and its private key is
  never written. Who takes the data folder cannot sign another.
- Name constraints (RFC 5280 section 4.2.1.10, critical) bind it to `localhost`, 127.0.0.1 and
  ::1, path length 0: a browser that trusts it trusts it for this machine's own name only.
- The certificate lasts one year. With less than 30 days left, with a key that others could
  read, or with anything that does not fit together, both are made anew, and the reason is told.

It does not help another machine to trust this one: for that, `--certificate` and `--key`.
"""

import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from buckler.clock import Clock
from buckler.randomness import identifier

LIFETIME: Final = timedelta(days=365)
RENEWAL: Final = timedelta(days=30)
_CALLED: Final = "Buckler local authority"
_BACKDATED: Final = timedelta(minutes=5)
_NAMES: Final = (
    x509.DNSName("localhost"),
    x509.IPAddress(ip_address("127.0.0.1")),
    x509.IPAddress(ip_address("::1")),
)
_PERMITTED: Final = (
    x509.DNSName("localhost"),
    x509.IPAddress(ip_network("127.0.0.1/32")),
    x509.IPAddress(ip_network("::1/128")),
)


@dataclass(frozen=True, slots=True)
class LocalCertificate:
    """Where the files lie, and why they are new: empty when they stood already."""

    authority: Path
    certificate: Path
    key: Path
    news: str = ""


class LocalAuthority:
    """A certificate authority in memory. Let go of it after its one signature."""

    def __init__(self, now: datetime) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._begins, self._ends = now - _BACKDATED, now + LIFETIME
        self._name = _name(f"{_CALLED} {identifier()[:8]}")
        self.certificate = self._sign_itself()

    def sign(self, key: ec.EllipticCurvePublicKey, names: tuple[x509.GeneralName, ...] = _NAMES) -> x509.Certificate:
        """A server certificate. For names outside the constraints, every verifier refuses it."""
        identity = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        builder = self._draft(_name("localhost"), key)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signing_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identity)
        return builder.add_extension(issuer, critical=False).sign(self._key, hashes.SHA256())

    def _sign_itself(self) -> x509.Certificate:
        builder = self._draft(self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signing_certificates=True), critical=True)
        builder = builder.add_extension(x509.NameConstraints(_PERMITTED, None), critical=True)
        return builder.sign(self._key, hashes.SHA256())

    def _draft(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(self._begins).not_valid_after(self._ends)
        return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def local_certificate(folder: Path, clock: Clock) -> LocalCertificate:
    """The certificate in `folder`, made first where none stands or the one there will not do."""
    now = datetime.fromtimestamp(clock.now(), UTC)
    files = LocalCertificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    reason = _wanting(files, now)
    if not reason:
        return files
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _make(files, now)
    return LocalCertificate(files.authority, files.certificate, files.key, reason)


def is_made_here(certificate: Path) -> bool:
    """Whether a local authority of ours signed the certificate in this file. What cannot be read was not."""
    try:
        found = x509.load_pem_x509_certificates(certificate.read_bytes())
    except (OSError, ValueError):
        return False
    names = found[0].issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(str(name.value).startswith(_CALLED) for name in names)


def _make(files: LocalCertificate, now: datetime) -> None:
    authority = LocalAuthority(now)
    key = ec.generate_private_key(ec.SECP256R1())
    _write(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _write(files.certificate, authority.sign(key.public_key()).public_bytes(Encoding.PEM), 0o644)
    _write(files.authority, authority.certificate.public_bytes(Encoding.PEM), 0o644)


def _wanting(files: LocalCertificate, now: datetime) -> str:
    """Why the files will not do, or nothing. Fail closed: what cannot be read will not do."""
    if not files.certificate.exists():
        return "made: there was none"
    try:
        if files.key.stat().st_mode & 0o077:
            return "renewed: other users could read the old key"
        return _misfit(files, now)
    except (OSError, ValueError, TypeError, InvalidSignature, ssl.SSLError):
        return "renewed: the old files could not be read or do not belong together"


def _misfit(files: LocalCertificate, now: datetime) -> str:
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    key = load_pem_private_key(files.key.read_bytes(), None)
    certificate.verify_directly_issued_by(authority)
    encoding = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if certificate.public_key().public_bytes(*encoding) != key.public_key().public_bytes(*encoding):
        raise ValueError("The key is not the certificate's.")
    if certificate.not_valid_after_utc - now < RENEWAL:
        return f"renewed: the old one ends on {certificate.not_valid_after_utc:%Y-%m-%d}"
    return ""


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write whole or not at all; a link that stands there is replaced, never followed."""
    draft = path.with_name(f"{path.name}.{identifier()[:8]}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signing_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signing_certificates,
        key_cert_sign=signing_certificates,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
