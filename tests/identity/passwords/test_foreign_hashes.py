"""Hashes of other systems: verified as those did, bounded before any work, and replaced."""

import random
import sys
from collections.abc import Iterator
from dataclasses import replace

import bcrypt
import pytest
from argon2 import PasswordHasher, Type
from hypothesis import example, given, settings
from hypothesis import strategies as st

from buckler.identity.passwords.foreign_hash import ForeignHash, HashRefused
from buckler.identity.passwords.foreign_hashes import is_without_password, read
from buckler.identity.passwords.hashing import PasswordHashing, WrongPassword
from buckler.identity.passwords.workbench import Workbench
from buckler.randomness import secret_bytes
from buckler.tokens.secret import MasterSecret
from buckler.tokens.vault import SealBroken, Vault
from tests.identity.foreign_vectors import CUT, MADE, SHORT, django, passlib
from tests.identity.house import PASSWORD, WRONG
from tests.identity.profiles import CHEAP
from tests.proof import two_sided, two_sided_async

VAULT = Vault(MasterSecret([secret_bytes(48)]), "here")
CHEAPEST = ("$1000$", "$04$", "r=4$", "2b,4$", "m=64,t=1,p=1$", "m=64,t=1,p=2$")
"""What a hash has in it whose cost was not altered."""
SALT, DIGEST = "CsaimuSZWx4TM188rjp4cu", "LH5ZuunBm6STLs3z20UrcUy2lZbxIw2"


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A workbench that is closed afterwards."""
    made = Workbench(None)
    yield made
    made.close()


@pytest.mark.parametrize("maker", MADE)
def test_what_others_made_is_verified(maker: str) -> None:
    """The right password and no other; the form in which a keyboard composed it does not matter."""
    kind, text = MADE[maker]
    found = read(text)
    assert (found.kind, found.is_weak) == (kind, True)
    assert found.matches(SHORT)
    assert found.matches("cafe\u0301 tuba")
    for wrong in ("", "cafe tuba", SHORT + " ", SHORT + "\0", SHORT[:-1], WRONG, "\ud800", "x" * 300):
        assert not found.matches(wrong), wrong
    assert text not in repr(found)


@pytest.mark.parametrize("function", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("password", [PASSWORD, "x" * 200, "\u4f60\u597d", "a\0b"])
def test_pbkdf2_is_that_of_the_standard_library(function: str, password: str) -> None:
    """With other salts and numbers of iterations, in both ways to write it."""
    for iterations in (1, 2, 77):
        texts = [passlib(password, iterations, function, salt) for salt in (b"\xff\xfe\xfd", bytes(64))]
        if function != "sha512":  # Django has none of it
            texts.append(django(password, iterations, function, "se~salt with spaces"))
        for text in texts:
            assert read(text).matches(password)
            assert not read(text).matches(password + "!")


def test_what_the_libraries_at_hand_make_is_verified() -> None:
    """Argon2 in each variant and bcrypt in each name."""
    for type_ in Type:
        made = PasswordHasher(1, 16, 2, 24, 12, type=type_).hash(PASSWORD)
        for text in (made, f"argon2{made}", made.replace("$v=19", "$v=16")):
            assert read(text).matches(PASSWORD) == ("v=19" in text)
    for prefix in ("2a", "2b", "2y"):
        made = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("2b", prefix, 1)
        assert read(made).matches(PASSWORD)
        assert not read(made).matches(WRONG)


def test_bcrypt_reads_72_bytes_as_it_did_where_it_was_made() -> None:
    """Whoever has a longer password comes in with it. Where a digest stands in front nothing is cut."""
    assert read(CUT).matches("x" * 80)
    assert read(CUT).matches("x" * 72)
    assert not read(CUT).matches("x" * 71)
    for maker in ("passlib bcrypt_sha256", "passlib bcrypt_sha256 1", "django bcrypt_sha256"):
        assert not read(MADE[maker][1]).matches("x" * 200)


def test_a_password_with_a_nul_is_wrong_for_bcrypt() -> None:
    """bcrypt repeats a password with a NUL between: what is repeated already would fit."""

    def attack(hashed: ForeignHash | bytes) -> bool:
        """Come in with another password than that which was hashed."""
        other = "tuba\0tuba"
        return hashed.matches(other) if isinstance(hashed, ForeignHash) else bcrypt.checkpw(other.encode(), hashed)

    made = bcrypt.hashpw(b"tuba", bcrypt.gensalt(4))
    two_sided(attack, whole=read(made.decode()), twin=made)


def test_unused_bits_of_bcrypt_do_not_matter() -> None:
    """Old libraries left them set."""
    assert read(f"$2b$04${SALT}{DIGEST}").matches(SHORT)
    for salt, digest in ((SALT[:-1] + "v", DIGEST), (SALT, DIGEST[:-1] + "3"), (SALT[:-1] + "9", DIGEST[:-1] + "5")):
        assert read(f"$2b$04${salt}{digest}").matches(SHORT)


def test_without_the_library_bcrypt_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing else is."""
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    with pytest.raises(HashRefused, match=r"pip install 'buckler\[bcrypt\]'"):
        read(CUT)
    assert read(MADE["passlib argon2id"][1]).matches(SHORT)


