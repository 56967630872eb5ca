"""What is guessed first is refused; what a person makes up is taken."""

import string
import time
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckler.identity.passwords.rules import (
    LONGEST,
    SHORTEST,
    SHORTEST_WITH_FACTOR,
    PasswordRules,
    WeakPassword,
    normalise,
)
from tests.proof import two_sided

RULES = PasswordRules("Acme Notes")
COMMON = files("buckler.identity.passwords").joinpath("common_passwords.txt").read_text("utf-8")
LISTED = [line for line in COMMON.splitlines() if line and not line.startswith("#")]


def takes(rules: PasswordRules, password: str, name: str = "alice", shortest: int = SHORTEST) -> bool:
    try:
        rules.judge(password, name, shortest)
    except WeakPassword:
        return False
    return True


class ShortRules(PasswordRules):
    """Takes eight characters where the password stands alone."""

    def judge(self, password: str, name: str, shortest: int = SHORTEST) -> str:
        return super().judge(password, name, SHORTEST_WITH_FACTOR)


class UnlistedRules(PasswordRules):
    """Knows no list of what others chose before."""

    def __init__(self, application: str = "") -> None:
        super().__init__(application)
        self._common = frozenset()


class WordlessRules(PasswordRules):
    """Does not know whose account it is, nor of what application."""

    def _left(self, password: str, name: str) -> int:
        self._application = frozenset()
        return super()._left(password, "")


class ComposedRules(PasswordRules):
    """Wants a character of each kind, as many do."""

    def judge(self, password: str, name: str, shortest: int = SHORTEST) -> str:
        for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation):
            if not set(kind) & set(password):
                raise WeakPassword("A password has a character of each kind.")
        return super().judge(password, name, shortest)


class NarrowRules(PasswordRules):
    """Takes what fits into a column of 32 characters."""

    def judge(self, password: str, name: str, shortest: int = SHORTEST) -> str:
        if len(password) > 32:
            raise WeakPassword("A password has at most 32 characters.")
        return super().judge(password, name, shortest)


@pytest.mark.asvs("6.2.1")
@pytest.mark.parametrize("password", ["kX9#mQ2$", "kX9#mQ2$vL7!pR", "\u79c1\u306f\u6bce\u671d\u30b3\u30fc\u30d2\u30fc"])
def test_a_password_that_stands_alone_has_fifteen_characters(password: str) -> None:
    """Eight to fourteen are taken on the twin, however good they are; seven are never."""

    def attack(rules: PasswordRules) -> bool:
        return takes(rules, password)

    two_sided(attack, whole=RULES, twin=ShortRules())
    assert not takes(RULES, "kX9#mQ2", shortest=SHORTEST_WITH_FACTOR)


def test_the_list_is_of_five_thousand() -> None:
    """Each of it long enough to be chosen beside a second factor; those that can stand alone come on top."""
    assert sum(SHORTEST_WITH_FACTOR <= len(each) < SHORTEST for each in set(LISTED)) == 5000
    assert min(map(len, LISTED)) >= SHORTEST_WITH_FACTOR
    assert max(map(len, LISTED)) >= SHORTEST


@pytest.mark.asvs("6.2.4")
@pytest.mark.parametrize("shortest", [SHORTEST, SHORTEST_WITH_FACTOR])
def test_what_many_have_chosen_is_refused(shortest: int) -> None:
    """The whole list, in any case, whatever the minimum; some of it only the list finds."""

    def attack(rules: PasswordRules) -> bool:
        guesses = (each for listed in LISTED for each in (listed, listed.upper(), listed.title()))
        return any(takes(rules, each, shortest=shortest) for each in guesses)

    two_sided(attack, whole=RULES, twin=UnlistedRules())


@pytest.mark.asvs("6.2.11")
@pytest.mark.parametrize(
    "password", ["zanzibar-zanzibar-1", "Z4nzib4r Z4nzib4r!", "Acmenotes zanzibar9", "zanzibar acme notes"]
)
def test_what_names_the_account_or_the_application_is_refused(password: str) -> None:
    """Its words are worth what any word is, also with digits for letters; the twin takes them for characters."""

    def attack(rules: PasswordRules) -> bool:
        return takes(rules, password, "zanzibar")

    two_sided(attack, whole=RULES, twin=WordlessRules("Acme Notes"))


@pytest.mark.asvs("6.2.5")
@pytest.mark.parametrize(
    "password", ["only lower letters here", "739104862507318", "ONLY CAPITALS IN HERE", "#!-_=+;:,./?<>[]{}"]
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    """Somebody who wants only these is not sent away."""

    def attack(rules: PasswordRules) -> bool:
        """Drive people to what is guessed first: a capital in front, a 1 and a sign behind."""
        return not takes(rules, password)

    two_sided(attack, whole=RULES, twin=ComposedRules("Acme Notes"))


@pytest.mark.asvs("6.2.9")
@pytest.mark.parametrize("length", [64, 65, 128, LONGEST])
def test_a_long_password_is_taken_whole(length: int) -> None:
    """Up to 256 characters, none of which is cut off."""
    password = "".join(chr(0x4E00 + 7 * at) for at in range(length))

    def attack(rules: PasswordRules) -> bool:
        """Keep people from what a program or a sentence of theirs gives them."""
        return not takes(rules, password)

    two_sided(attack, whole=RULES, twin=NarrowRules("Acme Notes"))
    assert RULES.judge(password, "alice") == password


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
        "q1w2e3r4t5y6u7i8",
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


def test_the_own_name_is_refused_whatever_it_ends_with() -> None:
    """One that ends as it begins is no repetition whose end could be left out."""
    for name in ("pjvfo2rudh1tdlp", "nixpw10gqrnqbwfn", "gkzuf0xmbmpqczh"):
        with pytest.raises(WeakPassword, match="guessed first"):
            RULES.judge(name, f"{name}@example.com")


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
