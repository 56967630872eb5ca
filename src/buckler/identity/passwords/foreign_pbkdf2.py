"""PBKDF2 as Django and passlib write it (RFC 8018 section 5.2).

Django's salt is a text and its digest is base64; passlib's salt is bytes, and both are in base64 with a dot for the
plus. The digest has the length of its hash function: a shorter one would be guessed by chance, a longer one doubles
the work of whoever verifies alone.
"""

import re
from functools import partial
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from buckler.identity.passwords.foreign_hash import LEAST_SALT, MOST_SALT, REMEDY, ForeignHash, HashRefused, decoded

MOST_ITERATIONS: Final = 2_500_000
"""Half a second to two of a core, and twice that where the NFKC form is compared as well. Django 6.0 has 1,200,000."""
_ENOUGH: Final = {"sha1": 1_300_000, "sha256": 600_000, "sha512": 210_000}
"""Iterations, below which OWASP's Password Storage Cheat Sheet calls it weak."""
# SHA-1 is broken for signatures, not for HMAC (RFC 6194 section 3.3); its weakness here is that it is fast.
_FUNCTIONS: Final[dict[str, HashAlgorithm]] = {"sha1": SHA1(), "sha256": SHA256(), "sha512": SHA512()}  # noqa: S303
_DJANGO: Final = re.compile(r"pbkdf2_(sha1|sha256)\$([1-9][0-9]{0,9})\$([^$]+)\$([A-Za-z0-9+/]+)={0,2}")
_PASSLIB: Final = re.compile(r"\$pbkdf2(?:-(sha256|sha512))?\$([1-9][0-9]{0,9})\$([A-Za-z0-9./]+)\$([A-Za-z0-9./]+)")
_DOTTED: Final = b"./"


def read_pbkdf2(text: str) -> ForeignHash | None:
    """The hash, or None where it is of another kind. Raises `HashRefused`."""
    django, passlib = _DJANGO.fullmatch(text), _PASSLIB.fullmatch(text)
    if django is not None:
        return _made(text, django[1], int(django[2]), django[3].encode(), decoded(django[4]))
    if passlib is not None:
        salt, digest = decoded(passlib[3], _DOTTED), decoded(passlib[4], _DOTTED)
        return _made(text, passlib[1] or "sha1", int(passlib[2]), salt, digest)
    return None


def _made(text: str, function: str, iterations: int, salt: bytes, digest: bytes) -> ForeignHash:
    algorithm = _FUNCTIONS[function]
    if iterations > MOST_ITERATIONS:
        raise HashRefused(f"It costs more than a sign-in may: PBKDF2 has up to {MOST_ITERATIONS} iterations. {REMEDY}")
    if len(salt) > MOST_SALT or len(digest) != algorithm.digest_size:
        raise HashRefused(
            f"PBKDF2 here has a salt of up to {MOST_SALT} bytes, and with {function} a digest of"
            f" {algorithm.digest_size}: it was cut or altered. Export it once more."
        )
    weak = iterations < _ENOUGH[function] or len(salt) < LEAST_SALT
    return ForeignHash(f"pbkdf2-{function}", text, weak, partial(_matches, algorithm, iterations, salt, digest))


def _matches(algorithm: HashAlgorithm, iterations: int, salt: bytes, digest: bytes, password: bytes) -> bool:
    if password.endswith(b"\0"):
        return False  # HMAC fills a short key up with zeros (RFC 2104 section 2): it would be the one without them
    try:
        PBKDF2HMAC(algorithm, len(digest), salt, iterations).verify(password, digest)
    except InvalidKey:
        return False
    return True