OVER_COST = (
    "$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=262144,t=3,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=8,t=101,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=1024,t=1,p=17$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    f"$2b$15${SALT}{DIGEST}",
    f"$2b$31${SALT}{DIGEST}",
    f"bcrypt_sha256$$2b$15${SALT}{DIGEST}",
    f"$bcrypt-sha256$v=2,t=2b,r=15${SALT}${DIGEST}",
    "pbkdf2_sha256$2500001$seasalt1$" + "A" * 43 + "=",
    "$pbkdf2-sha512$2500001$c29tZXNhbHQ$" + "A" * 86,
)
AT_MOST = (
    "$argon2id$v=19$m=262144,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    f"$2b$14${SALT}{DIGEST}",
    "pbkdf2_sha256$2500000$seasalt1$" + "A" * 43 + "=",
)
"""The most that is taken: a letter that NFKC writes otherwise has it hashed twice, and both are one sign-in."""
MALFORMED = (
    "", "$", "$$$", "a", PASSWORD, "\0", "h\u00e4sh",
    "$2b$04$" + "A" * 52, f"$2x$04${SALT}{DIGEST}", f"$2b$4${SALT}{DIGEST}",
    f"$2b$03${SALT}{DIGEST}", f"$2b$04${SALT}{DIGEST} ", f"$2b$04${SALT}{DIGEST}\n", f"bcrypt$2b$04${SALT}{DIGEST}",
    f"$bcrypt-sha256$v=3,t=2b,r=4${SALT}${DIGEST}", f"$bcrypt-sha256$v=2,t=2y,r=4${SALT}${DIGEST}",
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ", "$argon2id$v=18$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=08,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=64,t=1,p=1,keyid=AA$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA",
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHR$AAAAAAAAAAAAAAAAAAAAAA", "argon2$argon2x$v=19$m=64,t=1,p=1$a$b",
    "$argon2id$v=19$m=64,t=1,p=1$" + "A" * 172 + "$AAAAAAAAAAAAAAAAAAAAAA",
    "pbkdf2_sha256$1000$seasalt1$" + "A" * 42 + "==", "pbkdf2_sha256$0$seasalt1$" + "A" * 43 + "=",
    "pbkdf2_sha256$-1$seasalt1$" + "A" * 43 + "=", "pbkdf2_sha256$1000$$" + "A" * 43 + "=",
    "pbkdf2_sha256$1000$seasalt1$" + "A" * 42 + "B=", "pbkdf2_sha256$\u0661$seasalt1$" + "A" * 43 + "=",
    "pbkdf2_sha256$1000$" + "s" * 129 + "$" + "A" * 43 + "=", "pbkdf2_sha512$1000$seasalt1$" + "A" * 86,
    "$pbkdf2-sha256$1000$c29tZXNhbHQ$AAAA", "$pbkdf2-sha256$1000$c29t+XNhbHQ$" + "A" * 43, "$pbkdf2-sha256$1000$$",
    "pbkdf2_sha256$1000$" + "s" * 600 + "$" + "A" * 43 + "=", "$6$salt$digest", "scrypt$16384$salt$8$5$AAAA==",
)  # fmt: skip
FAST = (
    "5f4dcc3b5aa765d61d8327deb882cf99", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8", "md5$salt$5f4dcc3b5aa765d61d",
    "sha1$salt$5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", "unsalted_md5$5f4dcc3b5aa765d61d8327deb882cf99", "{SSHA}AAAA",
    "$1$salt$qJH7.N4xYta3aEG/dfqo/0", "sha256$salt$AAAA",
)  # fmt: skip


@pytest.mark.parametrize("text", [*OVER_COST, *MALFORMED, *FAST, "!unusable"])
def test_what_is_no_hash_or_costs_too_much_is_refused(text: str) -> None:
    """With a reason and a remedy, of which neither repeats it."""
    with pytest.raises(HashRefused, match=r"Leave its hash empty|Export it once more") as refused:
        read(text)
    assert len(text) < 8 or text not in str(refused.value)
    assert ("costs more" in str(refused.value)) == (text in OVER_COST)
    assert ("made for speed" in str(refused.value)) == (text in FAST)


@pytest.mark.parametrize("text", AT_MOST)
def test_the_most_that_is_taken_is_half_of_what_a_sign_in_may_cost(text: str) -> None:
    """And both forms of a password are compared, so it stays within that."""
    found, compared = read(text), list[bytes]()

    def count(password: bytes) -> bool:
        compared.append(password)
        return False

    assert not replace(found, work=count).matches("\u2126x")
    assert compared == ["\u2126x".encode(), "\u03a9x".encode()]


