"""What verifying an access token costs, against the bare Ed25519 check (B5).

Uncached means: the whole check, by a verifier that has never seen the token. Cached means: seen
before; expiry, revocation and the trust in its key are checked all the same.
"""

from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.budgets import Row
from bench.exchange import ORIGIN
from bench.spread import spread_of
from bench.steps import Step, Work, paired, time_steps
from buckler.clock import SystemClock
from buckler.tokens.cache import VerifiedTokens
from buckler.tokens.claims import Claims
from buckler.tokens.jwt import AccessTokens
from buckler.tokens.keys import KeyRing, SigningKey
from buckler.tokens.revocation import Revocations
from buckler.tokens.segments import decode

TOKENS: Final = 64
TURNS: Final = 200


async def token_rows(rounds: int) -> list[Row]:
    """The rows of B5, and the bare check beside them."""
    office = _Office()
    check = Step("bare_check", "one bare Ed25519 check", TOKENS, office.checking)
    uncached = Step("verify_uncached", "a token verified for the first time", TOKENS, office.verifying)
    cached = Step("verify_cached", "a token verified before", TOKENS * TURNS, office.recalling)
    costs = await time_steps([check, uncached, cached], rounds)
    middle = {name: spread_of(values).middle for name, values in costs.items()}
    return [
        Row(check.name, check.title, "us", spread_of(costs[check.name])),
        Row(
            uncached.name,
            uncached.title,
            "x",
            paired(costs[uncached.name], costs[check.name]),
            "check",
            middle[uncached.name],
        ),
        Row(cached.name, cached.title, "us", spread_of(costs[cached.name])),
    ]


class _Office:
    """Issues the tokens, and prepares each kind of work on them."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._key = SigningKey.generate("Ed25519")
        self._access = AccessTokens(KeyRing([self._key]), issuer=ORIGIN, audience=ORIGIN, clock=self._clock)
        self._tokens = [self._issued(number) for number in range(TOKENS)]

    async def checking(self) -> Work:
        """The signatures alone, parted from their texts beforehand."""
        pairs = [(decode(proof), text) for text, _, proof in (token.rpartition(b".") for token in self._tokens)]
        verify = Ed25519PrivateKey.from_private_bytes(self._key.private_bytes()).public_key().verify

        async def work() -> None:
            for proof, text in pairs:
                verify(proof, text)

        return work

    async def verifying(self) -> Work:
        verify, tokens = self._fresh().verify, self._tokens

        async def work() -> None:
            for token in tokens:
                verify(token)

        return work

    async def recalling(self) -> Work:
        verifier, tokens = self._fresh(), self._tokens
        _know(verifier, tokens)
        recall = verifier.recall

        async def work() -> None:
            for _ in range(TURNS):
                for token in tokens:
                    recall(token)

        return work

    def _fresh(self) -> VerifiedTokens[Claims]:
        return VerifiedTokens(self._access, Revocations(self._clock), self._clock, _itself)

    def _issued(self, number: int) -> bytes:
        token, _ = self._access.issue(
            subject=f"account-{number}",
            name=f"person-{number:02}",
            client_id="bench",
            roles=("reader",),
            auth_time=int(self._clock.now()),
        )
        return token.encode("ascii")


def _itself(claims: Claims) -> Claims:
    return claims


def _know(verifier: VerifiedTokens[Claims], tokens: Sequence[bytes]) -> None:
    for token in tokens:
        verifier.verify(token)
        # Self-check: a recall that found nothing would be quick and worth nothing.
        if verifier.recall(token) is None:
            raise RuntimeError("the verifier forgot a token at once")
