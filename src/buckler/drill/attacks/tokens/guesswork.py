"""How hard it is to guess the next of some texts that an app gave out one after the other.

1. What is base64 or hexadecimal digits of a plain text is read as that text.
2. What all begin and end with counts for nothing. The rest counts as much as the letters seen there allow.
3. Numbers that go up by small steps are no secret, whatever their length; nor is the digest of a small number. That of
   the time is looked for by when a text was given out (`clockwork.py`).
4. Of what is the same each time, or comes twice, nothing is told: it may be kept for one account, or one of a few.
"""

import hashlib
import math
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits, hexdigits
from typing import Final
from zlib import crc32

ENOUGH_BITS: Final = 64
"""OWASP's floor for the entropy of session ids (Session Management Cheat Sheet; ASVS 7.2.3 asks for 128 bits)."""
_SMALL_STEP: Final = 1000
_SMALL_NUMBERS: Final = 5_000
_ALPHABETS: Final = (
    (frozenset(digits), 10),
    (frozenset(hexdigits), 16),
    (frozenset(ascii_lowercase), 26),
    (frozenset(ascii_uppercase), 26),
    (frozenset(ascii_lowercase + digits), 36),
    (frozenset(ascii_uppercase + digits), 36),
    (frozenset(ascii_lowercase + ascii_uppercase + digits), 62),
)
DIGESTS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-1": lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "SHA-512": lambda data: hashlib.sha512(data).hexdigest(),
    "CRC-32": lambda data: f"{crc32(data):08x}",
}
"""What apps take for a secret made of something known; by name."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """How the next one is found."""

    words: str
    bits: float


@dataclass(frozen=True, slots=True)
class Untold:
    """Why nothing can be said of the next one."""

    reason: str


def easily_guessed(given: Sequence[str]) -> Prediction | Untold | None:
    """How the next of these is guessed, which were given out in this order; None where it is not."""
    texts = [_plain(text) for text in given]
    if len(texts) < 3:
        return Untold("too few were given out to tell anything of the next")
    if len(set(texts)) < len(texts):
        again = "it was the same each time" if len(set(texts)) == 1 else "the same came more than once"
        return Untold(f"{again}: nothing is told of the next")
    if _counts_up(texts):
        return Prediction("they count up", 0.0)
    if not _small_digests().isdisjoint(given[:2]):
        return Prediction("they are digests of small numbers", math.log2(_SMALL_NUMBERS))
    bits = entropy(texts)
    if bits < ENOUGH_BITS:
        return Prediction(f"they differ in so few places that {bits:.0f} bits have to be guessed", bits)
    return None


def entropy(texts: Sequence[str]) -> float:
    """Bits, at most: what differs between these, as if each place were chosen at random."""
    inner = _inner(texts)
    length = min(map(len, inner))
    varying = [place for place in range(length) if len({text[place] for text in inner}) > 1]
    letters = frozenset("".join(text[place] for text in inner for place in varying))
    size = next((size for alphabet, size in _ALPHABETS if letters <= alphabet), 64)
    return len(varying) * math.log2(size)


def _inner(texts: Sequence[str]) -> list[str]:
    """The texts without what all of them begin and end with."""
    start = _alike(texts)
    end = _alike([text[start:][::-1] for text in texts])
    return [text[start : len(text) - end] for text in texts]


def _alike(texts: Sequence[str]) -> int:
    """How many letters all of them begin with."""
    return next(
        (place for place, several in enumerate(zip(*texts, strict=False)) if len(set(several)) > 1),
        min(map(len, texts)),
    )


def _counts_up(texts: Sequence[str]) -> bool:
    inner = _inner(texts)
    for base, shape in ((10, r"\d{1,18}"), (16, r"[0-9a-fA-F]{1,16}")):
        if all(re.fullmatch(shape, text) for text in inner):
            numbers = [int(text, base) for text in inner]
            steps = [after - before for before, after in pairwise(numbers)]
            return len(steps) > 2 and all(0 < step <= _SMALL_STEP for step in steps)
    return False


def _plain(text: str) -> str:
    """The text that stands behind base64 or hexadecimal digits, where it is a plain one."""
    if re.fullmatch(r"(?:[0-9a-f]{2}){4,}", text):
        found = bytes.fromhex(text)
    else:
        try:
            found = b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
        except (Error, ValueError):
            return text
    try:
        decoded = found.decode("ascii")
    except UnicodeDecodeError:
        return text
    return decoded if decoded.isprintable() and len(decoded) > 3 else text


@cache
def _small_digests() -> frozenset[str]:
    return frozenset(kind(str(number).encode()) for number in range(_SMALL_NUMBERS) for kind in DIGESTS.values())
