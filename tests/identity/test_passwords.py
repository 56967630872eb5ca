"""What is guessed first is refused; what a person makes up is taken."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.identity.passwords import PasswordRules, WeakPassword, normalise

RULES = PasswordRules("Acme Notes")


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password12345678",
        "P@ssw0rd!P@ssw0rd!",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcdefghijklmnopqrst",
        "98765432109876543210",
        "qwertyuiopasdfghjkl",
        "1q2w3e4r5t6y7u8i9o0p",
        "correct horse battery staple",
        "summer2024summer2024",
        "Welcome2025!!!!!!!!",
        "letmeinletmein99",
        "xk3!xk3!xk3!xk3!xk",
        "alice.smith-alice.smith",
        "smith1smith2smith3",
        "acmenotesacmenotes1",
        "Acme-Notes-12345678",
        "\uff50assword\uff50assword1",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    """Common words, names, sequences, walks and repetition, however decorated; the refusal repeats nothing."""
    with pytest.raises(WeakPassword, match="guessed first") as caught:
        RULES.judge(password, "alice.smith")
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    "password",
    [
        "vivid otter plays the tuba",
        "kX9#mQ2$vL7!pR4z",
        "il pleut sur la ville",
        "my dog ate 3 blue shoes",
        "\u79c1\u306f\u6bce\u671d\u30b3\u30fc\u30d2\u30fc\u3092\u4e8c\u676f\u98f2\u307f\u307e\u3059",
        "zebra \U0001f993 crossing at noon",
        "'; DROP TABLE account; --",
        "only lower letters here",
        "739104862507318",
        "x" + "vQ7 pLm2" * 8,
    ],
)
def test_what_a_person_makes_up_is_taken(password: str) -> None:
    """Any characters in any mixture, 64 and more of them, with no rule of composition."""
    assert RULES.judge(password, "alice") == normalise(password)


def test_length_is_counted_in_characters_after_normalising() -> None:
    """15 code points are enough and 14 are not; 256 are fine and 257 are not; nothing is cut off."""
    long = "".join(chr(0x4E00 + 7 * at) for at in range(257))
    assert RULES.judge("kX9#mQ2$vL7!pR4", "alice")
    assert RULES.judge(long[:256], "alice") == long[:256]
    for password in ("kX9#mQ2$vL7!pR", long, "\ufdfa" * 100):
        with pytest.raises(WeakPassword, match="characters"):
            RULES.judge(password, "alice")


@pytest.mark.parametrize("character", ["\x00", "\n", "\x7f", "\ud800"])
def test_control_characters_and_surrogates_are_refused(character: str) -> None:
    """They cannot be typed twice the same way, and some end strings."""
    with pytest.raises(WeakPassword, match="control"):
        RULES.judge("vivid otter plays" + character, "alice")


def test_a_composed_letter_is_the_same_password() -> None:
    """Two keyboards that compose a letter otherwise give one password."""
    assert RULES.judge("caf\u00e9 au lait, s'il", "bob") == RULES.judge("cafe\u0301 au lait, s'il", "bob")


def test_context_words_are_the_accounts_and_the_applications_own() -> None:
    """The same password is fine for another account and refused for the one it names."""
    password = "zanzibar-zanzibor-zanzibar-1"
    assert RULES.judge(password, "alice")
    with pytest.raises(WeakPassword):
        RULES.judge("zanzibar-zanzibar-1", "zanzibar")


@given(st.text(max_size=300))
def test_judging_ends_quickly_in_a_password_or_a_refusal(text: str) -> None:
    """Whatever is typed ends in an encodable password or in `WeakPassword`."""
    try:
        RULES.judge(text, text[:64]).encode()
    except WeakPassword:
        return


@pytest.mark.parametrize("text", ["a" * 100_000, "pass" * 64, "12" * 128, "\u0301" * 256, "pas" * 85])
def test_judging_hostile_text_costs_little(text: str) -> None:
    """The worst texts are judged in far less CPU time than a hash costs."""
    began = time.process_time()
    with pytest.raises(WeakPassword):
        RULES.judge(text, "alice")
    assert time.process_time() - began < 0.1
