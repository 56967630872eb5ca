"""How a key signs: four algorithms, each with one form of signature (RFC 7518, RFC 8037, RFC 9864; ASVS 11.2.1).

1. `Ed25519` is the default: 128 bits of strength, by its own name and not the vague `EdDSA`.
2. `ES256`: the two numbers r and s, 32 bytes each (RFC 7518 section 3.4), and s in the lower half: to the
   other s a stranger could turn a signature without the key, and a token has one spelling only.
3. `RS256`: made with 3072 bits, 128 bits of strength (NIST SP 800-57); at least 2048 are taken.
4. `HS256`: 32 random bytes for a single service. Whoever verifies could sign, so it is never published.

A pair is bound to its algorithm for good: nothing that a token says can use it in another way.
"""

from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final, Literal, Protocol, Self, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from buckler.randomness import secret_bytes
from buckler.tokens.segments import encode

Algorithm = Literal["Ed25519", "ES256", "RS256", "HS256"]
ALGORITHMS: Final[tuple[Algorithm, ...]] = get_args(Algorithm)

RSA_BITS: Final = 3072
SHORTEST_RSA_BITS: Final = 2048
"""NIST SP 800-131A: 112 bits of strength, the least that RFC 7518 section 3.3 allows."""
_EXPONENT: Final = 65_537
SHORTEST_SECRET: Final = 32
"""Bytes: as long as the digest (RFC 7518 section 3.2)."""
_HALF: Final = 32
# The order of the curve P-256 (NIST SP 800-186 section 3.2.1.3).
_ORDER: Final = 0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551
_LARGEST_S: Final = _ORDER // 2


