"""The keys that sign our tokens, and which of them is good at what time (RFC 7517, RFC 7638; ASVS 11.2.2, 11.6.1).

1. A key knows the one header that its tokens carry. A token is matched to a key by this text, never by reading
   what a stranger wrote into a header: neither algorithm nor key nor kind is for a token to choose.
2. A key is published from the beginning, signs from `signs_from` on, and verifies until `verifies_until`.
   Of several that could sign, the one does that began last. Once its time is over nothing finds it.
3. The published document holds public halves alone, and a secret (`HS256`) has none.

The times are for whoever keeps the keys to choose (`identity/installation/signing_keys.py`); a ring only goes by the
clock.
"""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Protocol, Self, TypeVar

from buckler.clock import Clock, SystemClock
from buckler.errors import ConfigurationError
from buckler.randomness import identifier
from buckler.tokens.algorithms import PAIRS, Algorithm, KeyPair, thumbprint
from buckler.tokens.segments import encode

DEFAULT_ALGORITHM: Final[Algorithm] = "Ed25519"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key. Make it with `generate` or `restore`."""

    kid: str
    """The thumbprint of the public key (RFC 7638): nobody can choose it, no two keys share it. A secret has no
    thumbprint that could be told, so its name is random."""
    algorithm: Algorithm
    header: str
    """The exact header segment of our access tokens (RFC 9068 section 2.1)."""
    pair: KeyPair = field(repr=False, compare=False)
    signs_from: float = 0
    verifies_until: float | None = None
    """When nothing of it is good any more; None while no successor has a time."""

    @classmethod
    def generate(cls, algorithm: Algorithm = DEFAULT_ALGORITHM) -> Self:
        """A new key from the system's generator. Its name never looks like an option on a command line."""
        while True:
            key = cls._of(algorithm, PAIRS[algorithm].generate(), None)
            if not key.kid.startswith("-"):
                return key

    @classmethod
    def restore(cls, private: bytes, algorithm: Algorithm = DEFAULT_ALGORITHM, kid: str | None = None) -> Self:
        """The key that `private_bytes` wrote. Raises `ValueError` unless it is one, and the one named `kid`."""
        key = cls._of(algorithm, PAIRS[algorithm].restore(private), kid)
        if kid is not None and key.kid != kid:
            raise ValueError(f"the key is not the one named {kid!r}")
        return key

    @classmethod
    def _of(cls, algorithm: Algorithm, pair: KeyPair, name: str | None) -> Self:
        public = pair.public_members()
        kid = thumbprint(_compact(public)) if public is not None else name or identifier()
        header = encode(_compact({"alg": algorithm, "kid": kid, "typ": "at+jwt"}))
        return cls(kid, algorithm, header, pair)

    def during(self, signs_from: float, verifies_until: float | None = None) -> Self:
        """The same key with a time."""
        return replace(self, signs_from=signs_from, verifies_until=verifies_until)

    def sign(self, text: bytes) -> bytes:
        """The signature over `text`."""
        return self.pair.sign(text)

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made `signature` over `text`."""
        return self.pair.signed(text, signature)

    def public_jwk(self) -> dict[str, str] | None:
        """The public half (RFC 7517 sections 4.2, 4.4, 4.5), or None where everything is secret."""
        public = self.pair.public_members()
        return None if public is None else {**public, "use": "sig", "alg": self.algorithm, "kid": self.kid}

    def private_bytes(self) -> bytes:
        """The private half. Seal it before it is kept."""
        return self.pair.private_bytes()

    def is_over(self, now: float) -> bool:
        """Whether nothing of it is good any more."""
        return self.verifies_until is not None and self.verifies_until <= now


class HasBeginning(Protocol):
    """Whatever signs from a time on."""

    @property
    def signs_from(self) -> float: ...


Timed = TypeVar("Timed", bound=HasBeginning)


class KeyRing:
    """The keys we trust, by the clock. Raises `ConfigurationError` unless one of them is without an end.

    Of keys that sign from the same time on, the first in the list does.
    """

    def __init__(self, keys: Sequence[SigningKey], clock: Clock | None = None) -> None:
        self._now = (clock or SystemClock()).now
        self._keys: tuple[SigningKey, ...] = ()
        self._begun = self._next = math.inf
        self._by_header: dict[str, SigningKey] = {}
        self.trusted: Mapping[str, SigningKey] = MappingProxyType(self._by_header)
        """The same live view for as long as the ring lives: what `find` looks in."""
        self.generation = 0
        """Grows whenever the trusted keys change, so that whoever remembers something of them judges it again."""
        self.is_outdated = False
        """Whether somebody changed the keys and they could not be read again: what is trusted is what was."""
        self.replace(keys)

    @property
    def current(self) -> SigningKey:
        """The key that signs now."""
        self.turn()
        return self._current

    def find(self, header_segment: str) -> SigningKey | None:
        """The key whose tokens carry exactly this header, or None. One whose time is over is not found."""
        self.turn()
        return self._by_header.get(header_segment)

    def replace(self, keys: Sequence[SigningKey]) -> None:
        """Trust these keys from now on, and no other: tokens of a key left out end at once."""
        if all(key.verifies_until is not None for key in keys):
            raise ConfigurationError(
                f"KeyRing of {len(keys)} keys, none without an end: without a key nothing can be signed or verified."
                " Give it SigningKey.generate()."
            )
        self._keys = tuple(keys)
        self._settle()

    def keep(self, kids: Collection[str]) -> None:
        """Trust none but those of these names from now on."""
        kept = [key for key in self._keys if key.kid in kids]
        if len(kept) < len(self._keys):
            self.replace(kept)

    def turn(self) -> None:
        """Follow the clock, also where it is set back. Until a key begins or ends it costs two comparisons."""
        if not self._begun <= self._now() < self._next:
            self._settle()

    def document(self) -> dict[str, list[dict[str, str]]]:
        """The JWK set to publish (RFC 7517 section 5): what verifies, and what will."""
        self.turn()
        published = (key.public_jwk() for key in self._by_header.values())
        return {"keys": [jwk for jwk in published if jwk is not None]}

    def _settle(self) -> None:
        now = self._now()
        good = [key for key in self._keys if not key.is_over(now)]
        self._current = signing_at(good, now)
        times = [time for key in self._keys for time in (key.signs_from, key.verifies_until) if time is not None]
        self._begun = max((time for time in times if time <= now), default=-math.inf)
        self._next = min((time for time in times if time > now), default=math.inf)
        self._by_header.clear()
        self._by_header.update({key.header: key for key in good})
        self.generation += 1


def signing_at(good: Sequence[Timed], now: float) -> Timed:
    """The key that began last; where the clock was set back before all of them, the one that begins first."""
    begun = [key for key in good if key.signs_from <= now]
    return max(begun, key=_beginning) if begun else min(good, key=_beginning)


def _beginning(key: HasBeginning) -> float:
    return key.signs_from


def _compact(members: dict[str, str]) -> bytes:
    return json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
