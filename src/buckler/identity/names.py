"""Names of accounts, so that two names that look the same are one account (after UTS 39).

1. NFKC, so that full-width and other compatibility forms are the letters they show.
2. 3 to 64 code points: letters, the digits 0 to 9 and `. _ - @ +`, a letter or digit in front.
3. No marks that combine, nothing invisible, no control or direction characters: what is left of
   them after NFKC is only there to imitate. (So scripts that need marks have no names here yet.)
4. Letters of one script; the Japanese, Korean and Chinese mixtures count as one.
5. A Cyrillic or Greek name made only of letters that look Latin is refused.
6. The key is the case-folded name, with the dotless i taken for i.

Not told apart: look-alikes inside one script, such as l, 1 and I in some typefaces.
"""

import unicodedata
from typing import Final

from buckler.errors import BucklerError

SHORTEST: Final = 3
LONGEST: Final = 64
_SIGNS: Final = frozenset("._-@+")
_DIGITS: Final = frozenset("0123456789")
_TOGETHER: Final = tuple(
    frozenset(scripts) for scripts in (("CJK", "HIRAGANA", "KATAKANA"), ("CJK", "HANGUL"), ("CJK", "BOPOMOFO"))
)
_LOOK_LATIN: Final = {
    "CYRILLIC": frozenset("авекмнорстухьѕіјһӏԁԛԝүԍ"),
    "GREEK": frozenset("αβεζηικμνορτυχγω"),
}
# Latin letters beyond these blocks are phonetic signs and the like, made to look like others.
_LATIN: Final = (range(0x41, 0x180), range(0x1E00, 0x1F00))
_LATIN_SINGLE: Final = frozenset("ƠơƯưȘșȚț")


class InvalidName(BucklerError):
    """A text that cannot name an account. The text of the error says why and repeats nothing."""


def name_key(name: str) -> str:
    """The form under which look-alike names are equal. Raises `InvalidName`."""
    shown = shown_name(name)
    # Dotless i, and what case-folding makes of the dotted capital: both are shown as i.
    return unicodedata.normalize("NFKC", shown.casefold().replace("\u0131", "i").replace("i\u0307", "i"))


def shown_name(name: str) -> str:
    """The name as it is kept and shown. Raises `InvalidName`."""
    if len(name) > LONGEST:
        raise InvalidName(f"A name has at most {LONGEST} characters.")
    shown = unicodedata.normalize("NFKC", name)
    if not SHORTEST <= len(shown) <= LONGEST:
        raise InvalidName(f"A name has {SHORTEST} to {LONGEST} characters.")
    _check_characters(shown)
    _check_scripts([letter for letter in shown.casefold() if letter.isalpha()])
    return shown


def _check_characters(name: str) -> None:
    if name[0] in _SIGNS:
        raise InvalidName("A name begins with a letter or a digit.")
    for character in name:
        if character not in _SIGNS and character not in _DIGITS and not _is_letter(character):
            raise InvalidName("A name consists of letters, the digits 0 to 9 and . _ - @ +")


def _is_letter(character: str) -> bool:
    if unicodedata.category(character) not in ("Ll", "Lu", "Lo"):
        return False
    return _script(character) != "LATIN" or _is_plain_latin(character)


def _is_plain_latin(character: str) -> bool:
    return character in _LATIN_SINGLE or any(ord(character) in block for block in _LATIN)


def _script(character: str) -> str:
    """The script, by the first word of the character's name: "LATIN SMALL LETTER A"."""
    return unicodedata.name(character, "UNKNOWN").partition(" ")[0]


def _check_scripts(letters: list[str]) -> None:
    scripts = {_script(letter) for letter in letters}
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        raise InvalidName("The letters of a name come from one script.")
    for script, imitations in _LOOK_LATIN.items():
        if scripts == {script} and imitations.issuperset(letters):
            raise InvalidName("Every letter of this name looks like a Latin one.")
