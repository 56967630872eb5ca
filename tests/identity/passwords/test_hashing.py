"""Hashes are slow, sealed for their account, and made anew when they are weak."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial

import pytest
from argon2 import PasswordHasher

from buckler.identity.passwords.hashing import PasswordHashing, WrongPassword
from buckler.identity.passwords.profiles import MINIMUM, PasswordProfile
from buckler.identity.passwords.workbench import Workbench
from buckler.randomness import secret_bytes
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import SealBroken, Vault
from tests.identity.house import PASSWORD, WRONG
from tests.identity.profiles import CHEAP, CHEAPER_THAN
from tests.proof import two_sided_async

VAULT = Vault(MasterSecret([secret_bytes(48)]), "here")


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A workbench that is closed afterwards."""
    made = Workbench(None)
    yield made
    made.close()


async def test_the_right_password_and_no_other(bench: Workbench) -> None:
    """The password verifies, composed either way; any other, also a longer or cut one, does not."""
    hashing = PasswordHashing(CHEAP, VAULT, bench)
    sealed = await hashing.hash("row", "caf\u00e9 au lait, s'il")
    assert await hashing.verify("row", sealed, "cafe\u0301 au lait, s'il") is False
    for wrong in (WRONG, "", "caf\u00e9 au lait, s'i", "caf\u00e9 au lait, s'il ", "caf\u00e9 au lait, s'il\x00x"):
        with pytest.raises(WrongPassword):
            await hashing.verify("row", sealed, wrong)


async def test_the_minimum_is_argon2id_with_its_numbers(bench: Workbench) -> None:
    """What is sealed is Argon2id with 19 MiB, two passes and one lane, salted anew each time."""
    hashing = PasswordHashing(MINIMUM, VAULT, bench)
    sealed = [await hashing.hash("row", PASSWORD) for _ in range(2)]
    plain = [VAULT.unseal("password", "row", each) for each in sealed]
    assert all(each.startswith(b"$argon2id$v=19$m=19456,t=2,p=1$") for each in plain)
    assert plain[0] != plain[1]
    assert b"argon2" not in sealed[0]


async def test_a_hash_copied_to_another_account_does_not_open(bench: Workbench) -> None:
    """Neither another row, nor an altered byte, nor another master secret opens the seal; nothing is hashed."""
    hashing = PasswordHashing(CHEAP, VAULT, bench)
    sealed = await hashing.hash("alice", PASSWORD)
    foreign = PasswordHashing(CHEAP, Vault(MasterSecret([secret_bytes(48)]), "here"), bench)
    begun = bench.begun
    for other, row, value in ((hashing, "bob", sealed), (hashing, "alice", sealed[:-1]), (foreign, "alice", sealed)):
        with pytest.raises(SealBroken):
            await other.verify(row, value, PASSWORD)
    assert bench.begun == begun


@pytest.mark.parametrize(("made", "used", "weaker"), [(CHEAP, CHEAPER_THAN, True), (CHEAPER_THAN, CHEAP, False)])
async def test_a_weaker_hash_is_told(
    bench: Workbench, made: PasswordProfile, used: PasswordProfile, weaker: bool
) -> None:
    """A hash that cost less than the profile says so when it is verified; one that cost more does not."""
    sealed = await PasswordHashing(made, VAULT, bench).hash("row", PASSWORD)
    assert await PasswordHashing(used, VAULT, bench).verify("row", sealed, PASSWORD) is weaker


async def test_many_at_once_stay_apart(bench: Workbench) -> None:
    """Hashes made at the same time belong each to its own password."""
    hashing = PasswordHashing(CHEAP, VAULT, bench)
    sealed = await asyncio.gather(*(hashing.hash(str(at), f"{PASSWORD} {at}") for at in range(20)))
    for at, each in enumerate(sealed):
        assert await hashing.verify(str(at), each, f"{PASSWORD} {at}") is False


class CutHashing(PasswordHashing):
    """The twin that looks at 72 bytes, as bcrypt does."""

    async def verify(self, row: str, sealed: bytes, password: str, *, known: bool = False) -> bool:
        return await super().verify(row, sealed, password[:72], known=known)

    async def hash(self, row: str, password: str) -> bytes:
        return await super().hash(row, password[:72])


class FoldedHashing(PasswordHashing):
    """The twin that is kind to whoever has caps lock on, or a blank too many."""

    async def verify(self, row: str, sealed: bytes, password: str, *, known: bool = False) -> bool:
        return await super().verify(row, sealed, password.casefold().strip(), known=known)

    async def hash(self, row: str, password: str) -> bytes:
        return await super().hash(row, password.casefold().strip())


LONG = PASSWORD + " " + "and the flute " * 10 + "on Fridays"


@pytest.mark.asvs("6.2.8")
@pytest.mark.parametrize(
    ("twin", "other"),
    [(CutHashing, LONG[:72]), (CutHashing, LONG + "!"), (FoldedHashing, LONG.upper()), (FoldedHashing, f" {LONG} ")],
)
async def test_a_password_is_compared_as_it_was_typed(
    bench: Workbench, twin: type[PasswordHashing], other: str
) -> None:
    """Uncut, in its own case and with its blanks: nothing that is nearly right opens."""

    async def attack(hashing: PasswordHashing) -> bool:
        sealed = await hashing.hash("row", LONG)
        await hashing.verify("row", sealed, LONG)
        try:
            await hashing.verify("row", sealed, other)
        except WrongPassword:
            return False
        return True

    await two_sided_async(attack, whole=PasswordHashing(CHEAP, VAULT, bench), twin=twin(CHEAP, VAULT, bench))


GUESSES = 20


@pytest.mark.asvs("11.4.2")
async def test_whoever_has_the_hashes_guesses_slowly(bench: Workbench) -> None:
    """With the master secret too: twenty guesses cost a third of a second of a fast processor."""

    async def attack(hashing: PasswordHashing) -> bool:
        """Try twenty passwords in a tenth of a second of one processor."""
        hashed = VAULT.unseal("password", "row", await hashing.hash("row", PASSWORD)).decode()
        tried = partial(PasswordHasher().verify, hashed)
        began = time.process_time()
        for _ in range(GUESSES):
            tried(PASSWORD)
        return time.process_time() - began < 0.1

    await two_sided_async(
        attack, whole=PasswordHashing(MINIMUM, VAULT, bench), twin=PasswordHashing(CHEAP, VAULT, bench)
    )
