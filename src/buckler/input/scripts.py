"""The letters that a name may have, and their scripts (UAX 31, table 5; UTS 39, section 3).

- Living scripts whose names can be written without marks that combine. Of each only the letters in
  use today: what is historic, phonetic or ornamental is there for nobody's name but an imitator's.
- Nothing outside these ranges is a letter here. So what shows nothing, such as the fillers of
  Hangul, has no place; and neither have Lisu, Cherokee, Coptic or Deseret, which imitate Latin.
- Letters of one name come from one script; Japanese and Korean mixtures count as one.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

LATIN: Final = "Latin"
_HAN: Final = "Han"
_LETTERS: Final[tuple[tuple[str, range], ...]] = (
    (LATIN, range(0x41, 0x180)),
    *((LATIN, range(at, at + 2)) for at in (0x1A0, 0x1AF, 0x218, 0x21A)),
    (LATIN, range(0x1E00, 0x1E9C)),
    (LATIN, range(0x1E9E, 0x1E9F)),
    (LATIN, range(0x1EA0, 0x1EFA)),
    ("Greek", range(0x386, 0x3CF)),
    ("Greek", range(0x1F00, 0x2000)),
    ("Cyrillic", range(0x400, 0x460)),
    ("Cyrillic", range(0x48A, 0x500)),
    ("Armenian", range(0x531, 0x557)),
    ("Armenian", range(0x561, 0x587)),
    ("Hebrew", range(0x5D0, 0x5EB)),
    ("Arabic", range(0x621, 0x63B)),
    ("Arabic", range(0x641, 0x64B)),
    ("Arabic", range(0x671, 0x6D4)),
    ("Arabic", range(0x6D5, 0x6D6)),
    ("Devanagari", range(0x905, 0x93A)),
    ("Thai", range(0xE01, 0xE2F)),
    ("Thai", range(0xE30, 0xE33)),
    ("Thai", range(0xE40, 0xE45)),
    ("Georgian", range(0x10D0, 0x10F1)),
    ("Georgian", range(0x1C90, 0x1CB1)),
    ("Ethiopic", range(0x1200, 0x135B)),
    ("Hiragana", range(0x3041, 0x3097)),
    ("Katakana", range(0x30A1, 0x30FB)),
    ("Katakana", range(0x30FC, 0x30FD)),  # the sign of a long vowel
    ("Hangul", range(0xAC00, 0xD7A4)),
    (_HAN, range(0x3005, 0x3006)),  # the sign of repetition, as in Sasaki
    (_HAN, range(0x3400, 0x4DC0)),
    (_HAN, range(0x4E00, 0xA000)),
    (_HAN, range(0x20000, 0x323B0)),
)
_KINDS: Final = frozenset(("Ll", "Lu", "Lo"))
_SIGNS_OF_LENGTH: Final = frozenset("\u3005\u30fc")
_TOGETHER: Final = (frozenset((_HAN, "Hiragana", "Katakana")), frozenset((_HAN, "Hangul")))


def script(character: str) -> str | None:
    """The script of a letter that a name may have; None for every other character."""
    if unicodedata.category(character) not in _KINDS and character not in _SIGNS_OF_LENGTH:
        return None
    return next((name for name, letters in _LETTERS if ord(character) in letters), None)


def go_together(letters: Iterable[str]) -> bool:
    """Whether all of `letters` may stand in one name."""
    scripts = {script(letter) for letter in letters}
    return len(scripts) < 2 or any(scripts <= together for together in _TOGETHER)
