"""Which passwords are good enough (ASVS 6.2.1, 6.2.5, 6.2.8 to 6.2.11; NIST SP 800-63B section 3.1.1).

1. NFKC, so that a keyboard which composes letters otherwise gives the same password.
2. 15 to 256 code points, any of them but control characters and lone surrogates. No rules of
   composition; nothing is cut off.
3. Not a short piece over and over.
4. Enough that is not known beforehand. Parts that a guesser tries first are cut out: words of
   `common_words.txt`, the account's and the application's name, runs of one character,
   sequences and walks along a keyboard, each also with the usual digits for letters. Each
   different word so cut counts as two characters, all else so cut as one, and eight must be left.

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
_PIECE: Final = 7
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
        lines = files(__package__).joinpath("common_words.txt").read_text("utf-8").splitlines()
        self._words = frozenset(_plain(line) for line in lines if line and not line.startswith("#"))
        self._application = _words_of(application)

    def judge(self, password: str, name: str) -> str:
        """The password as it is hashed. Raises `WeakPassword`."""
        if len(password) > LONGEST:
            raise WeakPassword(f"A password has at most {LONGEST} characters.")
        chosen = normalise(password)
        if not SHORTEST <= len(chosen) <= LONGEST:
            raise WeakPassword(f"A password has {SHORTEST} to {LONGEST} characters; a few words are easy to remember.")
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in chosen):
            raise WeakPassword("A password has no control characters.")
        if _is_repetition(chosen.casefold()):
            raise WeakPassword("This password repeats a short piece.")
        if self._left(chosen, name) < LEAST_LEFT:
            raise WeakPassword("This password is made of parts that are guessed first: common words, names, sequences.")
        return chosen

    def _left(self, password: str, name: str) -> int:
        words = self._words | self._application | _words_of(name)
        rest, cut = _without_words(_plain(password), words)
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


def _is_repetition(text: str) -> bool:
    """Whether a piece of at most seven characters, again and again, is the whole text."""
    return any(text[step:] == text[:-step] for step in range(1, _PIECE + 1))


def _without_words(text: str, words: Iterable[str]) -> tuple[str, set[str]]:
    """`text` with every word replaced by a space, longest first, and the words that were there."""
    cut: set[str] = set()
    for word in sorted(words, key=len, reverse=True):
        spelled = text.translate(_DIGITS_FOR_LETTERS)
        for variant in (text, spelled):
            at = variant.find(word)
            while at >= 0:
                cut.add(word)
                text = text[:at] + " " * len(word) + text[at + len(word) :]
                variant = variant[:at] + " " * len(word) + variant[at + len(word) :]  # noqa: PLW2901 - kept in step
                at = variant.find(word)
    return text, cut


def _unforeseen(text: str) -> int:
    """How many characters do not follow from the one before: a run, sequence or walk counts as one."""
    letters = [character for character in text if not character.isspace()]
    return len(letters[:1]) + sum(not _follows(before, after) for before, after in pairwise(letters))


def _follows(before: str, after: str) -> bool:
    if abs(ord(before) - ord(after)) <= 1:
        return True
    pairs = (before + after, after + before)
    return any(pair in walk for walk in _WALKS for pair in pairs)
