"""The certificate that the server shows, and the authority that signed it."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

GOOD_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
EVERY_CIPHER = "ALL:@SECLEVEL=0"


@dataclass(frozen=True, slots=True)
class Identity:
    """Files of PEM: the certificate with its key, and whom a client has to trust."""

    certificate: Path
    authority: Path

    def context(self, *, old: bool) -> ssl.SSLContext:
        """How TLS is spoken: as today, or with whatever this machine has."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED if old else ssl.TLSVersion.TLSv1_2
        context.set_ciphers(EVERY_CIPHER if old else GOOD_CIPHERS)
        context.load_cert_chain(self.certificate)
        return context


def make_identity(folder: Path, flawed: frozenset[str]) -> Identity:
    """A certificate for localhost, of an authority of its own, in two files in the folder."""
    ends = datetime.now(UTC) + (timedelta(days=-1) if "certificate-expired" in flawed else timedelta(days=90))
    authority_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    authority = _signed("Test authority", authority_key, "Test authority", authority_key, ends + timedelta(days=9))
    if "certificate-self-signed" in flawed:
        certificate = _signed("localhost", key, "localhost", key, ends)
    else:
        certificate = _signed("localhost", key, "Test authority", authority_key, ends)
    shown, trusted = folder / "server.pem", folder / "authority.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    trusted.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    return Identity(shown, trusted)


def _signed(
    name: str, key: EllipticCurvePrivateKey, issuer: str, issuer_key: EllipticCurvePrivateKey, ends: datetime
) -> x509.Certificate:
    leaf = name == "localhost"
    alternative = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=100))
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=not leaf, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer_id, critical=False)
        .add_extension(_usage(leaf=leaf), critical=True)
    )
    if leaf:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, leaf: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=leaf,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not leaf,
        crl_sign=not leaf,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
