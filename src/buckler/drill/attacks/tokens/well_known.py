"""Secrets that attackers try first: those of examples and tutorials, what placeholders say, and the app's own title.

Nothing is sent for it. A token of one's own is enough: whoever finds the secret that signs it signs others.
"""

import hmac
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha1
from itertools import product
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Final

from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.transport.compact import HASHES, Compact, unwritten, written

_FILE: Final = Path(__file__).with_name("well_known_secrets.txt")
_SECRETS: Final = Topic[dict[str, bytes | None]]("secrets of tokens")
_ENDS: Final = (
    *("", "!", "1", "123", "1234", "12345", "2023", "2024", "2025", "2026", "-key", "_key", "-secret", "_secret"),
    *("-change-me", "_change_me", "-changeme", "-change-in-production", "_change_in_production"),
    *("-change-me-in-production", "_change_me_in_production", "-change-this-in-production", "-dev", "_dev", "-here"),
)
"""What is put after a word."""
_AROUND_TITLE: Final = (
    *("{}", "{}secret", "{}-secret", "{}_secret", "{}key", "{}-key", "{}_key", "{}-secret-key", "{}_secret_key"),
    *("{}secretkey", "{}-jwt", "{}_jwt", "{}-jwt-secret", "{}_jwt_secret", "{}-super-secret", "{}_super_secret"),
    *("{}-super-secret-key", "{}_super_secret_key", "super-secret-{}", "super_secret_{}", "secret-{}", "secret_{}"),
    *("{}-dev-secret", "{}_dev_secret", "{}-token", "{}_token", "my-{}-secret", "my_{}_secret", "jwt-{}", "jwt_{}"),
)
Right = Callable[[bytes], bool]


def cracked(on: Engagement, parts: Compact) -> bytes | None:
    """The secret that signs this token; None where it is none of those, or no secret signs it."""
    kept = on.memory.of(_SECRETS, dict[str, bytes | None])
    key = f"{parts.signed}.{parts.signature}"
    if key not in kept:
        kept[key] = _secret_of(parts, on.setting.document.title)
    return kept[key]


def cracked_cookie(on: Engagement, cookie: str) -> bytes | None:
    """The secret of a cookie that Starlette's session middleware signs; None where it is none of those."""
    signed, _, signature = cookie.rpartition(".")
    if len(signature) != 27 or "." not in signed:
        return None
    kept = on.memory.of(_SECRETS, dict[str, bytes | None])
    if cookie not in kept:
        words = candidates(on.setting.document.title, short=False)
        kept[cookie] = _first(words, lambda secret: hmac.compare_digest(cookie_signature(signed, secret), signature))
    return kept[cookie]


def cookie_signature(signed: str, secret: bytes) -> str:
    """As itsdangerous signs by default, which that middleware uses: HMAC with SHA-1, by a key of salt and secret."""
    key = sha1(b"itsdangerous.Signer" + b"signer" + secret).digest()  # noqa: S324 - not our choice
    return written(hmac.digest(key, signed.encode(), "sha1"))


def candidates(title: str, *, short: bool = True) -> Iterator[bytes]:
    """Every secret that is tried, the likeliest first."""
    plain = (*_words(), *_of_title(title))
    yield from (word.encode() for word in plain)
    yield b""
    yield from (f"{word}{end}".encode() for word in plain for end in _ENDS[1:])
    yield from (found for word in plain for found in _decoded(word))
    if short:
        yield from _short()


def described(secret: bytes) -> str:
    """The secret for a report: so that its owner knows which it is, and nobody else learns it."""
    if not secret:
        return "empty"
    if secret in {word.encode() for word in _words()}:
        return f"a well-known one of {len(secret)} characters"
    return f"one of {len(secret)} characters that is made of well-known words, or short"


def _secret_of(parts: Compact, title: str) -> bytes | None:
    digest, signed = HASHES.get(parts.algorithm, ""), parts.signed.encode()
    try:
        signature = unwritten(parts.signature)
    except ValueError:
        return None
    if not digest or not signature:
        return None
    return _first(candidates(title), lambda secret: hmac.digest(secret, signed, digest) == signature)


def _first(several: Iterable[bytes], is_right: Right) -> bytes | None:
    return next((secret for secret in several if is_right(secret)), None)


@cache
def _words() -> tuple[str, ...]:
    return tuple(_FILE.read_text(encoding="utf-8").splitlines())


def _of_title(title: str) -> Iterator[str]:
    words = re.findall(r"[a-z0-9]+", title.lower())
    short = [word for word in words if word not in ("api", "app", "the", "service", "backend", "server")]
    names = {sign.join(each) for each in (words, short) if each for sign in ("", "-", "_", " ")} | set(short)
    for name in sorted({*names, title} - {""}):
        yield from (shape.format(name) for shape in _AROUND_TITLE)


def _decoded(word: str) -> Iterator[bytes]:
    """What a text stands for where a verifier decodes it first."""
    if re.fullmatch(r"(?:[0-9a-f]{2}){4,}", word):
        yield bytes.fromhex(word)
    if len(word) % 4 == 0:
        try:
            yield b64decode(word, validate=True)
        except Error:
            return


def _short() -> Iterator[bytes]:
    for length in (1, 2, 3):
        yield from (bytes(each) for each in product((ascii_lowercase + digits).encode(), repeat=length))
    yield from (bytes(each) for each in product(digits.encode(), repeat=4))
