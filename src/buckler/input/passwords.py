"""A password on its way in: it is read where it is compared, and seen nowhere else (ASVS 14.2.4, 16.2.5).

- Prints as stars: in `repr`, `str`, f-strings, logs, `model_dump`, JSON and the errors about it.
  Read it with `reveal()`. It cannot be pickled; a copy is the same object; two of them are never
  equal, so that nobody compares them but with a hash.
- 1 to 256 code points as they came, whichever they are (ASVS 6.2.5): nothing is cut, stripped or
  normalised here (ASVS 6.2.8); what hashes it normalises. Lone surrogates are no text. How good a
  password has to be is for the rules of the accounts to say.
- It is made of stars before it is judged, so that `ValidationError.errors()` has stars for input.

Caveat: the errors of *other* fields may hold the whole body: log none of them. Our answers never do.
"""

import re
from dataclasses import dataclass
from typing import Any, Final, Never, final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema as core

from buckler.errors import ConfigurationError
from buckler.input.faults import fault
from buckler.input.settled import whole
from buckler.input.texts import example_within
from buckler.redact import STARS

LONGEST: Final = 256
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@final
class Password:
    """A password as it was typed. `reveal()` is the one way to read it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The password itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Password({STARS})"

    def __str__(self) -> str:
        return STARS

    def __format__(self, _: str) -> str:
        return STARS

    def __copy__(self) -> "Password":
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> "Password":
        return self

    def __reduce__(self) -> Never:
        raise TypeError("A Password is not to be pickled: it would leave the process as plain text.")

    def __getstate__(self) -> Never:
        raise TypeError("A Password has no state to be kept: it would be kept as plain text.")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        return _schema(1, LONGEST)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return _shown(1, LONGEST)


@dataclass(frozen=True, slots=True)
class PasswordRule:
    """What a password has to fit. Made by `password_of`."""

    longest: int
    shortest: int

    def __post_init__(self) -> None:
        whole("A password", longest=self.longest, shortest=self.shortest)
        if not 0 <= self.shortest <= self.longest <= LONGEST or self.longest == 0:
            raise ConfigurationError(
                f"A password of {self.shortest} to {self.longest} characters cannot be taken, or costs too much:"
                f" give 0 <= shortest <= longest <= {LONGEST}."
            )

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        return _schema(self.shortest, self.longest)

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return _shown(self.shortest, self.longest)


def password_of(longest: int = LONGEST, *, shortest: int = 1) -> PasswordRule:
    """Passwords, codes and other secrets of other lengths: `Annotated[Password, password_of(longest=64)]`."""
    return PasswordRule(longest, shortest)


class _NoText:
    """Stands for what was sent in the place of a text, and tells nothing of it."""

    def __repr__(self) -> str:
        return STARS


def _hidden(sent: object) -> object:
    if isinstance(sent, Password):
        return sent
    return Password(sent) if isinstance(sent, str) else _NoText()


def _schema(shortest: int, longest: int) -> core.CoreSchema:
    def judge(hidden: object) -> Password:
        if not isinstance(hidden, Password) or _SURROGATE.search(hidden.reveal()):
            raise fault("password_text")
        if not shortest <= len(hidden.reveal()) <= longest:
            raise fault("password_length")
        return hidden

    steps: list[core.CoreSchema] = [
        core.no_info_plain_validator_function(_hidden),
        core.no_info_plain_validator_function(judge),
    ]
    serialization = core.plain_serializer_function_ser_schema(str, return_schema=core.str_schema())
    return core.chain_schema(steps, serialization=serialization)


def _shown(shortest: int, longest: int) -> JsonSchemaValue:
    bounds = {"maxLength": longest, **({"minLength": shortest} if shortest else {})}
    example = example_within("seven green lanterns", shortest, longest)
    return {"type": "string", "format": "password", "writeOnly": True, **bounds, "examples": [example]}
