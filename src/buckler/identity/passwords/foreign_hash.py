"""A password hash that another system made: verified at a sign-in, and then never again.

It is read in full before it is kept and before it is used: a hash that could cost more than a sign-in may is none.
What those systems hashed was the text as it came, so that is compared first; where its NFKC form is another text,
that comes second, for systems which composed it before they hashed.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from buckler.errors import BucklerError
from buckler.identity.passwords.rules import normalise

LONGEST: Final = 512
"""Characters of a whole hash: Django's longest has 200."""
LEAST_SALT: Final = 8
"""Bytes. A shorter one is weak (RFC 9106 section 3.1)."""
MOST_SALT: Final = 128
REMEDY: Final = "Leave its hash empty: its owner chooses a new password with a mailed code."


class HashRefused(BucklerError):
    """A text that is no hash which can be verified here. It says why and what to do, and never repeats the hash."""


@dataclass(frozen=True, slots=True)
class ForeignHash:
    """A hash of another system, read and found to cost no more than it may."""

    kind: str
    """As people call it: `bcrypt`, `pbkdf2-sha256`."""
    text: str = field(repr=False)
    is_weak: bool
    """Whether it costs a guesser less than OWASP's Password Storage Cheat Sheet asks for."""
    work: Callable[[bytes], bool] = field(repr=False)
    """Whether these bytes are what was hashed, compared in constant time."""

    def matches(self, password: str) -> bool:
        """Whether `password` is what was hashed. Takes a core for as long as the hash asks; raises nothing."""
        try:
            forms = [form.encode() for form in dict.fromkeys((password, normalise(password)))]
        except UnicodeEncodeError:
            return False  # half of a surrogate pair: no system could have hashed it
        return any(map(self.work, forms))


def decoded(text: str, alphabet: bytes = b"+/") -> bytes:
    """The bytes behind base64 without padding, of which one text alone is good. Raises `HashRefused`."""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), alphabet, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found or base64.b64encode(found, alphabet).rstrip(b"=").decode() != text:
        raise HashRefused("Its salt or digest is not base64: it was cut or altered. Export it once more.")
    return found
