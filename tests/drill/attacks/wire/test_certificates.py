"""What is wrong with a certificate is told; an authority that nobody named is no finding on this machine."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from buckler.drill.attack import Finding, Untested
from buckler.drill.attacks.wire.transport_security import ATTACK
from buckler.drill.run import attack_all
from tests.drill.attacks.wire.answering import OK, answering
from tests.drill.attacks.wire.stage import engaged
from tests.drill.targets.wire_server import DOCUMENT, make_identity

STRONG = ec.generate_private_key(ec.SECP256R1())


def served(folder: Path, name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    """A server with a certificate for this name, signed by itself, which it shows to whoever comes."""
    now, subject = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 7, now - timedelta(1), now + timedelta(9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "own.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ECDHE+AESGCM:@SECLEVEL=0")
    context.load_cert_chain(folder / "own.pem")
    return context


async def told(context: ssl.SSLContext, trust: ssl.SSLContext | bool) -> list[str]:
    """What is said of it; what is untested stands in brackets."""
    async with (
        answering(lambda _: OK, context) as port,
        engaged(f"https://localhost:{port}", DOCUMENT, trust, verified=False) as on,
    ):
        report = await attack_all(on, (ATTACK,), "a server")
    verdicts = [each.verdict for each in report.judged]
    return [each.words for each in verdicts if isinstance(each, Finding)] + [
        f"({each.reason})" for each in verdicts if isinstance(each, Untested)
    ]


async def test_a_weak_key_is_told(tmp_path: Path) -> None:
    """RSA of 1024 bits, whoever signed it."""
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that it is weak is the point
    assert "weaker than 112 bits" in "".join(await told(served(tmp_path, "localhost", weak), trust=True))


async def test_another_name_is_told(tmp_path: Path) -> None:
    """It is not for the host that was asked."""
    found = await told(served(tmp_path, "elsewhere.example", STRONG), trust=True)
    assert found == ["Clients refuse the certificate: it is not for localhost."]


@pytest.mark.parametrize("trust", [True, False])
async def test_one_that_signed_itself_is_told(trust: bool, tmp_path: Path) -> None:
    """Also where any is taken."""
    found = await told(served(tmp_path, "localhost", STRONG), trust)
    assert found == ["Clients refuse the certificate: no authority signed it: it signed itself."]


async def test_one_that_is_trusted_is_right(tmp_path: Path) -> None:
    """The same, where it was named as what is trusted."""
    context = served(tmp_path, "localhost", STRONG)
    assert await told(context, ssl.create_default_context(cafile=tmp_path / "own.pem")) == []


@pytest.mark.parametrize(("trust", "begins"), [(True, "Clients refuse"), (False, "(no authority")])
async def test_an_authority_that_nobody_knows(trust: bool, begins: str, tmp_path: Path) -> None:
    """A finding, unless any certificate is taken of a server on this machine: then it is untested."""
    context = make_identity(tmp_path, frozenset()).context(old=False)
    assert [each[: len(begins)] for each in await told(context, trust)] == [begins]


async def test_broken_suites_are_worse_than_old_ones(tmp_path: Path) -> None:
    """No cipher at all, beside one that is only old."""
    context = served(tmp_path, "localhost", STRONG)
    context.set_ciphers("ECDHE-ECDSA-NULL-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE+AESGCM:@SECLEVEL=0")
    found = await told(context, ssl.create_default_context(cafile=tmp_path / "own.pem"))
    assert len(found) == 1
    assert "ECDHE-ECDSA-NULL-SHA, which is broken; TLS 1.2 with ECDHE-ECDSA-AES128-SHA, which is of blocks" in found[0]
