"""Keys: public ones that an app hands out, in their spellings; and one of our own, to sign with.

No signature of the target is verified here. What is made is shown to the target, which has to refuse it.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1, EllipticCurve
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as EcKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicNumbers as EcNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cryptography.x509.oid import NameOID

from buckler.clock import SystemClock, date_of
from buckler.drill.transport.compact import Members, to_sign, unwritten, written

PublicKey = RSAPublicKey | EcKey | Ed25519PublicKey
_CURVES: Final[Mapping[str, EllipticCurve]] = {"P-256": SECP256R1(), "P-384": SECP384R1(), "P-521": SECP521R1()}
_SPKI: Final = PublicFormat.SubjectPublicKeyInfo


@dataclass(frozen=True, slots=True)
class Published:
    """A public key, and the texts that it was found as."""

    key: PublicKey
    texts: tuple[str, ...] = ()

    def spellings(self) -> Iterator[tuple[str, bytes]]:
        """What a careless verifier may take for a secret, by name; the likeliest first."""
        for text in self.texts:
            yield "as it is handed out", text.encode()
        pem = self.key.public_bytes(Encoding.PEM, _SPKI)
        yield "PEM", pem
        yield "PEM without the last line end", pem.rstrip(b"\n")
        if isinstance(self.key, RSAPublicKey):
            old = self.key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
            yield "PEM of PKCS #1", old
            yield "PEM of PKCS #1 without the last line end", old.rstrip(b"\n")
            yield "the modulus", _bytes(self.key.public_numbers().n)
        yield "the base64 of the PEM", b"".join(pem.splitlines()[1:-1])
        yield "DER", self.key.public_bytes(Encoding.DER, _SPKI)
        yield "SSH", self.key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)


def from_pem(text: str) -> Published | None:
    """The key in a PEM, of a public key or a certificate; None where it holds none that is known."""
    try:
        if "BEGIN CERTIFICATE" in text:
            key: object = x509.load_pem_x509_certificate(text.encode()).public_key()
        else:
            key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, RSAPublicKey | EcKey | Ed25519PublicKey):
        return None
    return Published(key, (text, text.strip(), text.strip() + "\n"))


def from_jwk(jwk: Mapping[str, object]) -> Published | None:
    """The key in a JWK (RFC 7517); None where it is none, or none that is known."""
    try:
        key = _of_jwk(jwk)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    texts = (json.dumps(jwk), json.dumps(jwk, separators=(",", ":")), str(jwk.get("n", jwk.get("x", ""))))
    return None if key is None else Published(key, tuple(each for each in texts if each))


def _of_jwk(jwk: Mapping[str, object]) -> PublicKey | None:
    def part(name: str) -> bytes:
        return unwritten(str(jwk.get(name, "")))

    kind, curve = jwk.get("kty"), str(jwk.get("crv", ""))
    if kind == "RSA":
        return RSAPublicNumbers(int.from_bytes(part("e")), int.from_bytes(part("n"))).public_key()
    if kind == "EC" and curve in _CURVES:
        return EcNumbers(int.from_bytes(part("x")), int.from_bytes(part("y")), _CURVES[curve]).public_key()
    if kind == "OKP" and curve == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(part("x"))
    return None


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key pair of ours, which no target has any reason to trust."""

    private: RSAPrivateKey = field(default_factory=lambda: generate_private_key(public_exponent=65537, key_size=2048))

    @property
    def jwk(self) -> Mapping[str, str]:
        """Its public half, as a JWK."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "kid": "drill",
            "use": "sig",
            "alg": "RS256",
            "n": written(_bytes(numbers.n)),
            "e": written(_bytes(numbers.e)),
        }

    def certificate(self) -> str:
        """Its certificate, signed by itself, as `x5c` has it (RFC 7515 section 4.1.6)."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "drill")])
        now = date_of(SystemClock.now())
        builder = x509.CertificateBuilder(name, name, self.private.public_key(), 1, now, now + timedelta(days=1))
        made = builder.sign(self.private, hashes.SHA256())
        return b64encode(made.public_bytes(Encoding.DER)).decode()

    def signed(self, header: Members, claims: Members) -> str:
        """A token by RS256."""
        text = to_sign({**header, "alg": "RS256"}, claims)
        return f"{text}.{written(self.private.sign(text.encode(), PKCS1v15(), hashes.SHA256()))}"


def jwks_in(value: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    """Every public JWK in a JSON value."""
    if depth > 4:
        return
    if isinstance(value, list):
        for each in cast("list[object]", value)[:20]:
            yield from jwks_in(each, depth + 1)
    elif isinstance(value, Mapping):
        found = cast("Mapping[str, object]", value)
        if found.get("kty") in ("RSA", "EC", "OKP"):
            yield found
            return
        for each in found.values():
            yield from jwks_in(each, depth + 1)


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)
