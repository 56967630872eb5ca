"""What an account signs in with: an e-mail address, or a username where the operator chose so (ASVS 6.1.2).

1. A new name is judged: an address by the rules of `buckler.input.emails`, a username by those of
   `buckler.input.usernames`. Both are kept as their owner writes them.
2. Two names that look the same are one account: the key has neither case nor full width, and each
   letter stands for what it looks like. In an address too, though mail servers tell more apart: two
   mailboxes that nobody can tell from one another are one account or none.
3. Outside ASCII an address has letters of living scripts alone, so nothing invisible and no marks that
   combine; the letters of each side of its at sign, and of each part of its domain, come from one script.
4. The key is the same in both modes, so whoever has an account signs in with its name when the
   operator changes from one to the other.

Caveat: mail goes to the address that was kept, never to the one that was asked with: they need not be
the same mailbox, although their keys are equal.
"""

import re
import unicodedata
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from buckler.errors import BucklerError
from buckler.input import emails, look_alikes
from buckler.input.emails import Email
from buckler.input.scripts import go_together, script
from buckler.input.usernames import InvalidUsername, shown_name, username_key

Identifier = Literal["email", "username"]
LONGEST: Final = emails.LONGEST
_LONGEST_KEY: Final = 255
"""What the column holds; folding can make a text longer."""
_ADDRESS: Final[TypeAdapter[str]] = TypeAdapter(Email)
_PARTS: Final = re.compile("[@.]")


class InvalidName(BucklerError):
    """A text that cannot name an account. The text of the error says why and repeats nothing."""


class LoginNames:
    """The names of one installation."""

    def __init__(self, identifier: Identifier) -> None:
        self.identifier: Final = identifier

    def shown(self, text: str) -> str:
        """A new name as it is kept and shown. Raises `InvalidName`."""
        if self.identifier == "email":
            return shown_address(text)
        try:
            return shown_name(text)
        except InvalidUsername as error:
            raise InvalidName(str(error)) from None

    def key(self, text: str) -> str:
        """The form under which names that look the same are equal. Raises `InvalidName`."""
        return name_key(text)

    def address(self, name: str) -> str | None:
        """Where the name itself leads mail to; None for a username."""
        return name if self.identifier == "email" and "@" in name else None


def name_key(text: str) -> str:
    """The key of a name of either kind. Raises `InvalidName`."""
    try:
        return address_key(text) if "@" in text[1:] else username_key(text)
    except InvalidUsername as error:
        raise InvalidName(str(error)) from None
    except InvalidName:
        return _key_of_username_with_sign(text)


def shown_address(text: str) -> str:
    """An address as it is kept and shown, and as mail to it is addressed. Raises `InvalidName`."""
    try:
        address = _ADDRESS.validate_python(text)
    except ValidationError:
        raise InvalidName("Write one e-mail address, such as ada@example.com, and nothing beside it.") from None
    _check_letters(address)
    _folded(address)
    return address


def address_key(text: str) -> str:
    """The form under which addresses that look the same are equal. Raises `InvalidName`."""
    return _folded(shown_address(text))


def _key_of_username_with_sign(text: str) -> str:
    """A username may have an at sign in it and be no address."""
    try:
        return username_key(text)
    except InvalidUsername as error:
        raise InvalidName(str(error)) from None


def _check_letters(address: str) -> None:
    for part in _PARTS.split(unicodedata.normalize("NFKC", address)):
        beyond = [character for character in part if not character.isascii()]
        if any(script(character) is None for character in beyond):
            raise InvalidName("Beyond ASCII an address has letters in use today, and no marks that combine.")
        if not go_together(character for character in part if character.isalpha()):
            raise InvalidName("The letters of one part of an address come from one script.")


def _folded(address: str) -> str:
    key = look_alikes.key(unicodedata.normalize("NFKC", address))
    if len(key) > _LONGEST_KEY:
        raise InvalidName("The address is too long.")
    return key
