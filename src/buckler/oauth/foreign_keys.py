"""The public keys of an issuer, read from its JWK set (RFC 7517, 7518, 8037; ASVS 9.1.3, 11.2.3).

- A key that cannot be used is left out, and spoils no other: symmetric, unknown, of a curve we do not know, too
  weak, malformed. So is one that shares its id with another of the same type and curve: which one was meant is unclear.
- A key is known by what it is, and not by its id: one that is published anew under an old id is another key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, cast

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from buckler.tokens.claims import text, texts
from buckler.tokens.segments import decode

MOST_KEYS: Final = 100
_LARGEST_EXPONENT: Final = 2**32
_MOST_RSA_BITS: Final = 8192
_CURVES: Final[Mapping[str, ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A public key, and what its owner says that it is for."""

    kid: str | None
    kty: str
    crv: str | None
    alg: str | None
    use: str | None
    operations: frozenset[str] | None
    public: Any
    print: bytes
    """SHA-256 of what the key is and is for."""

    @property
    def modulus(self) -> int | None:
        """That of an RSA key; None for others, whose curves have one size."""
        return self.public.public_numbers().n if isinstance(self.public, RSAPublicKey) else None


class KeysUnfit(Exception):
    """What an issuer published is not what it should be. `code` is one of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def keys_in(document: Mapping[str, object], fits: Callable[[ForeignKey], bool]) -> tuple[ForeignKey, ...]:
    """The keys of a JWK set that can be used. Raises `KeysUnfit` where it is none."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(cast("list[object]", listed)) > MOST_KEYS:
        raise KeysUnfit("keys-malformed")
    found = [key for each in cast("list[object]", listed) if (key := _key(each)) is not None and fits(key)]
    named = [(key.kid, key.kty, key.crv, key.alg) for key in found]
    return tuple(key for key, name in zip(found, named, strict=True) if named.count(name) == 1)


def _key(listed: object) -> ForeignKey | None:
    if not isinstance(listed, dict):
        return None
    jwk = cast("dict[str, object]", listed)
    wrong = [name for name in ("kid", "alg", "use") if name in jwk and not text(jwk, name)]
    operations = texts(jwk, "key_ops")
    if wrong or ("key_ops" in jwk and operations is None):
        return None
    try:
        public = _READERS[text(jwk, "kty") or ""](jwk)
        spelled = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (KeyError, ValueError):
        return None
    allowed = None if operations is None else frozenset(operations)
    kid, alg, use = text(jwk, "kid"), text(jwk, "alg"), text(jwk, "use")
    told = sha256(repr((kid, alg, use, sorted(allowed or ()), spelled)).encode("utf-8", "surrogatepass")).digest()
    crv = None if jwk["kty"] == "RSA" else text(jwk, "crv")
    return ForeignKey(kid, str(jwk["kty"]), crv, alg, use, allowed, public, told)


def _number(jwk: Mapping[str, object], member: str) -> int:
    return int.from_bytes(_bytes(jwk, member), "big")


def _bytes(jwk: Mapping[str, object], member: str) -> bytes:
    value = text(jwk, member)
    if not value:
        raise ValueError(member)
    return decode(value.encode("ascii"))


def _rsa(jwk: Mapping[str, object]) -> Any:
    exponent, modulus = _number(jwk, "e"), _number(jwk, "n")
    if exponent >= _LARGEST_EXPONENT or modulus.bit_length() > _MOST_RSA_BITS:
        raise ValueError("it would cost too much")
    return RSAPublicNumbers(exponent, modulus).public_key()


def _ec(jwk: Mapping[str, object]) -> Any:
    curve = _CURVES[text(jwk, "crv") or ""]
    return ec.EllipticCurvePublicNumbers(_number(jwk, "x"), _number(jwk, "y"), curve).public_key()


def _okp(jwk: Mapping[str, object]) -> Any:
    if text(jwk, "crv") != "Ed25519":
        raise ValueError("crv")
    return Ed25519PublicKey.from_public_bytes(_bytes(jwk, "x"))


_READERS: Final[Mapping[str, Callable[[Mapping[str, object]], Any]]] = {"RSA": _rsa, "EC": _ec, "OKP": _okp}
