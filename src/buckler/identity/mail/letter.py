"""One letter, judged when it is made: nothing in it can add a header or a recipient (ASVS 1.3.11).

1. It goes to one address, which `buckler.input.Email` takes: no name beside it, no list, no CR or LF.
2. The subject is one line of visible characters; control and direction characters are refused.
3. In the parts a line feed and a tab are all that is no visible character.
4. A kind that is not in the list has no time after which it is of no use, so it is refused.

The texts are `letters.py`'s. What people typed is made plain there; here it is refused.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pydantic import TypeAdapter, ValidationError

from buckler.errors import BucklerError
from buckler.identity.mail.codes import CODE_SECONDS
from buckler.input.emails import Email
from buckler.randomness import identifier

_DAY: Final = 86_400
LIVES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "confirm": CODE_SECONDS,
        "invite": CODE_SECONDS,
        "reset": CODE_SECONDS,
        "address": CODE_SECONDS,
        "sign-in": CODE_SECONDS,
        "taken": _DAY,
        "address-changed": _DAY,
        "password-changed": _DAY,
        "new-device": _DAY,
    }
)
"""Every kind of letter, and for how many seconds it is worth delivering: with a code as long as the code."""
_SUBJECT: Final = 200
_PART: Final = 65_536
_ADDRESS: Final[TypeAdapter[str]] = TypeAdapter(Email)
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class LetterRefused(BucklerError):
    """A letter that may not leave."""


@dataclass(frozen=True, slots=True)
class Letter:
    """To whom, about what, and the same words as text and as HTML. Raises `LetterRefused`."""

    kind: str
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    id: str = field(default_factory=identifier)
    """Its name for whoever delivers it: the same at each attempt, so that a second one can be told."""
    at: float = 0
    """When it was written, in seconds since 1970-01-01 UTC."""

    def __post_init__(self) -> None:
        if self.kind not in LIVES:
            raise LetterRefused(f"There is no kind of letter called {self.kind!r}.")
        _check_address(self.to)
        _check_subject(self.subject)
        for part in (self.text, self.html):
            if len(part) > _PART or _UNSEEN.search(part):
                raise LetterRefused("A part of the letter is too long, or has control or direction characters.")

    @property
    def lives(self) -> int:
        """For how many seconds it is worth delivering."""
        return LIVES[self.kind]


def _check_address(address: str) -> None:
    try:
        same = _ADDRESS.validate_python(address) == address
    except ValidationError:
        same = False
    if not same:
        raise LetterRefused("A letter goes to one address, normalised as buckler.input.Email does.")


def _check_subject(subject: str) -> None:
    visible = all(unicodedata.category(each)[0] not in "CZ" or each in " \u200d" for each in subject)
    if not visible or not 0 < len(subject) <= _SUBJECT:
        raise LetterRefused(f"A subject is one line of 1 to {_SUBJECT} visible characters.")
