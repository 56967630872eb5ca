"""What the members of requests and answers are made of. Nothing that is given has a password in it.

What is taken is bounded before anything looks at it, here or by the 8 kB of its route: a password of a
megabyte costs no hashing.
"""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from buckler.identity import passwords
from buckler.input import usernames as names
from buckler.input.passwords import Password, password_of

BEARER: Final = "bearer"
"""The type of our tokens (RFC 6750)."""


_ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
# What a name may be made of is judged by the rules for names, with words that help; the pattern is for the document.
_NAMED: Final[dict[str, JsonValue]] = {"pattern": _ONE_LINE}
Name = Annotated[str, Field(min_length=1, max_length=names.LONGEST, examples=["alice"], json_schema_extra=_NAMED)]
NewName = Annotated[
    str, Field(min_length=names.SHORTEST, max_length=names.LONGEST, examples=["alice"], json_schema_extra=_NAMED)
]
# Its length is judged with everything else about it, so that one answer says what to do; the route bounds it.
NewPassword = Annotated[
    Password,
    password_of(shortest=0),
    Field(examples=["vivid otter plays the tuba"], json_schema_extra={"minLength": passwords.SHORTEST}),
]

AccountId = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
ShownName = Annotated[str, Field(max_length=names.LONGEST, pattern=_ONE_LINE)]
Word = Annotated[str, Field(max_length=1000, pattern=_ONE_LINE)]
"""The name of a role, or a permission."""
MOST_WORDS: Final = 10_000


class Taken(BaseModel):
    """What a caller sends: exactly these members, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Created(BaseModel):
    """An account that was made."""

    id: AccountId
    name: ShownName
