"""Tokens that look right and are not ours, made from good ones by hand."""

import base64
import hashlib
import hmac
import json
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

STRANGER: Final = Ed25519PrivateKey.generate()


def forged(token: str) -> str:
    """The same head and claims, signed with a stranger's Ed25519 key: the whole check must be done."""
    signed = token.rpartition(".")[0]
    return f"{signed}.{_text(STRANGER.sign(signed.encode()))}"


def of_unknown_key(token: str) -> str:
    """The key id is one that nobody published."""
    return _with_head(token, {"kid": "nobody-published-this"})


def hs256(token: str) -> str:
    """Another algorithm in the head, signed with a secret (CVE-2022-29217 and its kin)."""
    signed = _with_head(token, {"alg": "HS256"}).rpartition(".")[0]
    return f"{signed}.{_text(hmac.digest(b'a public text', signed.encode(), hashlib.sha256))}"


def _with_head(token: str, changes: dict[str, str]) -> str:
    head, claims, signature = token.split(".")
    document = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))) | changes
    return f"{_text(json.dumps(document, separators=(',', ':')).encode())}.{claims}.{signature}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
