"""Which passwords are good enough (ASVS 6.2.1, 6.2.4, 6.2.5, 6.2.8, 6.2.9, 6.2.11; NIST SP 800-63B-4).

1. NFKC, so that a keyboard which composes letters otherwise gives the same password.
2. 15 to 256 code points, any of them but control characters and lone surrogates. No rules of
   composition; nothing is cut off. Where a second factor is always asked as well, 8 will do: what
   counts is the weakest way in, so whoever may come in by the password alone has 15.
3. None of the 5,000 most frequent ones of 8 to 14 characters, and none of the 30,000 most frequent that has 15 or
   more (`common_passwords.txt`).
4. Enough that is not known beforehand. What is repeated counts once. Parts that a guesser tries
   first are cut out: words of `common_words.txt`, the account's and the application's name, each
   also with the usual digits for letters. A run of one character, a sequence and a walk along a
   keyboard count as one character, each different word as two, and eight must be left; of one
   below 15 characters, five.

What this is not: a comparison with all passwords that ever leaked. Of those, next to none has fifteen
characters; what makes long ones guessable is the pattern, and the pattern is what is judged here.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

from buckler.errors import BucklerError, ConfigurationError

SHORTEST: Final = 15
"""Of a password that can stand alone (NIST SP 800-63B-4 section 3.1.1.2)."""
SHORTEST_WITH_FACTOR: Final = 8
"""Of one that never opens anything without a second factor (the same section)."""
LONGEST: Final = 256
LEAST_LEFT: Final = 8
LEAST_LEFT_WITH_FACTOR: Final = 5
_WORD_WORTH: Final = 2
_ADVICE: Final = "Four or more unrelated words do well."
_WALKS: Final = (
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "!@#$%^&*()", "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
)  # fmt: skip
_DIGITS_FOR_LETTERS: Final = str.maketrans("@4301!57$8", "aaeoiistsb")


class WeakPassword(BucklerError):
    """A password that may not be chosen. The text says why, and never repeats the password."""


class PasswordRules:
    """The rules for one application."""

    def __init__(self, application: str = "") -> None:
        self._words = _lines_of("common_words.txt")
        self._common = _lines_of("common_passwords.txt")
        self._application = _words_of(application)

    def judge(self, password: str, name: str, shortest: int = SHORTEST) -> str:
        """The password as it is hashed. Raises `WeakPassword`.

        `shortest` is `SHORTEST_WITH_FACTOR` for an account that is always asked for a second factor too.
        """
        if not SHORTEST_WITH_FACTOR <= shortest <= SHORTEST:
            raise ConfigurationError(f"shortest={shortest}: a password has at least {SHORTEST_WITH_FACTOR} characters.")
        if len(password) > LONGEST:
            raise WeakPassword(f"A password has at most {LONGEST} characters.")
        chosen = normalise(password)
        if not shortest <= len(chosen) <= LONGEST:
            raise WeakPassword(f"A password has at least {shortest} characters and at most {LONGEST}. {_ADVICE}")
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in chosen):
            raise WeakPassword("A password has no control characters.")
        least = LEAST_LEFT if len(chosen) >= SHORTEST else LEAST_LEFT_WITH_FACTOR
        if _plain(chosen) in self._common or self._left(chosen, name) < least:
            raise WeakPassword(
                f"This password is made of what is guessed first: common words, names, sequences, repetition. {_ADVICE}"
            )
        return chosen

    def _left(self, password: str, name: str) -> int:
        words = self._words | self._application | _words_of(name)
        plain = _plain(password)
        # What merely ends as it begins looks like a repetition too, and its end may be that of a word: the name itself.
        return min(_worth(text, words) for text in (plain, _once(plain)))


@cache
def _lines_of(file: str) -> frozenset[str]:
    lines = files("buckler.identity.passwords").joinpath(file).read_text("utf-8").splitlines()
    return frozenset(_plain(line) for line in lines if line and not line.startswith("#"))


def normalise(password: str) -> str:
    """The form of a password that is hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _words_of(name: str) -> frozenset[str]:
    """The name as it stands, an address too, and the words in it: of three letters, so that initials forbid nothing."""
    whole = _plain(name)
    spaced = "".join(character if character.isalnum() else " " for character in whole)
    return frozenset(word for word in (whole, *spaced.split(), spaced.replace(" ", "")) if len(word) >= 3)


def _once(text: str) -> str:
    """The piece that `text` repeats from its begin to its end, or all of it."""
    repeats = (step for step in range(1, len(text)) if text[step:] == text[:-step])
    return text[: next(repeats, len(text))]


def _worth(text: str, words: Iterable[str]) -> int:
    """How many characters of `text` are not known beforehand."""
    rest, cut = _without_words(text, words)
    return len(cut) * _WORD_WORTH + _unforeseen(rest)


def _without_words(text: str, words: Iterable[str]) -> tuple[str, set[str]]:
    """`text` with every word replaced by a space, longest first, and the words that were there."""
    cut: set[str] = set()
    for word in sorted(words, key=len, reverse=True):
        for at in _places(text, word):
            cut.add(word)
            text = text[:at] + " " * len(word) + text[at + len(word) :]
    return text, cut


def _places(text: str, word: str) -> list[int]:
    """Where `word` stands in `text`, as it is or with digits for letters."""
    variants = (text, text.translate(_DIGITS_FOR_LETTERS))
    found = (variant for variant in variants if word in variant)
    return [at for variant in found for at in range(len(variant)) if variant.startswith(word, at)]


def _unforeseen(text: str) -> int:
    """How many characters do not follow from the one before: a run, sequence or walk counts as one."""
    letters = [character for character in text if not character.isspace()]
    return len(letters[:1]) + sum(not _follows(before, after) for before, after in pairwise(letters))


def _follows(before: str, after: str) -> bool:
    if abs(ord(before) - ord(after)) <= 1:
        return True
    pairs = (before + after, after + before)
    return any(pair in walk for walk in _WALKS for pair in pairs)
