"""Decoy: a sign-in for an account that does not exist costs as much as one that does (ASVS 6.3.8).

Without it the time of an answer tells which names have accounts. The decoy is a hash of a secret
that nobody knows, made with the same profile and sealed like any other, so that the same steps
run; whatever they say, the sign-in fails.
"""

from typing import Final

from buckler.defence import Defence
from buckler.identity.passwords.hashing import PasswordHashing
from buckler.randomness import secret_text

ROW: Final = "decoy"
"""No account has this id: theirs are 32 hex digits."""


class Decoy(Defence):
    """Stands in for the hash of whoever does not exist."""

    name = "decoy"

    def __init__(self) -> None:
        self._sealed = b""

    async def prepare(self, hashing: PasswordHashing) -> None:
        """Make the hash, once at the start."""
        self._sealed = await hashing.hash(ROW, secret_text())

    def stand_in(self) -> tuple[str, bytes]:
        """The row and its sealed hash, in place of an account's."""
        return ROW, self._sealed
