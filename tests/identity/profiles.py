"""The cheap profile. Its home is here: no name in the package makes one."""

from buckler.identity.passwords.profiles import PasswordProfile


class CheapProfile(PasswordProfile):
    """A profile that no installation can have: it skips the check of its numbers."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Accept anything."""


CHEAP = CheapProfile("cheap", 8, 1)
"""The least that Argon2 takes: a tenth of a millisecond."""
CHEAPER_THAN = CheapProfile("less cheap", 16, 2)
"""Stronger than `CHEAP`, to see hashes made anew."""
