"""Refresh tokens: opaque, 256 bits, good once (RFC 6749 section 1.5; RFC 9700 section 2.2.2; ASVS 7.2.3, 10.4.5).

1. `<session>.<secret>.<tag>`. The tag is a keyed digest of the other two: garbage and guesses are refused before
   any row is looked at. So an old token that has its tag was once ours, and its coming back is a replay.
2. The database keeps a digest of the secret. It is drawn from 256 random bits, so plain SHA-256 is enough: there
   is nothing to guess.
3. The successor is a keyed digest of the secret that it follows. Every process derives the same one, so two
   tabs that refresh at once get the same successor, and nobody has to keep it for them. The database alone
   derives nothing: the key comes from the master secret.
4. What was made under an older master secret of the list is still known.
"""

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from buckler.randomness import secret_bytes
from buckler.tokens.segments import decode, encode
from buckler.tokens.vault import Vault

LENGTH: Final = 99
"""Characters of every refresh token."""
PATTERN: Final = r"^[0-9a-f]{32}\.[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{22}$"
_FORM: Final = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})")
_TAG: Final = "refresh tag"
_SUCCESSOR: Final = "refresh successor"
_TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token that we made once, whatever became of it since."""

    session_id: str
    secret: bytes = field(repr=False)

    @property
    def digest(self) -> bytes:
        """What the database keeps of it."""
        return sha256(self.secret).digest()


class RefreshTokens:
    """Makes refresh tokens, and tells those that we made."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def first(self, session_id: str) -> Presented:
        """The first one of a session."""
        return Presented(session_id, secret_bytes())

    def successors(self, presented: Presented) -> list[Presented]:
        """What follows it: first by the newest master secret, then what another process may have derived."""
        data = _bound(presented)
        return [Presented(presented.session_id, secret) for secret in self._vault.macs(_SUCCESSOR, data)]

    def text(self, token: Presented) -> str:
        """What the client gets."""
        tag = self._vault.mac(_TAG, _bound(token))[:_TAG_BYTES]
        return f"{token.session_id}.{encode(token.secret)}.{encode(tag)}"

    def read(self, text: str) -> Presented | None:
        """What the client sent, or None unless we made it."""
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        session_id, secret, tag = match.groups()
        try:
            presented, proof = Presented(session_id, decode(secret.encode())), decode(tag.encode())
        except ValueError:
            return None
        tags = [made[:_TAG_BYTES] for made in self._vault.macs(_TAG, _bound(presented))]
        return presented if any(hmac.compare_digest(made, proof) for made in tags) else None


def _bound(token: Presented) -> bytes:
    """Session and secret, each of a fixed length."""
    return token.session_id.encode("ascii") + token.secret
