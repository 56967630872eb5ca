"""Verified tokens, remembered (in this process only, successes only).

What is held for a token is made once from its claims, by whoever builds the memory: the claims are not needed
again, and no other memory stands beside this one.

1. The key is the exact token text: another spelling is another token.
2. On every hit: not expired, not revoked, and its signing key still trusted.
3. Bounded: 256 parts, each forgets its oldest entry when it is full. No part is large enough for its growth
   to be felt.

Why the text and not a digest of it: SHA-256 of a token costs more than twice all the rest of a hit, and hides
nothing, because who reads the memory of this process finds the key that signs. A cache of tokens that
others sign (their key is not here) must not copy this choice.
"""

from collections.abc import Callable, Container
from typing import Final, Generic, TypeVar

from buckler.clock import Clock
from buckler.errors import ConfigurationError
from buckler.tokens.checks import LONGEST_TOKEN
from buckler.tokens.claims import Claims
from buckler.tokens.jwt import AccessTokens, InvalidToken
from buckler.tokens.revocation import Revocations

_PARTS: Final = 256
_LAST: Final = _PARTS - 1
# The lower bits of the hash (random in each process, kept in the text object) place an entry inside its part.
_UPPER: Final = 40

Held = TypeVar("Held")


class VerifiedTokens(Generic[Held]):
    """Verifies tokens once and remembers what `make` made of the good ones; `make` never gives None.

    For one event loop; not for several threads.
    """

    def __init__(
        self,
        tokens: AccessTokens,
        revocations: Revocations | None,
        clock: Clock,
        make: Callable[[Claims], Held],
        capacity: int = 65_536,
    ) -> None:
        if capacity < _PARTS:
            raise ConfigurationError(
                f"VerifiedTokens(capacity={capacity}): it is kept in {_PARTS} parts, so it must be {_PARTS} or more."
            )
        self._tokens = tokens
        self._trusted = tokens.ring.trusted
        self._ended: Container[str] = frozenset() if revocations is None else revocations.ended
        self._now = clock.now
        self._most = capacity // _PARTS
        self._make = make
        # When it ends, its id, the header of its key, what was made of it.
        self._parts: tuple[dict[bytes, tuple[int, str, str, Held]], ...] = tuple({} for _ in range(_PARTS))

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def recall(self, token: bytes) -> Held | None:
        """What was made of a token verified before, if it is still good; None otherwise. Never waits."""
        if len(token) > LONGEST_TOKEN:
            return None
        part = self._parts[hash(token) >> _UPPER & _LAST]
        entry = part.get(token)
        if entry is None:
            return None
        expires_at, token_id, header, held = entry
        if expires_at <= self._now() or header not in self._trusted or token_id in self._ended:
            # Fail closed: whatever ended it, it must be verified again, and will not pass.
            del part[token]
            return None
        return held

    def verify(self, token: bytes) -> Held:
        """What is made of the token. Raises `InvalidToken`."""
        held = self.recall(token)
        if held is None:
            claims = self._tokens.verify(token)
            if claims.token_id in self._ended:
                raise InvalidToken("it was revoked")
            held = self._make(claims)
            self._remember(token, claims, held)
        return held

    def _remember(self, token: bytes, claims: Claims, held: Held) -> None:
        part = self._parts[hash(token) >> _UPPER & _LAST]
        if len(part) >= self._most:
            del part[next(iter(part))]
        header = token[: token.index(b".")].decode("ascii")
        part[token] = (claims.expires_at, claims.token_id, header, held)
