"""Passwords: hashed with scrypt, cheap here as it runs in tests; and refused where anybody would guess them."""

import hashlib
import hmac
import secrets

WORDS = (
    "password passwort qwerty qwertyuiop letmein welcome iloveyou admin administrator dragon monkey football baseball "
    "sunshine princess changeme secret master abc trustnoone superman whatever login starwars"
)
KNOWN_WORDS = frozenset(WORDS.split())
SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "01234567890123456789", "98765432109876543210")
SHORTEST = 10
NOBODY = "00" * 16 + "$" + "00" * 32
"""The hash of an account that is not there: no password fits, and looking takes as long as for one that is."""


def hash_password(password: str) -> str:
    """A salt and what scrypt makes of both."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(password, salt).hex()}"


def fits(password: str, stored: str) -> bool:
    """Whether it is the password; takes as long for a wrong one."""
    salt, kept = (bytes.fromhex(part) for part in stored.split("$"))
    return hmac.compare_digest(_scrypt(password, salt), kept)


def is_weak(password: str, *names: str) -> bool:
    """Short, a known word with trimmings, a run of keys, few letters, or made of the owner's name."""
    plain = password.casefold()
    word = "".join(letter for letter in plain.replace("0", "o").replace("@", "a").replace("$", "s") if letter.isalpha())
    parts = {part for name in names for part in name.casefold().split("@") if len(part) > 3}
    return (
        not SHORTEST <= len(password) <= 128
        or len(set(plain)) < 5
        or word in KNOWN_WORDS
        or any(plain in run or plain[::-1] in run for run in SEQUENCES)
        or any(part in plain for part in parts)
    )


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=2**10, r=8, p=1, dklen=32)
