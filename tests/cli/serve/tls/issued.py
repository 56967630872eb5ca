"""Certificates as an authority elsewhere would issue them, for what `buckler serve` does with those."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from buckler.cli.serve.tls.certificates import CertificateFiles
from tests.clocks import FakeClock


def write(
    files: CertificateFiles,
    *names: str,
    age: timedelta = timedelta(0),
    now: float | None = None,
    nameless: bool = False,
) -> bytes:
    """A new certificate for `names`, made `age` ago and good for a year, in the files of `files`; it is returned."""
    made = datetime.fromtimestamp(FakeClock().now() if now is None else now, UTC) - age
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A test")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(made - timedelta(minutes=5)).not_valid_after(made + timedelta(days=365))
    alternatives = x509.SubjectAlternativeName(tuple(map(x509.DNSName, names)))
    found = (builder if nameless else builder.add_extension(alternatives, critical=False)).sign(key, hashes.SHA256())
    files.certificate.write_bytes(found.public_bytes(Encoding.PEM))
    files.key.touch(mode=0o600)
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return found.public_bytes(Encoding.DER)


def brought(folder: Path, *names: str) -> tuple[str, ...]:
    """The options for a certificate that the operator brought, good from now on."""
    folder.mkdir(exist_ok=True)
    files = CertificateFiles(folder / "chain.pem", folder / "key.pem")
    write(files, *names, now=datetime.now(UTC).timestamp())
    return "--certificate", str(files.certificate), "--key", str(files.key)
