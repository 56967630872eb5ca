"""Which passwords are good enough (ASVS 6.2.1, 6.2.5, 6.2.8, 6.2.9, 6.2.11; NIST SP 800-63B-4).

1. NFKC, so that a keyboard which composes letters otherwise gives the same password.
2. 15 to 256 code points, any of them but control characters and lone surrogates. No rules of
   composition; nothing is cut off.
3. Enough that is not known beforehand. What is repeated counts once. Parts that a guesser tries
   first are cut out: words of `common_words.txt`, the account's and the application's name, each
   also with the usual digits for letters. A run of one character, a sequence and a walk along a
   keyboard count as one character, each different word as two, and eight must be left.

What this is not: a comparison with lists of leaked passwords. Of those, next to none has fifteen
characters; what makes long ones guessable is the pattern, and the pattern is what is judged here.
"""

import unicodedata
from collections.abc import Iterable
from importlib.resources import files
from itertools import pairwise
from typing import Final

from buckler.errors import BucklerError

SHORTEST: Final = 15
LONGEST: Final = 256
LEAST_LEFT: Final = 8
_WORD_WORTH: Final = 2
_ADVICE: Final = "Four or more unrelated words do well."
_WALKS: Final = (
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "!@#$%^&*()", "1q2w3e4r5t6y7u8i9o0p",
)  # fmt: skip
_DIGITS_FOR_LETTERS: Final = str.maketrans("@4301!57$8", "aaeoiistsb")


class WeakPassword(BucklerError):
    """A password that may not be chosen. The text says why, and never repeats the password."""


class PasswordRules:
    """The rules for one application."""

    def __init__(self, application: str = "") -> None:
        lines = files("buckler.identity").joinpath("common_words.txt").read_text("utf-8").splitlines()
        self._words = frozenset(_plain(line) for line in lines if line and not line.startswith("#"))
        self._application = _words_of(application)

    def judge(self, password: str, name: str) -> str:
        """The password as it is hashed. Raises `WeakPassword`."""
        if len(password) > LONGEST:
            raise WeakPassword(f"A password has at most {LONGEST} characters.")
        chosen = normalise(password)
        if not SHORTEST <= len(chosen) <= LONGEST:
            raise WeakPassword(f"A password has at least {SHORTEST} characters and at most {LONGEST}. {_ADVICE}")
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in chosen):
            raise WeakPassword("A password has no control characters.")
        if self._left(chosen, name) < LEAST_LEFT:
            raise WeakPassword(
                f"This password is made of what is guessed first: common words, names, sequences, repetition. {_ADVICE}"
            )
        return chosen

    def _left(self, password: str, name: str) -> int:
        words = self._words | self._application | _words_of(name)
        rest, cut = _without_words(_once(_plain(password)), words)
        return len(cut) * _WORD_WORTH + _unforeseen(rest)


def normalise(password: str) -> str:
    """The form of a password that is hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _words_of(name: str) -> frozenset[str]:
    """The words in a name: at least three letters each, so that initials forbid nothing."""
    spaced = "".join(character if character.isalnum() else " " for character in _plain(name))
    return frozenset(word for word in (*spaced.split(), spaced.replace(" ", "")) if len(word) >= 3)


def _once(text: str) -> str:
    """The piece that `text` repeats from its begin to its end, or all of it."""
    repeats = (step for step in range(1, len(text)) if text[step:] == text[:-step])
    return text[: next(repeats, len(text))]


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
