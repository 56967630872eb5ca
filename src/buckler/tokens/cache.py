"""Verified tokens, remembered (in this process only, successes only).

What is held for a token is made once from its claims, by whoever builds the memory: the claims are not needed
again, and no other memory stands beside this one.

1. The key is the exact token text: another spelling is another token.
2. On every hit: not expired, and nothing ended nor any key changed since it was judged. Where something did, it is
   judged again: the token, its session, the version of its account, its key.
3. What was ended elsewhere must be known: with stale revocations nothing is recalled.
4. Bounded: 256 parts, each forgets its oldest entry when it is full. No part is large enough for its growth
   to be felt.

Why the text and not a digest of it: SHA-256 of a token costs more than twice all the rest of a hit, and hides
nothing, because who reads the memory of this process finds the key that signs. A cache of tokens that
others sign (their key is not here) must not copy this choice.
"""

from collections.abc import Callable
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
Marks = tuple[str, str, str, int]
"""What can end a token: its id, its session, its account, and the version of that."""
Entry = tuple[float, int, int, Held, Marks]
"""When it ends, the two generations under which it was judged, what was made of it, its marks."""


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
        self._ring = tokens.ring
        # Without the defence, one that nobody tells anything.
        self._revocations = Revocations(clock) if revocations is None else revocations
        self._now = clock.now
        self._most = capacity // _PARTS
        self._make = make
        self._parts: tuple[dict[bytes, Entry[Held]], ...] = tuple({} for _ in range(_PARTS))

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
        expires_at, ends, turns, held, _ = entry
        revocations, now = self._revocations, self._now()
        if not revocations.fresh_from <= now <= revocations.fresh_until:
            # Fail closed: somebody may have ended it unseen.
            return None
        if expires_at <= now or ends != revocations.generation or turns != self._ring.generation:
            return self._judge_again(part, token, now)
        return held

    def verify(self, token: bytes) -> Held:
        """What is made of the token. Raises `InvalidToken`. Whoever asks sees to it that the revocations are fresh."""
        held = self.recall(token)
        if held is None:
            claims = self._tokens.verify(token)
            if self._revocations.is_ended(*_marks(claims)):
                raise InvalidToken("it was revoked")
            held = self._make(claims)
            self._remember(token, claims.expires_at, held, _marks(claims))
        return held

    def _judge_again(self, part: dict[bytes, Entry[Held]], token: bytes, now: float) -> Held | None:
        """Judged once more after something ended or a key changed; kept where it was not this one."""
        expires_at, _, _, held, marks = part.pop(token)
        if expires_at <= now or self._revocations.is_ended(*marks):
            return None
        self._remember(token, expires_at, held, marks)
        return held if token in part else None

    def _remember(self, token: bytes, expires_at: float, held: Held, marks: Marks) -> None:
        key = self._ring.find(token[: token.index(b".")].decode("ascii"))
        if key is None:
            return
        part = self._parts[hash(token) >> _UPPER & _LAST]
        if len(part) >= self._most:
            del part[next(iter(part))]
        if key.verifies_until is not None:
            expires_at = min(expires_at, key.verifies_until)
        part[token] = (expires_at, self._revocations.generation, self._ring.generation, held, marks)


def _marks(claims: Claims) -> Marks:
    return claims.token_id, claims.session_id, claims.subject, claims.version
