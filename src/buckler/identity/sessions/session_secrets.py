"""Secrets of sessions: opaque, 256 bits, told from garbage without a look into the database (ASVS 7.2.2, 7.2.3).

1. `<session>.<secret>.<tag>`. The tag is a keyed digest of the other two and of what the secret is for: garbage,
   guesses, and what was made for another purpose are refused before any row is looked at.
2. The database keeps a digest of the secret. It is drawn from 256 random bits, so plain SHA-256 is enough: there
   is nothing to guess.
3. What was made under an older master secret of the list is still known.
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
"""Characters of every one."""
PATTERN: Final = r"^[0-9a-f]{32}\.[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{22}$"
_FORM: Final = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})")
_TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Presented:
    """A secret that we made once, whatever became of it since."""

    session_id: str
    secret: bytes = field(repr=False)

    @property
    def digest(self) -> bytes:
        """What the database keeps of it."""
        return sha256(self.secret).digest()

    @property
    def bound(self) -> bytes:
        """Session and secret, each of a fixed length: what keyed digests are made of."""
        return self.session_id.encode("ascii") + self.secret


class SessionSecrets:
    """Makes secrets for one purpose, and tells those that we made for it."""

    def __init__(self, vault: Vault, purpose: str) -> None:
        self._vault = vault
        self._purpose = purpose

    def first(self, session_id: str) -> Presented:
        """The first one of a session."""
        return Presented(session_id, secret_bytes())

    def text(self, held: Presented) -> str:
        """What the client gets."""
        tag = self._vault.mac(self._purpose, held.bound)[:_TAG_BYTES]
        return f"{held.session_id}.{encode(held.secret)}.{encode(tag)}"

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
        tags = [made[:_TAG_BYTES] for made in self._vault.macs(self._purpose, presented.bound)]
        return presented if any(hmac.compare_digest(made, proof) for made in tags) else None
