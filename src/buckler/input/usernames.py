"""Names of accounts, so that two names that look the same are one account (after UTS 39).

1. NFKC, so that full-width and other compatibility forms are the letters they show.
2. 3 to 64 code points: letters, the digits 0 to 9 and `. _ - @ +`, a letter or digit in front.
3. Only letters of `scripts.py`: living scripts, nothing invisible, no marks that combine, no
   control or direction characters. (So scripts that need marks have no names here yet.)
4. Letters of one script; the Japanese and Korean mixtures count as one.
5. The key is the case-folded name with each letter replaced by what it looks like, so that a name
   in Cyrillic, Greek, Armenian or another script that shows a Latin word is that word's account.
6. A name whose capitals show another Latin word than its key says is refused.

What is not told apart stands in `look_alikes.py`.
"""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, Field, WithJsonSchema

from buckler.errors import BucklerError
from buckler.input import look_alikes
from buckler.input.faults import fault
from buckler.input.scripts import LATIN, go_together, script

SHORTEST: Final = 3
LONGEST: Final = 64
_SIGNS: Final = frozenset("._-@+")
_DIGITS: Final = frozenset("0123456789")


class InvalidUsername(BucklerError):
    """A text that cannot name an account. The text of the error says why and repeats nothing."""


def username_key(name: str) -> str:
    """The form under which look-alike names are equal. Raises `InvalidUsername`."""
    return look_alikes.key(shown_name(name))


def shown_name(name: str) -> str:
    """The name as it is kept and shown. Raises `InvalidUsername`."""
    if len(name) > LONGEST:
        raise InvalidUsername(f"A name has at most {LONGEST} characters.")
    shown = unicodedata.normalize("NFKC", name)
    if not SHORTEST <= len(shown) <= LONGEST:
        raise InvalidUsername(f"A name has {SHORTEST} to {LONGEST} characters.")
    _check_characters(shown)
    if not go_together(letter for letter in shown if letter.isalpha()):
        raise InvalidUsername("The letters of a name come from one script.")
    _check_look(shown)
    return shown


def _check_characters(name: str) -> None:
    if name[0] in _SIGNS:
        raise InvalidUsername("A name begins with a letter or a digit.")
    for character in name:
        if character not in _SIGNS and character not in _DIGITS and script(character) is None:
            raise InvalidUsername("A name consists of letters in use today, the digits 0 to 9 and . _ - @ +")


def _check_look(name: str) -> None:
    look = look_alikes.look(name)
    shows_latin = all(script(letter) == LATIN for letter in look if letter.isalpha())
    if shows_latin and look_alikes.key(look) != look_alikes.key(name):
        raise InvalidUsername("The capitals of this name look like Latin ones: write it in small letters.")


def _judged(name: str) -> str:
    try:
        return shown_name(name)
    except InvalidUsername as error:
        raise fault("username", str(error)) from None


Username = Annotated[
    str,
    Field(min_length=SHORTEST, max_length=LONGEST, examples=["alice"]),
    AfterValidator(_judged),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": SHORTEST,
            "maxLength": LONGEST,
            "pattern": r"^[^\u0000-\u002a\u002c\u002f\u003a-\u003f\u005b-\u005e\u0060\u007b-\u009f\u2000-\u206f]+$",
            "examples": ["alice"],
        }
    ),
]
"""A name as it is shown. Two names are the same person's where their `username_key` is equal: keep that, unique."""
