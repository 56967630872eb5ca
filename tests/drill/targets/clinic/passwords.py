"""Hashing of passwords, and which are taken at all."""

import hashlib
import hmac
import secrets

SHORTEST = 10
COMMON = ("password", "12345", "qwert", "letmein", "welcome", "abc123", "iloveyou", "admin", "111111", "clinic")


def hashed(password: str) -> bytes:
    """Salt and digest together."""
    salt = secrets.token_bytes(16)
    return salt + _digest(password, salt)


def matches(password: str, stored: bytes) -> bool:
    """Whether the password is the one that was hashed."""
    return hmac.compare_digest(_digest(password, stored[:16]), stored[16:])


def too_weak(password: str, *about: str) -> bool:
    """Short, common, of few letters, or made of what is known about the person."""
    plain = password.casefold()
    known = [part for text in about for part in text.casefold().replace("@", " ").split() if len(part) > 3]
    return (
        len(password) < SHORTEST
        or len(set(plain)) < 5
        or any(plain.startswith(word) for word in COMMON)
        or any(part in plain for part in known)
    )


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=256, r=8, p=1)


NOBODY = hashed(secrets.token_urlsafe())
"""What is compared with for names that nobody has: it takes as long as any other."""