class KeyPair(Protocol):
    """What signs and verifies. `restore` raises `ValueError` for bytes that are no key of this kind."""

    @classmethod
    def generate(cls) -> Self:
        """A new one from the system's generator."""
        ...

    @classmethod
    def restore(cls, private: bytes) -> Self:
        """The one that `private_bytes` wrote."""
        ...

    def sign(self, text: bytes) -> bytes:
        """The signature over `text`."""
        ...

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Whether this pair made `signature` over `text`."""
        ...

    def public_members(self) -> dict[str, str] | None:
        """What RFC 7638 section 3.2 requires of the public half, or None where there is none."""
        ...

    def private_bytes(self) -> bytes:
        """The private half. Seal it before it is kept."""
        ...


class Ed25519Pair:
    """`Ed25519` (RFC 8032, RFC 8037, RFC 9864 section 2.2)."""

    __slots__ = ("_private", "public")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key()

    @classmethod
    def generate(cls) -> Self:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def restore(cls, private: bytes) -> Self:
        return cls(Ed25519PrivateKey.from_private_bytes(private))

    def sign(self, text: bytes) -> bytes:
        return self._private.sign(text)

    def signed(self, text: bytes, signature: bytes) -> bool:
        try:
            self.public.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    def public_members(self) -> dict[str, str]:
        return {"crv": "Ed25519", "kty": "OKP", "x": encode(self.public.public_bytes_raw())}

    def private_bytes(self) -> bytes:
        return self._private.private_bytes_raw()


class Es256Pair:
    """`ES256`: ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4)."""

    __slots__ = ("_private", "public")

    def __init__(self, private: EllipticCurvePrivateKey) -> None:
        self._private = private
        self.public = private.public_key()

    @classmethod
    def generate(cls) -> Self:
        return cls(generate_private_key(SECP256R1()))

    @classmethod
    def restore(cls, private: bytes) -> Self:
        if len(private) != _HALF:
            raise ValueError(f"a private key of P-256 has {_HALF} bytes, not {len(private)}")
        return cls(derive_private_key(int.from_bytes(private, "big"), SECP256R1()))

    def sign(self, text: bytes) -> bytes:
        r, s = decode_dss_signature(self._private.sign(text, _ECDSA))
        return r.to_bytes(_HALF, "big") + min(s, _ORDER - s).to_bytes(_HALF, "big")

    def signed(self, text: bytes, signature: bytes) -> bool:
        if len(signature) != 2 * _HALF:
            return False
        s = int.from_bytes(signature[_HALF:], "big")
        if s > _LARGEST_S:
            return False  # fail closed: the same signature in its other spelling
        written = encode_dss_signature(int.from_bytes(signature[:_HALF], "big"), s)
        try:
            self.public.verify(written, text, _ECDSA)
        except InvalidSignature:
            return False
        return True

    def public_members(self) -> dict[str, str]:
        numbers = self.public.public_numbers()
        # RFC 7518 section 6.2.1.2: all 32 bytes, also where the first are zero.
        x, y = (encode(number.to_bytes(_HALF, "big")) for number in (numbers.x, numbers.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}

    def private_bytes(self) -> bytes:
        return self._private.private_numbers().private_value.to_bytes(_HALF, "big")


class Rs256Pair:
    """`RS256`: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3)."""

    __slots__ = ("_private", "public")

    def __init__(self, private: RSAPrivateKey) -> None:
        self._private = private
        self.public = private.public_key()
        exponent = self.public.public_numbers().e
        if private.key_size < SHORTEST_RSA_BITS or exponent < _EXPONENT:
            raise ValueError(
                f"this RSA key has {private.key_size} bits and the exponent {exponent}; at least {SHORTEST_RSA_BITS}"
                f" and {_EXPONENT} are needed"
            )

    @classmethod
    def generate(cls) -> Self:
        return cls(generate_rsa(_EXPONENT, RSA_BITS))

    @classmethod
    def restore(cls, private: bytes) -> Self:
        found = load_der_private_key(private, None)
        if not isinstance(found, RSAPrivateKey):
            raise ValueError("this is no RSA key")  # noqa: TRY004 - bytes from outside, not a wrong call
        return cls(found)

    def sign(self, text: bytes) -> bytes:
        return self._private.sign(text, _PADDING, _SHA256)

    def signed(self, text: bytes, signature: bytes) -> bool:
        try:
            self.public.verify(signature, text, _PADDING, _SHA256)
        except InvalidSignature:
            return False
        return True

    def public_members(self) -> dict[str, str]:
        numbers = self.public.public_numbers()
        return {"e": _shortest(numbers.e), "kty": "RSA", "n": _shortest(numbers.n)}

    def private_bytes(self) -> bytes:
        return self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class Hs256Secret:
    """`HS256`: HMAC with SHA-256 (RFC 7518 section 3.2). It has no public half."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"this secret has {len(secret)} bytes; at least {SHORTEST_SECRET} are needed")
        self._secret = secret

    @classmethod
    def generate(cls) -> Self:
        return cls(secret_bytes(SHORTEST_SECRET))

    @classmethod
    def restore(cls, private: bytes) -> Self:
        return cls(private)

    def sign(self, text: bytes) -> bytes:
        return digest(self._secret, text, "sha256")

    def signed(self, text: bytes, signature: bytes) -> bool:
        return compare_digest(digest(self._secret, text, "sha256"), signature)

    def public_members(self) -> None:
        return None

    def private_bytes(self) -> bytes:
        return self._secret


PAIRS: Final[dict[Algorithm, type[KeyPair]]] = {
    "Ed25519": Ed25519Pair,
    "ES256": Es256Pair,
    "RS256": Rs256Pair,
    "HS256": Hs256Secret,
}


def thumbprint(canonical: bytes) -> str:
    """The name of a public key, from its required members in their one spelling (RFC 7638 section 3)."""
    return encode(sha256(canonical).digest())


def _shortest(number: int) -> str:
    """RFC 7518 section 2: no zero bytes in front."""
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


_SHA256: Final = SHA256()
_ECDSA: Final = ECDSA(_SHA256)
_PADDING: Final = PKCS1v15()
