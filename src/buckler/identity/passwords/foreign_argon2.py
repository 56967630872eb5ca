"""Argon2 as others use it: the PHC strings of argon2-cffi and passlib, and Django's with `argon2` in front (RFC 9106).

All three variants, versions 16 and 19, any number of lanes that Argon2 takes up to `MOST_LANES`: each lane is a
thread for as long as the hash lasts.
"""

import re
from functools import partial
from typing import Final

from argon2.exceptions import VerificationError
from argon2.low_level import Type, verify_secret

from buckler.identity.passwords.foreign_hash import LEAST_SALT, MOST_SALT, REMEDY, ForeignHash, HashRefused, decoded

MOST_MEMORY: Final = 256 * 1024
"""KiB. Django takes 100 MiB, passlib 64."""
MOST_WORK: Final = 512 * 1024
"""KiB written over all passes: half a second of a core, and twice that where the NFKC form is compared as well."""
MOST_PASSES: Final = 100
"""Each pass starts every lane four times, however little memory there is."""
MOST_LANES: Final = 16
_WEAK_WORK: Final = 35 * 1024
"""7 MiB and 5 passes, the least work among the settings of OWASP's Password Storage Cheat Sheet."""
_KIB_A_LANE: Final = 8
"""RFC 9106 section 3.1."""
_LEAST_DIGEST: Final = 16
_MOST_DIGEST: Final = 64
_TYPES: Final = {"argon2id": Type.ID, "argon2i": Type.I, "argon2d": Type.D}
_FORM: Final = re.compile(
    r"\$(argon2(?:id|i|d))(?:\$v=(?:16|19))?\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,9}),p=([1-9][0-9]{0,3})"
    r"\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)
_DJANGO: Final = "argon2$"


def read_argon2(text: str) -> ForeignHash | None:
    """The hash, or None where it is of another kind. Raises `HashRefused`."""
    inner = text[len(_DJANGO) - 1 :] if text.startswith(_DJANGO) else text
    found = _FORM.fullmatch(inner)
    if found is None:
        return None
    kind, memory, passes, lanes = found[1], int(found[2]), int(found[3]), int(found[4])
    _check_cost(memory, passes, lanes)
    salt, digest = decoded(found[5]), decoded(found[6])
    if not LEAST_SALT <= len(salt) <= MOST_SALT or not _LEAST_DIGEST <= len(digest) <= _MOST_DIGEST:
        raise HashRefused(
            f"Argon2 here has a salt of {LEAST_SALT} to {MOST_SALT} bytes and a digest of {_LEAST_DIGEST} to"
            f" {_MOST_DIGEST}. {REMEDY}"
        )
    weak = kind != "argon2id" or memory * passes < _WEAK_WORK
    return ForeignHash(kind, text, weak, partial(_matches, inner.encode(), _TYPES[kind]))


def _check_cost(memory: int, passes: int, lanes: int) -> None:
    if memory > MOST_MEMORY or passes > MOST_PASSES or memory * passes > MOST_WORK or lanes > MOST_LANES:
        raise HashRefused(
            f"It costs more than a sign-in may: Argon2 has up to {MOST_MEMORY} KiB, {MOST_PASSES} passes,"
            f" {MOST_WORK} KiB over all passes and {MOST_LANES} lanes. {REMEDY}"
        )
    if memory < _KIB_A_LANE * lanes:
        raise HashRefused("Argon2 has 8 KiB a lane at least: it was altered. Export it once more.")


def _matches(hashed: bytes, kind: Type, password: bytes) -> bool:
    try:
        return verify_secret(hashed, password, kind)
    except VerificationError:
        return False
