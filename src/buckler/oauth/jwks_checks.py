"""What stands between us and the keys that an issuer publishes, one named check each (ASVS 9.1.3, 10.5.3, 11.2.3).

1. jwks-metadata: the metadata of an issuer names that issuer, character for character (RFC 8414 section 3.3).
2. jwks-strength: an RSA key has 2048 bits or more (RFC 7518 section 3.3), and does not carry the mark of the chips
   whose keys can be factored (CVE-2017-15361): to each small prime the modulus is a power of 65537.
3. jwks-cool-down: keys are asked for at most once in 30 seconds, whatever ids tokens bring. A key that was just
   rotated in is known 30 seconds later at most, whoever throws random ids meanwhile.
4. jwks-age: keys older than 10 minutes are asked for anew, behind the requests; older than an hour they count for
   nothing. So a key that was taken out is dead within the hour, also where its issuer cannot be reached.
"""

from collections.abc import Mapping
from typing import Final

from buckler.defence import Defence
from buckler.oauth.foreign_keys import ForeignKey
from buckler.tokens.claims import text

COOL_DOWN: Final = 30.0
REFRESH_AFTER: Final = 600.0
OLDEST: Final = 3600.0
_LEAST_RSA_BITS: Final = 2048
_SMALL_PRIMES: Final = tuple(n for n in range(3, 168, 2) if all(n % divisor for divisor in range(3, n, 2)))
_POWERS: Final = {prime: frozenset(pow(65537, power, prime) for power in range(prime)) for prime in _SMALL_PRIMES}


class JwksMetadata(Defence):
    """Nobody's document stands in for another's."""

    name = "jwks-metadata"

    def names(self, document: Mapping[str, object], url: str) -> bool:
        return text(document, "issuer") == url


class JwksStrength(Defence):
    """Nothing that can be broken is a key."""

    name = "jwks-strength"

    def fits(self, key: ForeignKey) -> bool:
        modulus = key.modulus
        return modulus is None or (modulus.bit_length() >= _LEAST_RSA_BITS and not _is_of_infineon(modulus))


def _is_of_infineon(modulus: int) -> bool:
    """One sound key in a hundred million looks so too."""
    return all(modulus % prime in powers for prime, powers in _POWERS.items())


class JwksCoolDown(Defence):
    """A stranger's random ids make no requests of ours."""

    name = "jwks-cool-down"

    def is_over(self, since: float) -> bool:
        """Whether keys may be asked for, `since` seconds after they were last."""
        return since >= COOL_DOWN


class JwksAge(Defence):
    """What was published is not good for ever."""

    name = "jwks-age"

    def is_due(self, age: float) -> bool:
        return age >= REFRESH_AFTER

    def is_over(self, age: float) -> bool:
        return age >= OLDEST


JWKS_CHECKS: Final[tuple[Defence, ...]] = (JwksMetadata(), JwksStrength(), JwksCoolDown(), JwksAge())
"""All of them. Only a twin in the tests leaves one out."""
