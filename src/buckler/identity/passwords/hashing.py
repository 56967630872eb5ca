"""Password hashes: Argon2id, sealed (ASVS 11.4.2; RFC 9106).

The hash string is sealed for its account: a stolen table cannot be guessed at without the master
secret, and a hash copied to another account does not open there. The master secret changes
without anybody's password, because the seal lies around the hash and not inside it.

A hash that came from another system is sealed in the same way and said to be foreign; it is good for one sign-in,
after which ours stands in its place (`foreign_hashes.py`).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerificationError

from buckler.errors import BucklerError
from buckler.identity.passwords.foreign_hash import ForeignHash
from buckler.identity.passwords.foreign_hashes import read
from buckler.identity.passwords.profiles import PasswordProfile
from buckler.identity.passwords.rules import normalise
from buckler.identity.passwords.workbench import Workbench
from buckler.randomness import secret_text
from buckler.tokens.vault import Vault

PURPOSE: Final = "password"
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_FOREIGN: Final = "foreign:"
"""In front of what another system hashed. Ours begin with a dollar sign."""


class WrongPassword(BucklerError):
    """The password is not the one that was hashed."""


class PasswordHashing:
    """Hashes and compares, away from the event loop. Both raise `Busy` before any work."""

    def __init__(self, profile: PasswordProfile, vault: Vault, workbench: Workbench) -> None:
        self._hasher = PasswordHasher(
            time_cost=profile.passes,
            memory_cost=profile.memory_kib,
            parallelism=1,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        self._profile = profile
        self._vault = vault
        self._workbench = workbench

    async def hash(self, row: str, password: str) -> bytes:
        """The sealed hash of `password`, good for `row` alone."""
        hashed = await self._workbench.run(partial(self._hasher.hash, normalise(password)))
        return self._vault.seal(PURPOSE, row, hashed.encode("ascii"))

    def adopt(self, row: str, foreign: ForeignHash) -> bytes:
        """The hash of another system, sealed, good for `row` alone and until its first sign-in."""
        return self._vault.seal(PURPOSE, row, f"{_FOREIGN}{foreign.text}".encode("ascii"))

    async def lock(self, rows: Sequence[str]) -> list[bytes]:
        """Hashes that no password fits, each good for its row: to anybody outside they are as good as any.

        They are of one secret that nobody has seen: one hash is made, however many rows there are.
        """
        hashed = await self._workbench.run(partial(self._hasher.hash, secret_text()))
        return [self._vault.seal(PURPOSE, row, hashed.encode("ascii")) for row in rows]

    async def verify(self, row: str, sealed: bytes, password: str, *, known: bool = False) -> bool:
        """Whether the hash behind the right password is weaker than the profile, or foreign, so to be made anew.

        Raises `WrongPassword`, or `SealBroken` when the hash was altered or belongs to another row, or `HashRefused`
        when a foreign one cannot be verified, as without the library that it needs; both before any work. `known`:
        for a known device, which finds a place also where strangers find none.
        """
        hashed = self._vault.unseal(PURPOSE, row, sealed).decode()
        if hashed.startswith(_FOREIGN):
            await self._verify_foreign(read(hashed.removeprefix(_FOREIGN)), password, known=known)
            return True
        try:
            await self._workbench.run(partial(self._hasher.verify, hashed, normalise(password)), known=known)
        except VerificationError as error:
            raise WrongPassword("The password is wrong.") from error
        return self._is_weaker(hashed)

    def door(self, *, known: bool = False) -> AbstractContextManager[None]:
        """Where whoever has a password to compare is looked up first. Raises `Busy` without a place to hash it."""
        return self._workbench.door(known=known)

    async def _verify_foreign(self, foreign: ForeignHash, password: str, *, known: bool) -> None:
        if not await self._workbench.run(partial(foreign.matches, password), known=known):
            raise WrongPassword("The password is wrong.")

    def _is_weaker(self, hashed: str) -> bool:
        found = extract_parameters(hashed)
        return found.memory_cost < self._profile.memory_kib or found.time_cost < self._profile.passes
