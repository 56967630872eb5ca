"""Tokens of three parts, as RFC 7515 section 7.1 writes them: read, and put together anew.

Only secrets are used here. Signatures with a key pair stand in `keys.py`.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

Members = Mapping[str, object]
HASHES: Final = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
"""RFC 7518 section 3.2."""


@dataclass(frozen=True, slots=True)
class Compact:
    """A token that was read, and not verified."""

    header: Members
    claims: Members
    signed: str
    """The first two parts: what the signature is of."""
    signature: str

    @property
    def algorithm(self) -> str:
        """As its header says."""
        return str(self.header.get("alg", ""))


def read_compact(token: str) -> Compact | None:
    """The parts; None for whatever is no such token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    header, claims = (_members(part) for part in parts[:2])
    if header is None or claims is None or "alg" not in header:
        return None
    return Compact(header, claims, f"{parts[0]}.{parts[1]}", parts[2])


def to_sign(header: Members, claims: Members) -> str:
    """The first two parts."""
    return ".".join(written(json.dumps(each, separators=(",", ":")).encode()) for each in (header, claims))


def with_secret(header: Members, claims: Members, secret: bytes) -> str:
    """A token that is signed with a secret, by the algorithm that its header names."""
    signed = to_sign(header, claims)
    digest = hmac.digest(secret, signed.encode(), HASHES[str(header["alg"])])
    return f"{signed}.{written(digest)}"


def written(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unwritten(text: str) -> bytes:
    """What was written so. Raises `ValueError`."""
    return urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))


def _members(part: str) -> Members | None:
    try:
        found: object = json.loads(unwritten(part))
    except (ValueError, RecursionError):
        return None
    return cast("Members", found) if isinstance(found, dict) else None
