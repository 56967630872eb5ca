"""The keys that sign our tokens (RFC 8037, RFC 9864, RFC 7517; ASVS 11.2.2, 11.2.3, 11.6.1).

1. One algorithm: `Ed25519`, 128 bits of strength, by its own name and not the vague `EdDSA`.
2. A key knows the one header that its tokens carry. A token is matched to a key by this text, never by
   reading what a stranger wrote into a header.
3. The first key of a ring signs; all of them verify. The published document holds public halves only.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from buckler.errors import ConfigurationError
from buckler.tokens.segments import encode

ALGORITHM: Final = "Ed25519"
"""Its fully specified name (RFC 9864 section 2.2)."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair. Make it with `generate` or `restore`."""

    kid: str
    """The thumbprint of the public key (RFC 7638): nobody can choose it, no two keys share it."""
    header: str
    """The exact header segment of our access tokens (RFC 9068 section 2.1)."""
    private: Ed25519PrivateKey = field(repr=False, compare=False)
    public: Ed25519PublicKey = field(repr=False, compare=False)
    algorithm: str = ALGORITHM

    @classmethod
    def generate(cls) -> Self:
        """A new key from the system's generator."""
        return cls._of(Ed25519PrivateKey.generate())

    @classmethod
    def restore(cls, seed: bytes) -> Self:
        """The key that `private_bytes` wrote. Raises `ValueError` unless `seed` has 32 bytes."""
        return cls._of(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def _of(cls, private: Ed25519PrivateKey) -> Self:
        public = private.public_key()
        # RFC 7638 section 3: required members only, sorted, no white space.
        kid = encode(sha256(_compact(_required(public))).digest())
        header = encode(_compact({"alg": ALGORITHM, "kid": kid, "typ": "at+jwt"}))
        return cls(kid, header, private, public)

    def sign(self, text: bytes) -> bytes:
        """The signature over `text`."""
        return self.private.sign(text)

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made `signature` over `text`."""
        try:
            self.public.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    def public_jwk(self) -> dict[str, str]:
        """The public half (RFC 8037 section 2; RFC 7517 sections 4.2, 4.4, 4.5)."""
        return {**_required(self.public), "use": "sig", "alg": self.algorithm, "kid": self.kid}

    def private_bytes(self) -> bytes:
        """The seed of 32 bytes. Seal it before it is kept."""
        return self.private.private_bytes_raw()


class KeyRing:
    """The keys we trust; the first signs. Raises `ConfigurationError` when there is none."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._keys: tuple[SigningKey, ...] = ()
        self._by_header: dict[str, SigningKey] = {}
        self.trusted: Mapping[str, SigningKey] = MappingProxyType(self._by_header)
        """The same live view for as long as the ring lives: what `find` looks in."""
        self.replace(keys)

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self._keys[0]

    def find(self, header_segment: str) -> SigningKey | None:
        """The key whose tokens carry exactly this header, or None."""
        return self._by_header.get(header_segment)

    def replace(self, keys: Sequence[SigningKey]) -> None:
        """Trust these keys from now on, and no other: tokens of a key left out end at once."""
        if not keys:
            raise ConfigurationError(
                "KeyRing([]): without a key nothing can be signed or verified. Give it SigningKey.generate()."
            )
        self._keys = tuple(keys)
        self._by_header.clear()
        self._by_header.update({key.header: key for key in keys})

    def document(self) -> dict[str, list[dict[str, str]]]:
        """The JWK set to publish (RFC 7517 section 5)."""
        return {"keys": [key.public_jwk() for key in self._keys]}


def _required(public: Ed25519PublicKey) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": encode(public.public_bytes_raw())}


def _compact(members: dict[str, str]) -> bytes:
    return json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
