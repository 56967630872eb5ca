"""What tests of tokens share: a whole, its twins, and a pen for tokens that we would never write."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from buckler.defence import Defence
from buckler.tokens.algorithms import Algorithm
from buckler.tokens.cache import VerifiedTokens
from buckler.tokens.checks import TOKEN_CHECKS
from buckler.tokens.jwt import AccessTokens, InvalidToken
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.segments import encode
from tests.clocks import FakeClock

ISSUER = "https://issuer.example"
AUDIENCE = "https://api.example"
NOW = 1_800_000_000


@lru_cache(None)
def our_key(algorithm: Algorithm = "Ed25519") -> SigningKey:
    return SigningKey.generate(algorithm)


@lru_cache(None)
def their_key(algorithm: Algorithm = "Ed25519") -> SigningKey:
    return SigningKey.generate(algorithm)


def whole(clock: FakeClock | None = None, ring: KeyRing | None = None) -> AccessTokens:
    """The verifier as users have it."""
    return AccessTokens(
        ring or KeyRing([our_key()]), issuer=ISSUER, audience=AUDIENCE, clock=clock or FakeClock(float(NOW))
    )


def twin(*left_out: str, instead: tuple[Defence, ...] = (), ring: KeyRing | None = None) -> AccessTokens:
    """The same verifier with the named checks left out."""
    assert set(left_out) <= {check.name for check in TOKEN_CHECKS}
    kept = tuple(check for check in TOKEN_CHECKS if check.name not in left_out)
    return AccessTokens(
        ring or KeyRing([our_key()]),
        issuer=ISSUER,
        audience=AUDIENCE,
        clock=FakeClock(float(NOW)),
        checks=kept + instead,
    )


def good(**changes: object) -> dict[str, object]:
    """The claims of a good token; a change to None drops the claim."""
    claims: dict[str, object] = {
        "iss": ISSUER,
        "sub": "bob",
        "aud": AUDIENCE,
        "client_id": "cli",
        "iat": NOW,
        "exp": NOW + 600,
        "jti": "token-1",
        "name": "Bob",
        "roles": ["reader"],
        "auth_time": NOW,
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def written(
    payload: Mapping[str, object] | bytes,
    header: Mapping[str, object] | str | None = None,
    key: SigningKey | None = None,
) -> bytes:
    """A token over `payload`, signed with `key` (ours), under `header` (the one of the key)."""
    key = key or our_key()
    head = header if isinstance(header, str) else key.header if header is None else segment(header)
    text = f"{head}.{encode(payload) if isinstance(payload, bytes) else segment(payload)}".encode()
    return text + b"." + encode(key.sign(text)).encode()


def segment(members: Mapping[str, object]) -> str:
    return encode(json.dumps(members, separators=(",", ":")).encode())


def accepted(tokens: AccessTokens | VerifiedTokens[Any], token: bytes) -> bool:
    """Whether the token passes."""
    try:
        tokens.verify(token)
    except InvalidToken:
        return False
    return True
