"""Foreign tokens that were verified, remembered (in this process only, successes only).

1. The key is a digest of the exact text, begun with a secret of this process: these tokens open other services too,
   and whoever reads this memory must find none of them (unlike `tokens/cache.py`, whose tokens are our own).
2. On every hit: not expired, and the key that signed it still one of its issuer's. Nothing else ends it: a foreign
   token lives until its `exp`.
3. Bounded: the oldest entry leaves when it is full.
"""

from collections import OrderedDict
from hashlib import sha256
from typing import Final

from buckler.clock import Clock
from buckler.oauth.issuer_keys import IssuerKeys
from buckler.principal import Principal
from buckler.randomness import secret_bytes
from buckler.tokens.checks import LONGEST_TOKEN

CAPACITY: Final = 16_384


class ForeignMemory:
    """Who is behind which token."""

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._now = clock.now
        self._capacity = capacity
        self._begun = sha256(secret_bytes(64))
        self._entries: OrderedDict[bytes, tuple[IssuerKeys, bytes, Principal]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token that was verified before and is still good. Never waits."""
        if not self._entries or len(token) > LONGEST_TOKEN:
            return None
        digest = self._digest(token)
        entry = self._entries.get(digest)
        if entry is None:
            return None
        keys, key, principal = entry
        if principal.expires_at <= self._now() or not keys.trusts(key):
            # Fail closed: whatever ended it, it must be verified again.
            del self._entries[digest]
            return None
        keys.look_after()
        return principal

    def remember(self, token: bytes, keys: IssuerKeys, key: bytes, principal: Principal) -> None:
        """Keep who is behind a token that was just verified."""
        if len(self._entries) >= self._capacity:
            self._entries.popitem(last=False)
        self._entries[self._digest(token)] = (keys, key, principal)

    def _digest(self, token: bytes) -> bytes:
        state = self._begun.copy()
        state.update(token)
        return state.digest()