def test_what_is_strong_is_not_called_weak() -> None:
    """By the numbers of OWASP's Password Storage Cheat Sheet."""
    strong = (
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=7168,t=5,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        f"$2b$10${SALT}{DIGEST}",
        "pbkdf2_sha256$600000$seasalt1$" + "A" * 43 + "=",
        "pbkdf2_sha1$1300000$seasalt1$" + "A" * 27 + "=",
        "$pbkdf2-sha512$210000$c29tZXNhbHQ$" + "A" * 86,
    )
    assert not any(read(text).is_weak for text in strong)
    weak = [
        strong[0].replace("19456", "9728"),
        strong[0].replace("2id", "2i"),
        strong[3].replace("seasalt1", "seasalt"),
    ]
    assert all(read(text).is_weak for text in [*weak, f"$2b$09${SALT}{DIGEST}"])


def test_nobody_has_a_password_where_there_is_none() -> None:
    """An empty hash, and what Django writes."""
    assert is_without_password("")
    assert is_without_password("!KUbm2LpdpxwADJLfJ")
    assert not any(is_without_password(text) for text in (*MALFORMED[1:], *FAST))


@given(st.sampled_from(sorted(text for _, text in MADE.values())), st.randoms(), st.integers(1, 4))
@example(MADE["django bcrypt"][1], random.Random(0), 0)  # noqa: S311  # how a text is altered is no secret
@settings(max_examples=300, deadline=None)
def test_a_hash_that_was_altered_is_refused_or_wrong(text: str, chance: random.Random, changes: int) -> None:
    """Whatever was cut, put in or exchanged: the one error, or a password that does not fit. Nothing else is raised."""
    altered = text
    for _ in range(changes):
        at, other = chance.randrange(len(altered)), chance.choice("$,=.+/!0123456789aZ\0\u00e9 \n")
        altered = altered[:at] + chance.choice((other, "", other + altered[at])) + altered[at + 1 :]
    try:
        found = read(altered)
    except HashRefused:
        return
    if any(cost in altered for cost in CHEAPEST):
        assert found.matches(WRONG) is False
        assert found.matches("\ud800\0" + "x" * 300) is False


async def test_a_foreign_hash_is_compared_and_said_to_be_made_anew(bench: Workbench) -> None:
    """On the workbench, for its own row alone."""
    hashing = PasswordHashing(CHEAP, VAULT, bench)
    sealed = hashing.adopt("alice", read(MADE["django bcrypt"][1]))
    assert await hashing.verify("alice", sealed, SHORT) is True
    with pytest.raises(WrongPassword):
        await hashing.verify("alice", sealed, WRONG)
    assert bench.begun == 2
    with pytest.raises(SealBroken):
        await hashing.verify("bob", sealed, SHORT)
    assert bench.begun == 2
    ours = await hashing.hash("alice", SHORT)
    assert await hashing.verify("alice", ours, SHORT) is False


async def test_a_foreign_argon2id_is_not_taken_for_ours(bench: Workbench) -> None:
    """It is made anew, however strong it is: its text was hashed as it came, not composed."""
    made = PasswordHasher(3, 1024, 1).hash("cafe\u0301")
    hashing = PasswordHashing(CHEAP, VAULT, bench)
    assert await hashing.verify("alice", hashing.adopt("alice", read(made)), "cafe\u0301") is True
    renewed = await hashing.hash("alice", "cafe\u0301")
    assert await hashing.verify("alice", renewed, "caf\u00e9") is False


@pytest.mark.parametrize("text", [*OVER_COST, *MALFORMED, *FAST])
async def test_what_cannot_be_verified_costs_no_work(bench: Workbench, text: str) -> None:
    """Where it stands in the database all the same."""
    hashing = PasswordHashing(CHEAP, VAULT, bench)
    if not text.isascii():
        return
    sealed = VAULT.seal("password", "alice", b"foreign:" + text.encode())
    with pytest.raises(HashRefused):
        await hashing.verify("alice", sealed, PASSWORD)
    assert bench.begun == 0


class Loose(Vault):
    """The twin whose seals open in every row."""

    def _place(self, purpose: str, row: str) -> bytes:
        return super()._place(purpose, "")


async def test_a_foreign_hash_copied_to_another_account_does_not_open(bench: Workbench) -> None:
    """Whoever can write the table, and knows a password of one account, comes into no other."""

    async def attack(hashing: PasswordHashing) -> bool:
        sealed = hashing.adopt("mallory", read(django("known")))
        try:
            return await hashing.verify("alice", sealed, "known")
        except SealBroken:
            return False

    secret = MasterSecret([secret_bytes(48)])
    whole, twin = (PasswordHashing(CHEAP, kind(secret, "here"), bench) for kind in (Vault, Loose))
    await two_sided_async(attack, whole=whole, twin=twin)


async def test_no_password_fits_a_locked_account(bench: Workbench) -> None:
    """One hash is made for all, and is good in each of their rows."""
    hashing = PasswordHashing(CHEAP, VAULT, bench)
    rows = ["alice", "bob", "eve"]
    locked = await hashing.lock(rows)
    assert bench.begun == 1
    for row, sealed in zip(rows, locked, strict=True):
        for password in ("", "!", PASSWORD):
            with pytest.raises(WrongPassword):
                await hashing.verify(row, sealed, password)
