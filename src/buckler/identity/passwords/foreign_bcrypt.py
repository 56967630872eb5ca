"""bcrypt: verified for people who come from elsewhere, and never made (docs/decisions/0030).

The one file that knows the library, which is an extra: `pip install 'buckler[bcrypt]'`.

1. `$2a$`, `$2b$` and `$2y$` are one thing today. `$2x$`, made by a mistake of one library, is refused.
2. bcrypt reads 72 bytes and those systems dropped the rest unasked, so the rest is dropped here too, once: the
   sign-in that it lets in hashes the whole password anew. A password with a NUL is wrong, as it was there.
3. Django and passlib put a digest in front, so that nothing is dropped: SHA-256 in hex (Django), SHA-256 in base64
   (passlib's version 1), HMAC-SHA256 under the salt in base64 (version 2).
4. Unused bits of the last character of salt and digest, which old libraries left set, are cleared as they do.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Final

from buckler.identity.passwords.foreign_hash import REMEDY, ForeignHash, HashRefused

LEAST_COST: Final = 4
MOST_COST: Final = 14
"""About a second of a core, and twice that where the NFKC form is compared as well."""
_WEAK_COST: Final = 10
"""Below this OWASP's Password Storage Cheat Sheet calls it weak."""
_MOST_BYTES: Final = 72
_ALPHABET: Final = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
Before = Callable[[str, bytes], bytes]
"""What is done to a password before bcrypt sees it, given the salt."""
Hashing = Callable[[bytes, bytes], bytes]


def read_bcrypt(text: str) -> ForeignHash | None:
    """The hash, or None where it is of another kind. Raises `HashRefused`, also where the library is not there."""
    matched = ((before, form.fullmatch(text)) for form, before in _FORMS)
    before, found = next(((before, each) for before, each in matched if each is not None), (None, None))
    if before is None or found is None:
        return None
    cost, salt, digest = int(found[1]), _cleared(found[2], 0x30), _cleared(found[3], 0x3C)
    if cost < LEAST_COST:
        return None
    if cost > MOST_COST:
        raise HashRefused(f"It costs more than a sign-in may: bcrypt has a cost of up to {MOST_COST}. {REMEDY}")
    work = partial(_matches, _library(), before, f"$2b${cost:02}$", salt, digest)
    return ForeignHash("bcrypt" if before is _cut else "bcrypt-sha256", text, cost < _WEAK_COST, work)


def _matches(hashing: Hashing, before: Before, head: str, salt: str, digest: str, password: bytes) -> bool:
    key, begin = before(salt, password), (head + salt).encode()
    return b"\0" not in key and hmac.compare_digest(hashing(key, begin), begin + digest.encode())


def _library() -> Hashing:
    try:
        from bcrypt import hashpw
    except ModuleNotFoundError:
        raise HashRefused("It is of bcrypt, which is not installed: pip install 'buckler[bcrypt]'") from None
    return hashpw


def _cleared(text: str, used: int) -> str:
    return text[:-1] + _ALPHABET[_ALPHABET.index(text[-1]) & used]


def _cut(_salt: str, password: bytes) -> bytes:
    return password[:_MOST_BYTES]


def _django(_salt: str, password: bytes) -> bytes:
    return sha256(password).hexdigest().encode()


def _passlib_1(_salt: str, password: bytes) -> bytes:
    return b64encode(sha256(password).digest())


def _passlib_2(salt: str, password: bytes) -> bytes:
    return b64encode(hmac.digest(salt.encode(), password, "sha256"))


_END: Final = r"([./A-Za-z0-9]{22})%s([./A-Za-z0-9]{31})"
_MODULAR: Final = r"\$2[aby]\$([0-9]{2})\$" + _END % ""
_FORMS: Final = tuple(
    (re.compile(form), before)
    for form, before in (
        (_MODULAR, _cut),
        (r"bcrypt\$" + _MODULAR, _cut),
        (r"bcrypt_sha256\$" + _MODULAR, _django),
        (r"\$bcrypt-sha256\$2[ab],([0-9]{1,2})\$" + _END % r"\$", _passlib_1),
        (r"\$bcrypt-sha256\$v=2,t=2[ab],r=([0-9]{1,2})\$" + _END % r"\$", _passlib_2),
    )
)
"""What a hash looks like, and what was hashed in truth."""
