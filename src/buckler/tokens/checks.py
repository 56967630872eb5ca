"""What a token must pass, one named check each (RFC 9068 section 4; RFC 8725; ASVS 9.1, 9.2, 10.3.1).

1. size: at most 8192 bytes, before any work.
2. header: the text of the header is, byte for byte, the one that a key of ours writes. So the token chooses
   neither algorithm, nor key, nor type: `alg`, `jwk`, `jku`, `x5c`, `crit`, `b64` in it are never read.
3. signature: made by that key, before the payload is parsed.
4. shape: the members that we use have the types that they must have.
5. issuer: we; the exact text.
6. audience: we are named, exactly.
7. lifetime: begun, not over, and not longer than any token of ours lives.

A check answers with the reason for its no. The reason is for the event log; callers are never told.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from buckler.defence import Defence
from buckler.tokens.claims import text, texts, whole
from buckler.tokens.keys import KeyRing, SigningKey

LONGEST_TOKEN: Final = 8192
"""Bytes. What we issue has some six hundred."""
_LEEWAY: Final = 5
"""Seconds by which the clock of another of our machines may be ahead."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token is compared with."""

    issuer: str
    audience: str
    now: float
    longest: int
    """Seconds: the longest life that we give a token."""


class SizeCheck(Defence):
    """Nobody makes us work on megabytes."""

    name = "size"

    def fits(self, token: bytes) -> bool:
        return len(token) <= LONGEST_TOKEN


class HeaderCheck(Defence):
    """The header is looked up, never believed."""

    name = "header"

    def find(self, header_segment: str, ring: KeyRing) -> SigningKey | None:
        return ring.find(header_segment)


class SignatureCheck(Defence):
    """The key made this signature over this text."""

    name = "signature"

    def holds(self, key: SigningKey, text: bytes, signature: bytes) -> bool:
        return key.signed(text, signature)


class ClaimCheck(Defence):
    """Judges the claims of a token whose signature holds."""

    @abstractmethod
    def check(self, claims: Mapping[str, object], expected: Expected) -> str | None:
        """Why the claims are not good, or None."""


class ShapeCheck(ClaimCheck):
    """Members have their types (RFC 9068 section 2.2)."""

    name = "shape"

    def check(self, claims: Mapping[str, object], expected: Expected) -> str | None:
        for member in ("sub", "jti", "client_id"):
            if not text(claims, member):
                return f"{member} is not a text"
        for member in ("name", "scope", "sid", "acr"):
            if member in claims and text(claims, member) is None:
                return f"{member} is not a text"
        proved = whole(claims, "auth_time") if "auth_time" in claims else 0
        if proved is None or proved > expected.now + _LEEWAY:
            return "auth_time is not a time that was"  # one that lies ahead would be fresh for ever
        if "ver" in claims and whole(claims, "ver") is None:
            return "ver is not a whole number"
        for member in ("roles", "amr"):
            if member in claims and texts(claims, member) is None:
                return f"{member} is not a list of texts"
        return None


class IssuerCheck(ClaimCheck):
    """We made it (RFC 9207 section 2.4: simple string comparison)."""

    name = "issuer"

    def check(self, claims: Mapping[str, object], expected: Expected) -> str | None:
        return None if text(claims, "iss") == expected.issuer else "iss is not ours"


class AudienceCheck(ClaimCheck):
    """It is for us (RFC 7519 section 4.1.3)."""

    name = "audience"

    def check(self, claims: Mapping[str, object], expected: Expected) -> str | None:
        alone = text(claims, "aud")
        named = (texts(claims, "aud") or ()) if alone is None else (alone,)
        return None if expected.audience in named else "aud does not name us"


class LifetimeCheck(ClaimCheck):
    """It has begun and is not over (RFC 7519 sections 4.1.4 to 4.1.6)."""

    name = "lifetime"

    def check(self, claims: Mapping[str, object], expected: Expected) -> str | None:
        begun, ends = whole(claims, "iat"), whole(claims, "exp")
        not_before = whole(claims, "nbf") if "nbf" in claims else 0
        if begun is None or ends is None or not_before is None:
            return "iat, exp or nbf is not a whole number"
        if ends <= expected.now:
            return "it is over"
        if max(begun, not_before) > expected.now + _LEEWAY:
            return "it has not begun"
        return "it would live too long" if ends - begun > expected.longest else None


TOKEN_CHECKS: Final[tuple[Defence, ...]] = (
    SizeCheck(),
    HeaderCheck(),
    SignatureCheck(),
    ShapeCheck(),
    IssuerCheck(),
    AudienceCheck(),
    LifetimeCheck(),
)
"""All of them, in order. Only a twin in the tests leaves one out."""
