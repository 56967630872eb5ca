"""What a token of another issuer must pass, one named check each (RFC 9068 section 4; RFC 8725; ASVS 9.1, 9.2, 10.3.1).

1. foreign-size: at most 8192 bytes, before any work. (Three canonical segments and strict JSON follow.)
2. foreign-issuer: `iss` is, character for character, that of an issuer that was named. It is read before anything is
   proved, and decides nothing but whose keys are asked; a stranger's `iss` sends no request anywhere.
3. foreign-algorithm: `alg` is one of those agreed with that issuer. No other member of the header chooses.
4. foreign-extensions: the header asks for nothing that must be understood (`crit`, `b64`).
5. foreign-key: the key goes with the algorithm in type and curve, and its own `alg`, `use`, `key_ops` say so.
6. foreign-signature: made by that key of that issuer over exactly this text.
7. foreign-type: an access token by its `typ`, and by the claim that was agreed.
8. foreign-subject: it names somebody, and where a tenant is agreed that too.
9. foreign-audience: it names us.
10. foreign-lifetime: begun and not over.

Whatever a header brings along (`jwk`, `jku`, `x5c`, `x5u`) is never read. A check answers with the reason for its
no, for the event log alone.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from buckler.defence import Defence
from buckler.oauth.claim_paths import names_at, text_at
from buckler.oauth.foreign_keys import ForeignKey
from buckler.oauth.issuer import Issuer
from buckler.oauth.signatures import ALGORITHMS
from buckler.tokens.checks import LONGEST_TOKEN
from buckler.tokens.claims import text, texts, whole

LATEST: Final = 2**53
"""Seconds: beyond it a float cannot count them."""
_LONGEST_SUBJECT: Final = 255


@dataclass(frozen=True, slots=True)
class Presented:
    """A token taken apart. Nothing of it is believed."""

    header: Mapping[str, object]
    payload: bytes
    signed: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        return text(self.header, "alg") or ""

    @property
    def kid(self) -> str | None:
        return text(self.header, "kid")


class ForeignSize(Defence):
    """Nobody makes us work on megabytes."""

    name = "foreign-size"

    def fits(self, token: bytes) -> bool:
        return len(token) <= LONGEST_TOKEN


class ForeignIssuer(Defence):
    """Keys speak for their own issuer alone (RFC 8725 section 3.8)."""

    name = "foreign-issuer"

    def is_named(self, claims: Mapping[str, object], issuer: Issuer) -> bool:
        return text(claims, "iss") == issuer.url


class HeaderRule(Defence):
    """Judges the header of a token before its signature."""

    @abstractmethod
    def check(self, presented: Presented, issuer: Issuer) -> str | None:
        """Why the header is not good, or None."""


class ForeignAlgorithm(HeaderRule):
    """The token does not choose how it is verified (RFC 8725 section 3.1)."""

    name = "foreign-algorithm"

    def check(self, presented: Presented, issuer: Issuer) -> str | None:
        return None if presented.algorithm in issuer.algorithms else "alg is not agreed with its issuer"


class ForeignExtensions(HeaderRule):
    """What must be understood is not understood here (RFC 7515 section 4.1.11; RFC 7797)."""

    name = "foreign-extensions"

    def check(self, presented: Presented, issuer: Issuer) -> str | None:
        return "its header has crit or b64" if {"crit", "b64"} & presented.header.keys() else None


class ForeignKeyUse(Defence):
    """A key is for one thing (RFC 7517 sections 4.2 to 4.4)."""

    name = "foreign-key"

    def agrees(self, key: ForeignKey, algorithm: str) -> bool:
        way = ALGORITHMS.get(algorithm)
        return (
            way is not None
            and (key.kty, key.crv) == (way.kty, way.crv)
            and key.alg in (None, algorithm)
            and key.use in (None, "sig")
            and (key.operations is None or "verify" in key.operations)
        )


class ForeignSignature(Defence):
    """The key made this signature over this text."""

    name = "foreign-signature"

    def holds(self, key: ForeignKey, presented: Presented) -> bool:
        way = ALGORITHMS.get(presented.algorithm)
        return way is not None and way.kty == key.kty and way.signed(key.public, presented.signature, presented.signed)


class ForeignClaims(Defence):
    """Judges a token whose signature holds."""

    @abstractmethod
    def check(self, presented: Presented, claims: Mapping[str, object], issuer: Issuer, now: float) -> str | None:
        """Why the token is not good, or None."""


class ForeignType(ForeignClaims):
    """An access token, and no other kind (RFC 9068 section 4; RFC 8725 section 3.11)."""

    name = "foreign-type"

    def check(self, presented: Presented, claims: Mapping[str, object], issuer: Issuer, now: float) -> str | None:
        if (text(presented.header, "typ") or "").lower() not in issuer.types:
            return "typ is not that of its issuer's access tokens"
        sign = issuer.access_claim
        if sign is not None and not sign.stands_in(names_at(claims, sign.path)):
            return "the claim that tells access tokens apart is not there"
        return None


class ForeignSubject(ForeignClaims):
    """It is about somebody (RFC 7519 section 4.1.2; OpenID Connect Core section 2)."""

    name = "foreign-subject"

    def check(self, presented: Presented, claims: Mapping[str, object], issuer: Issuer, now: float) -> str | None:
        if not 0 < len(text(claims, "sub") or "") <= _LONGEST_SUBJECT:
            return "sub is not a text of a name's length"
        return "its tenant is not a text" if issuer.tenant and not text_at(claims, issuer.tenant) else None


class ForeignAudience(ForeignClaims):
    """It is for us (RFC 7519 section 4.1.3)."""

    name = "foreign-audience"

    def check(self, presented: Presented, claims: Mapping[str, object], issuer: Issuer, now: float) -> str | None:
        alone = text(claims, "aud")
        named = (texts(claims, "aud") or ()) if alone is None else (alone,)
        return "aud does not name us" if issuer.audience.isdisjoint(named) else None


class ForeignLifetime(ForeignClaims):
    """It has begun and is not over (RFC 7519 sections 4.1.4 to 4.1.6). Only a beginning is forgiven the leeway."""

    name = "foreign-lifetime"

    def check(self, presented: Presented, claims: Mapping[str, object], issuer: Issuer, now: float) -> str | None:
        begun, ends = whole(claims, "iat"), whole(claims, "exp")
        not_before = whole(claims, "nbf") if "nbf" in claims else 0
        if begun is None or ends is None or not_before is None or not 0 <= begun <= ends < LATEST:
            return "iat, exp or nbf is not a time"
        if ends <= now:
            return "it is over"
        return "it has not begun" if max(begun, not_before) > now + issuer.leeway else None


FOREIGN_CHECKS: Final[tuple[Defence, ...]] = (
    ForeignSize(),
    ForeignIssuer(),
    ForeignAlgorithm(),
    ForeignExtensions(),
    ForeignKeyUse(),
    ForeignSignature(),
    ForeignType(),
    ForeignSubject(),
    ForeignAudience(),
    ForeignLifetime(),
)
"""All of them, in order. Only a twin in the tests leaves one out."""
