"""Numbers with ends (ASVS 1.4.2, 2.2.1).

- Whole numbers fit the column that keeps them, so that nothing overflows behind the border.
- Where they arrive as text (paths, queries, forms) they have one spelling: `010`, `+10`, `1_0`, `10.0` and ` 10`
  are ten to Python, and four other names of the same thing to a cache, a limit or a log.
- Broken ones are finite, and small enough that whole numbers among them are still exact.
- Money is `Decimal`, never a float: `0.1 + 0.2` is not an amount. It travels as text (`"12.50"`), or
  as a whole JSON number; `12.5` without quotes has been a float before anybody could look at it.
  Digits and one point, as a machine writes them: no `1e3`, `1_000`, NaN or digits of other scripts.
  The currency is a field of its own: `Literal["EUR", "USD"]`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticKnownError
from pydantic_core import core_schema as core

from buckler.errors import ConfigurationError
from buckler.input.faults import fault, told_as

INT32: Final = 2**31 - 1
INT64: Final = 2**63 - 1
EXACT: Final = 2**53
"""Up to here every whole number has a float of its own."""
_MOST_DIGITS: Final = 28

_WHOLE: Final = re.compile("-?[1-9][0-9]{0,18}|0")
"""Whole numbers of up to 64 bits, and a few more."""
_FORMAT_32: Final[dict[str, Any]] = {"format": "int32"}
_FORMAT_64: Final[dict[str, Any]] = {"format": "int64"}


class OneSpelling:
    """Whole numbers, or text in the one way to write them; whether text is taken at all is for the model to say."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        return core.no_info_before_validator_function(_spelt, handler(source))


def _spelt(sent: object) -> object:
    if type(sent) is int:
        return sent
    if not isinstance(sent, str):
        raise PydanticKnownError("int_type")
    if _WHOLE.fullmatch(sent) is None:
        raise fault("whole_number")
    return sent


Int32 = Annotated[int, Field(ge=-INT32 - 1, le=INT32, json_schema_extra=_FORMAT_32), OneSpelling()]
"""A whole number that fits an INTEGER column."""
Int64 = Annotated[int, Field(ge=-INT64 - 1, le=INT64, json_schema_extra=_FORMAT_64), OneSpelling()]
"""A whole number that fits a BIGINT column."""
Count = Annotated[int, Field(ge=0, le=INT32, json_schema_extra=_FORMAT_32), OneSpelling()]
"""How many: 0 to 2,147,483,647."""
Finite = Annotated[float, Field(ge=-EXACT, le=EXACT, allow_inf_nan=False)]
"""A measured number: neither NaN nor infinite, and within 2**53."""
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
"""0 to 100."""


@dataclass(frozen=True, slots=True)
class MoneyRule:
    """What an amount has to fit. Made by `money_of`."""

    digits: int
    scale: int
    negative: bool

    def __post_init__(self) -> None:
        if not 0 <= self.scale < self.digits <= _MOST_DIGITS:
            raise ConfigurationError(
                f"An amount of {self.digits} digits, {self.scale} of them behind the point, cannot be kept:"
                f" give 0 <= scale < digits <= {_MOST_DIGITS}, as in NUMERIC(digits, scale)."
            )

    @property
    def pattern(self) -> str:
        """Amounts as text."""
        whole = self.digits - self.scale
        part = rf"(?:\.[0-9]{{1,{self.scale}}})?" if self.scale else ""
        return rf"^{'-?' if self.negative else ''}(?:0|[1-9][0-9]{{0,{whole - 1}}}){part}$"

    @property
    def words(self) -> str:
        """What an amount looks like, for whoever sent another."""
        point = f" and at most {self.scale} behind it" if self.scale else ", without a point"
        sign = "" if self.negative else " no sign,"
        return (
            f"Write the amount as text of at most {self.digits - self.scale} digits before the point{point},"
            f"{sign} no zero in front and no exponent, such as '{self.example}'"
        )

    @property
    def example(self) -> str:
        """An amount that fits."""
        return f"1.{'50'.ljust(self.scale, '0')[: self.scale]}" if self.scale else "1"

    @property
    def most(self) -> int:
        """The first whole number that is too large."""
        return int(10 ** (self.digits - self.scale))

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        least = 1 - self.most if self.negative else 0
        spelt = core.union_schema(
            [
                core.str_schema(strict=True, pattern=self.pattern),
                core.int_schema(strict=True, ge=least, lt=self.most),
                core.is_instance_schema(Decimal),
            ],
            mode="left_to_right",
        )
        bounded = core.decimal_schema(
            max_digits=self.digits, decimal_places=self.scale, ge=None if self.negative else Decimal(0)
        )
        return core.chain_schema([told_as("money", spelt, self.words), bounded])

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        text: JsonSchemaValue = {"type": "string", "pattern": self.pattern, "maxLength": self.digits + 2}
        examples = [self.example]
        if handler.mode == "serialization":
            return {**text, "examples": examples}
        least = 1 - self.most if self.negative else 0
        whole = {"type": "integer", "minimum": least, "maximum": self.most - 1, "format": "int64"}
        return {"anyOf": [text, whole], "examples": examples}


def money_of(*, digits: int = 15, scale: int = 2, negative: bool = False) -> MoneyRule:
    """Amounts as NUMERIC(digits, scale) holds them: `Annotated[Decimal, money_of(scale=0)]`."""
    return MoneyRule(digits, scale, negative)


Money = Annotated[Decimal, money_of()]
"""An amount that is not negative: up to 13 digits, and 2 behind the point."""
