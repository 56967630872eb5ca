"""Access tokens: JWT in the profile of RFC 9068, signed with `Ed25519` (ASVS 9.1, 9.2, 10.3.1).

Verifying is one call and has one order:
size, three canonical segments, header look-up, signature, strict JSON, then each check of the claims.
It returns the verified claims or raises `InvalidToken`, which looks the same whatever was wrong
(ASVS 11.2.5). There is no shorter path.

A token that ended before its time is known to `revocation`, which `cache` asks.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Final

from buckler.clock import Clock
from buckler.defence import Defence
from buckler.errors import BucklerError, ConfigurationError
from buckler.randomness import identifier
from buckler.tokens.checks import (
    LONGEST_TOKEN,
    TOKEN_CHECKS,
    ClaimCheck,
    Expected,
    HeaderCheck,
    SignatureCheck,
    SizeCheck,
)
from buckler.tokens.claims import Claims, claims_of, read
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.segments import decode, encode

LONGEST_LIFE: Final = 3600
"""Seconds: no token lives longer, so nothing about a token need be remembered for longer."""
_SEGMENT: Final = rb"([A-Za-z0-9_-]+)"
_COMPACT: Final = re.compile(_SEGMENT + rb"\." + _SEGMENT + rb"\." + _SEGMENT)


class InvalidToken(BucklerError):
    """A token that is not good. Its text never says why; `reason` does, for the event log alone.

    A reason is a fixed sentence: nothing that the token says is in it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("The token is not good.")
        self.reason = reason


class AccessTokens:
    """Issues and verifies our access tokens."""

    def __init__(
        self,
        ring: KeyRing,
        *,
        issuer: str,
        audience: str,
        clock: Clock,
        lifetime: int = 600,
        checks: Sequence[Defence] = TOKEN_CHECKS,
    ) -> None:
        _check_settings(issuer, audience, lifetime)
        self.ring = ring
        self._issuer = issuer
        self._audience = audience
        self._now = clock.now
        self._lifetime = lifetime
        self._size = next((check for check in checks if isinstance(check, SizeCheck)), None)
        self._header = next((check for check in checks if isinstance(check, HeaderCheck)), None)
        self._signature = next((check for check in checks if isinstance(check, SignatureCheck)), None)
        self._claims = tuple(check for check in checks if isinstance(check, ClaimCheck))

    def issue(
        self,
        *,
        subject: str,
        name: str,
        client_id: str,
        roles: Iterable[str],
        auth_time: int,
        scope: str | None = None,
        session_id: str = "",
        version: int = 0,
        acr: str = "",
        amr: Sequence[str] = (),
        ends: float = math.inf,
    ) -> tuple[str, Claims]:
        """A new token and what it says (RFC 9068 section 2.2). `scope` None does not cut the rights.

        It does not outlive `ends`.
        """
        begun = int(self._now())
        payload: dict[str, object] = {
            "iss": self._issuer,
            "sub": subject,
            "aud": self._audience,
            "client_id": client_id,
            "iat": begun,
            "exp": int(min(begun + self._lifetime, ends)),
            "jti": identifier(),
            "name": name,
            "roles": sorted(roles),
            "auth_time": auth_time,
        }
        if scope is not None:
            payload["scope"] = scope
        optional = {"sid": session_id, "ver": version, "acr": acr, "amr": list(amr)}
        payload |= {member: value for member, value in optional.items() if value}
        return self._written(payload), claims_of(payload)

    def verify(self, token: bytes) -> Claims:
        """What the token says. Raises `InvalidToken`."""
        if self._size is not None and not self._size.fits(token):
            raise InvalidToken("it is too long")
        payload = self._authentic(token)
        try:
            members = read(payload)
        except ValueError as error:
            raise InvalidToken("its payload is not strict JSON") from error
        expected = Expected(self._issuer, self._audience, self._now(), self._lifetime)
        for check in self._claims:
            reason = check.check(members, expected)
            if reason is not None:
                raise InvalidToken(reason)
        return claims_of(members)

    def _authentic(self, token: bytes) -> bytes:
        """The payload, once the signature over it holds."""
        match = _COMPACT.fullmatch(token)
        if match is None:
            raise InvalidToken("it has not three segments of base64url")
        header, payload, signature = match.groups()
        try:
            decoded, proof = decode(payload), decode(signature)
        except ValueError as error:
            raise InvalidToken("a segment is not the canonical base64url") from error
        key = self._key(header.decode("ascii"))
        if self._signature is not None and not self._signature.holds(key, token[: match.end(2)], proof):
            raise InvalidToken("its signature does not hold")
        return decoded

    def _key(self, header_segment: str) -> SigningKey:
        if self._header is None:
            return self.ring.current
        key = self._header.find(header_segment, self.ring)
        if key is None:
            raise InvalidToken("its header is not that of a key of ours")
        return key

    def _written(self, payload: dict[str, object]) -> str:
        key = self.ring.current
        text = f"{key.header}.{encode(json.dumps(payload, ensure_ascii=False, separators=(',', ':')).encode())}"
        token = f"{text}.{encode(key.sign(text.encode('ascii')))}"
        if len(token) > LONGEST_TOKEN:
            raise BucklerError(f"The token would have {len(token)} bytes; nobody accepts more than {LONGEST_TOKEN}.")
        return token


def _check_settings(issuer: str, audience: str, lifetime: int) -> None:
    if not issuer or not audience:
        raise ConfigurationError(
            f"AccessTokens(issuer={issuer!r}, audience={audience!r}): an empty name matches nobody, so a token could"
            " be taken for another service's. Name both, for example by the origin of the service."
        )
    if type(lifetime) is not int or not 1 <= lifetime <= LONGEST_LIFE:
        raise ConfigurationError(
            f"AccessTokens(lifetime={lifetime!r}): it must be 1 to {LONGEST_LIFE} whole seconds, because every"
            " process remembers what was revoked that long. Choose 600 and renew."
        )
