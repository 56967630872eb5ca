"""The master secret: what is refused, and what never shows."""

import hmac
import pickle
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buckler.errors import ConfigurationError
from buckler.tokens.secret import MasterSecret
from buckler.tokens.segments import encode
from buckler.tokens.vault import SealBroken, Vault
from tests.proof import two_sided

RANDOM = bytes.fromhex("8f1d0c5be27a94633fd1a80e57c9b2f46d08e3915caa7b2640f7d91e83b5c60a")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "changeme",
        "change-me-change-me-please-0123-xyz-KLMN",
        "secret",
        "your_secret_key",
        "your-256-bit-secret-w8Jq2Lr5Xt9Vz1Bn4Hm7",
        "a-string-secret-at-least-256-bits-long",
        "My_SuperSecret_Key_For_Production_2024!",
        "django-insecure-4k2j5h6g7f8d9s0a1q2w3e4r5t6y7u8i9o0p",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "password-password-password-password-",
        "correct example of a long text, 1 2 3",
        "a" * 64,
        "0" * 64,
        "ab" * 32,
        "Xk9#Lq2$Xk9#Lq2$Xk9#Lq2$Xk9#Lq2$",
        "x7Bq9x7Bq9x7Bq9x7Bq9x7Bq9x7Bq9x7Bq9x7Bq9x7Bq9x7Bq9",
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
        "zyxwvutsrqponmlkjihgfedcba9876543210",
        "aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbcccccccccccccccccccc",
    ],
)
def test_a_weak_or_well_known_text_is_refused_with_a_remedy(text: str) -> None:
    """Short, dull, patterned, printed in a tutorial: no start, and the error says how to make a good one."""
    with pytest.raises(ConfigurationError, match=r"master secret .*token_urlsafe\(48\)") as caught:
        MasterSecret.from_text(text)
    for part in text.split(","):
        assert len(part) < 8 or part not in str(caught.value)


def test_a_random_text_that_is_too_short_is_refused() -> None:
    """The length is that of the bytes it stands for, in each place of the list."""
    long = secrets.token_urlsafe(48)
    for short in (secrets.token_urlsafe(24), secrets.token_urlsafe(31), secrets.token_hex(16), secrets.token_hex(31)):
        for text, number in ((short, 1), (f"{long},{short}", 2)):
            with pytest.raises(ConfigurationError, match=rf"number {number} .* 32 are needed"):
                MasterSecret.from_text(text)


@pytest.mark.parametrize(
    "secret",
    [
        b"",
        RANDOM[:31],
        bytes(32),
        bytes(range(32)),
        bytes(range(64, 0, -1)),
        bytes(range(0, 256, 4)),
        RANDOM[:16] * 2,
        RANDOM[:11] * 9,
        bytes.fromhex("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"),
        b"this is my secret, do not tell anybody please",
    ],
)
def test_weak_bytes_are_refused_at_any_place_of_the_list(secret: bytes) -> None:
    """The first seals and the others open: each must be good."""
    with pytest.raises(ConfigurationError, match="number 1"):
        MasterSecret([secret])
    with pytest.raises(ConfigurationError, match="number 2"):
        MasterSecret([RANDOM, secret])


def test_an_empty_list_is_refused() -> None:
    """There is nothing to seal with."""
    with pytest.raises(ConfigurationError, match="empty"):
        MasterSecret([])


@settings(max_examples=100, deadline=None)
@given(st.integers(32, 64), st.sampled_from([secrets.token_urlsafe, secrets.token_hex]))
def test_random_texts_are_never_refused(size: int, make: object) -> None:
    """32 random bytes or more, as base64url or hex, always pass."""
    assert callable(make)
    MasterSecret.from_text(make(size))
    MasterSecret([secrets.token_bytes(size)])


def test_hex_and_base64url_are_read_as_their_bytes_and_other_text_as_it_stands() -> None:
    """So the same secret can be given in each form."""
    same = {MasterSecret.from_text(text).derive("x") for text in (RANDOM.hex(), f" {encode(RANDOM)}\n")}
    assert same == {MasterSecret([RANDOM]).derive("x")}
    plain = "tr0ub4dor &3 horses: battery/staple; violet #77 umbrella"
    assert MasterSecret.from_text(plain).derive("x") == MasterSecret([plain.encode()]).derive("x")


def test_labels_and_secrets_give_keys_of_their_own() -> None:
    """One key of 32 bytes for each secret, in order, another for each label."""
    other = secrets.token_bytes(32)
    first, second = MasterSecret([RANDOM, other]).derive("seal")
    assert MasterSecret([other]).derive("seal") == (second,)
    assert len({first, second, *MasterSecret([RANDOM]).derive("mac")}) == 3
    assert len(first) == 32


def test_the_derivation_stands_still() -> None:
    """A value sealed by an older version must open: the derived key is that of RFC 5869, for ever."""
    extracted = hmac.digest(bytes(32), RANDOM, "sha256")
    assert MasterSecret([RANDOM]).derive("seal:x") == (hmac.digest(extracted, b"buckler/1/seal:x\x01", "sha256"),)


def test_it_never_shows() -> None:
    """Neither printed nor formatted nor pickled."""
    master = MasterSecret([RANDOM])
    assert repr(master) == str(master) == f"{master}" == "MasterSecret(***)"
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(master)


@pytest.mark.asvs("11.2.3")
@pytest.mark.parametrize("weak", [b"changeme", b"secret", b"your_secret_key", bytes(32), b"admin" * 10])
def test_a_stolen_database_does_not_open_to_a_list_of_guesses(weak: bytes) -> None:
    """Were a guessable secret taken, whoever holds the rows tries the list and reads them."""

    def guessed(make: object) -> bool:
        assert callable(make)
        try:
            stolen = Vault(make(weak), "here").seal("seed", "1", b"the seed")
        except ConfigurationError:
            return False
        return any(_opens(guess, stolen) for guess in (b"123456", b"changeme", b"secret", weak))

    two_sided(guessed, whole=lambda secret: MasterSecret([secret]), twin=_unjudged)


def _opens(guess: bytes, stolen: bytes) -> bool:
    try:
        return Vault(_unjudged(guess), "here").unseal("seed", "1", stolen) == b"the seed"
    except SealBroken:
        return False


def _unjudged(secret: bytes) -> MasterSecret:
    """The twin: a master secret that nobody judged."""
    master = object.__new__(MasterSecret)
    master._secrets = (secret,)
    return master
