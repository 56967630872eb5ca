"""The one door through which randomness comes in (ASVS 11.5.1).

Everything unguessable is drawn from the operating system's generator through `secrets`.
"""

import secrets
from random import getrandbits


def secret_bytes(count: int = 32) -> bytes:
    """`count` unguessable bytes."""
    return secrets.token_bytes(count)


def secret_text(count: int = 32) -> str:
    """`count` unguessable bytes as URL-safe text without padding."""
    return secrets.token_urlsafe(count)


def identifier() -> str:
    """A name nobody can guess for a row or a token: 128 random bits as 32 hex digits."""
    return secrets.token_hex(16)


def number_below(limit: int) -> int:
    """A whole number from 0 to below `limit`, that nobody can guess."""
    return secrets.randbelow(limit)


def request_id() -> str:
    """A name that tells one request from another in the log; 32 hex digits.

    It is told to the client and guards nothing, so the fast generator is enough: a fifth of
    the cost of `uuid4` on every request.
    """
    return getrandbits(128).to_bytes(16, "little").hex()
