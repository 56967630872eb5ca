"""Which hashes of other systems can be verified, and which texts are none.

A digest that was made for speed (MD5, SHA-1, SHA-2 without a work factor) is not taken: it would be kept, and a copy
of it guessed, until its owner comes. Nor is a password in plain text. Their owners choose a new one with a mailed code.
"""

import re
from typing import Final

from buckler.identity.passwords.foreign_argon2 import read_argon2
from buckler.identity.passwords.foreign_bcrypt import read_bcrypt
from buckler.identity.passwords.foreign_hash import LONGEST, REMEDY, ForeignHash, HashRefused
from buckler.identity.passwords.foreign_pbkdf2 import read_pbkdf2

_FAST: Final = re.compile(
    r"(?:md5|sha1|sha224|sha256|sha384|sha512|crypt|unsalted_md5|unsalted_sha1)\$.*"
    r"|\{[A-Za-z0-9-]+\}.*|\$(?:1|apr1|md5)\$.*|[0-9A-Fa-f]{32,128}"
)
_UNUSABLE: Final = "!"
"""What Django puts in front where nobody has a password."""


def read(text: str) -> ForeignHash:
    """The hash behind `text`. Raises `HashRefused` where it is of no kind, or costs more than a sign-in may."""
    if len(text) > LONGEST or not (text.isascii() and text.isprintable()):
        raise HashRefused(f"A hash has at most {LONGEST} characters, all of them printable ASCII. {REMEDY}")
    found = read_argon2(text) or read_bcrypt(text) or read_pbkdf2(text)
    if found is not None:
        return found
    if _FAST.fullmatch(text) is not None:
        raise HashRefused(f"It is a digest made for speed, which a thief guesses at once. {REMEDY}")
    raise HashRefused(
        "It is of no kind that is verified here: Argon2, bcrypt and PBKDF2, as argon2-cffi, passlib and Django"
        f" write them. {REMEDY}"
    )


def is_without_password(text: str) -> bool:
    """Whether this says that the account has none: nothing at all, or what Django calls unusable."""
    return text == "" or text.startswith(_UNUSABLE)
