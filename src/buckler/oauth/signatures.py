"""The algorithms by which others may sign, each with the one kind of key it goes with (RFC 7518, 8037, 9864).

None of them is symmetric: whoever could verify with one could also sign (RFC 8725 section 2.1). What RFC 7518
calls `none` is no algorithm. An ECDSA signature is the two numbers side by side, of exactly the curve's size.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

Verify = Callable[[Any, bytes, bytes], None]


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One way to sign. `verify` takes the key, the signature and the text, and raises for what does not hold."""

    kty: str
    crv: str | None
    verify: Verify

    def signed(self, key: object, signature: bytes, text: bytes) -> bool:
        """Whether the key made the signature over the text."""
        try:
            self.verify(key, signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


def _pkcs1(digest: hashes.HashAlgorithm) -> Algorithm:
    return Algorithm("RSA", None, lambda key, proof, text: key.verify(proof, text, padding.PKCS1v15(), digest))


def _pss(digest: hashes.HashAlgorithm) -> Algorithm:
    # The salt is as long as the digest, and no other (RFC 7518 section 3.5).
    filling = padding.PSS(padding.MGF1(digest), digest.digest_size)
    return Algorithm("RSA", None, lambda key, proof, text: key.verify(proof, text, filling, digest))


def _ecdsa(curve: str, size: int, digest: hashes.HashAlgorithm) -> Algorithm:
    def verify(key: Any, proof: bytes, text: bytes) -> None:
        if len(proof) != 2 * size:
            raise InvalidSignature
        numbers = encode_dss_signature(int.from_bytes(proof[:size], "big"), int.from_bytes(proof[size:], "big"))
        key.verify(numbers, text, ec.ECDSA(digest))

    return Algorithm("EC", curve, verify)


_ED25519: Final = Algorithm("OKP", "Ed25519", lambda key, proof, text: key.verify(proof, text))

ALGORITHMS: Final = {
    "RS256": _pkcs1(hashes.SHA256()),
    "RS384": _pkcs1(hashes.SHA384()),
    "RS512": _pkcs1(hashes.SHA512()),
    "PS256": _pss(hashes.SHA256()),
    "PS384": _pss(hashes.SHA384()),
    "PS512": _pss(hashes.SHA512()),
    "ES256": _ecdsa("P-256", 32, hashes.SHA256()),
    "ES384": _ecdsa("P-384", 48, hashes.SHA384()),
    "ES512": _ecdsa("P-521", 66, hashes.SHA512()),
    "Ed25519": _ED25519,
    "EdDSA": _ED25519,
}
