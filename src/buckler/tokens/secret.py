"""The master secret: what everything else at rest is sealed with (ASVS 11.2.3, 13.3.1).

1. At least 32 bytes, with the spread of random ones; no repeated or running pattern.
2. No text that stands in a tutorial or begs to be changed.
3. An ordered list: the first seals, all open. So it can be replaced while the old seals still open.
4. In a file: a regular one, ours, closed to everybody else, no link; in production outside the data
   folder, because who steals the data must not find the key beside it.

The secret itself never leaves: other parts receive keys derived from it.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, Self, final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from buckler.errors import ConfigurationError
from buckler.randomness import secret_text
from buckler.redact import STARS
from buckler.tokens.secret_file import read, rewrite, write
from buckler.tokens.segments import decode

SHORTEST: Final = 32
"""Bytes: what AES-256 and HMAC-SHA256 need (NIST SP 800-131A: 128 bits would do)."""
NEW_BYTES: Final = 48
"""What we make ourselves has more."""
_ENTROPY: Final = 128
_DISTINCT: Final = 12

REMEDY: Final = 'Make one: python -c "import secrets; print(secrets.token_urlsafe(48))"'

# Six letters or more: a random text holds none of them by chance (less than one in a million).
_TELLTALE: Final = (
    *("changeme", "changethis", "example", "secret", "password", "passphrase", "insecure", "default", "placeholder"),
    *("replaceme", "replacethis", "qwerty", "letmein", "abcdef", "123456", "secure", "development", "sample"),
)
# The FastAPI tutorial prints this key, so thousands of services sign with it.
_PRINTED: Final = ("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",)


@final
class MasterSecret:
    """One or more secrets, newest first. Raises `ConfigurationError` for one that is weak or well known."""

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets:
            raise ConfigurationError(f"The master secret is empty: nothing could be sealed. {REMEDY}")
        for number, secret in enumerate(secrets, 1):
            _refuse(number, _weakness(secret))
        self._secrets = tuple(secrets)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Secrets separated by commas, each hex or base64url (read as its bytes) or plain text."""
        parts = [part.strip() for part in text.split(",")]
        for number, part in enumerate(parts, 1):
            _refuse(number, _well_known(part.encode()) or _repetition(part.encode()))
        return cls([_bytes_of(part) for part in parts])

    @classmethod
    def from_file(cls, path: Path, *, data: Path | None, development: bool) -> Self:
        """The secrets in a file that only we can read."""
        if data is not None and not development and path.resolve().is_relative_to(data.resolve()):
            raise ConfigurationError(
                f"The master secret {path} lies in the data folder {data}: who copies the data has the key too."
                " Move it elsewhere and name the new place."
            )
        return cls.from_text(read(path))

    @classmethod
    def create_file(cls, path: Path) -> Self:
        """A new secret, written to a file that must not exist yet."""
        text = secret_text(NEW_BYTES)
        write(path, text)
        return cls.from_text(text)

    @classmethod
    def renew_file(cls, path: Path, *, data: Path | None, development: bool) -> Self:
        """A new secret in front of those in the file, which still open."""
        cls.from_file(path, data=data, development=development)
        return cls.from_text(rewrite(path, f"{secret_text(NEW_BYTES)},\n{read(path).strip()}"))

    @classmethod
    def keep_newest(cls, path: Path) -> Self:
        """Leave the first secret alone in the file: what another one sealed is lost."""
        newest = read(path).partition(",")[0].strip()
        cls.from_text(newest)
        return cls.from_text(rewrite(path, newest))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._secrets)

    def derive(self, label: str) -> tuple[bytes, ...]:
        """One key of 32 bytes for each secret, in order, for this label alone (RFC 5869)."""
        return tuple(_expand(secret, label) for secret in self._secrets)

    def __repr__(self) -> str:
        return f"MasterSecret({STARS})"

    def __reduce__(self) -> str:
        raise TypeError("A MasterSecret is not to be pickled: it would leave the process as plain bytes.")


def _expand(secret: bytes, label: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"buckler/1/" + label.encode()).derive(secret)


def _bytes_of(text: str) -> bytes:
    if re.fullmatch("(?:[0-9a-fA-F]{2})+", text):
        return bytes.fromhex(text)
    try:
        return decode(text.encode("ascii"))
    except ValueError:
        return text.encode()


def _refuse(number: int, weakness: str | None) -> None:
    # The value is never named here: errors end in logs.
    if weakness is not None:
        raise ConfigurationError(f"The master secret (number {number} of the list) {weakness}. {REMEDY}")


def _weakness(secret: bytes) -> str | None:
    if len(secret) < SHORTEST:
        return f"has {len(secret)} bytes (hex and base64url count decoded); {SHORTEST} are needed against guessing"
    return _well_known(secret) or _repetition(secret) or _dullness(secret)


def _well_known(secret: bytes) -> str | None:
    letters = re.sub(r"[^a-z0-9]", "", secret.decode("latin-1").lower())
    if letters in _PRINTED or secret.hex() in _PRINTED or any(word in letters for word in _TELLTALE):
        return "is an example or a well-known text, which an attacker tries first"
    return None


def _repetition(secret: bytes) -> str | None:
    repeats = any(secret[step:] == secret[:-step] for step in range(1, len(secret) // 2 + 1))
    return "repeats one pattern" if repeats else None


def _dullness(secret: bytes) -> str | None:
    steps = bytes((after - before) % 256 for before, after in pairwise(secret))
    if len(set(secret)) < _DISTINCT or len(set(steps)) < _DISTINCT or _entropy(secret) < _ENTROPY:
        return "has too few different bytes to be random"
    return None


def _entropy(secret: bytes) -> float:
    """Bits of surprise (Shannon) if each byte were drawn by its own frequency: an upper bound."""
    size = len(secret)
    return -sum(count * math.log2(count / size) for count in Counter(secret).values())
