"""What the members of requests and answers are made of. Nothing that is given has a password in it.

What is taken is bounded before anything looks at it, here or by the 8 kB of its route: a password of a
megabyte costs no hashing.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from buckler.identity import login_names
from buckler.identity.passwords import rules as passwords
from buckler.identity.sessions.session_secrets import LENGTH, PATTERN
from buckler.identity.settings import LONGEST_SESSION
from buckler.input import usernames as names
from buckler.input.passwords import Password, password_of
from buckler.tokens.checks import LONGEST_TOKEN
from buckler.tokens.jwt import LONGEST_LIFE

BEARER: Final = "bearer"
"""The type of our tokens (RFC 6750)."""


_ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
# What a name may be made of is judged by the rules for names, with words that help; the pattern is for the document.
_NAMED: Final[dict[str, JsonValue]] = {"pattern": _ONE_LINE, "examples": ["ada@example.com"]}
Name = Annotated[str, Field(min_length=1, max_length=login_names.LONGEST, json_schema_extra=_NAMED)]
NewName = Annotated[str, Field(min_length=names.SHORTEST, max_length=login_names.LONGEST, json_schema_extra=_NAMED)]
# Its length is judged with everything else about it, so that one answer says what to do; the route bounds it.
NewPassword = Annotated[
    Password,
    password_of(shortest=0),
    Field(examples=["vivid otter plays the tuba"], json_schema_extra={"minLength": passwords.SHORTEST}),
]

Code = Annotated[Password, password_of(longest=64), Field(examples=["7K2M4-R2D9X-WBT3H-NVC6J-PZ0A1K"])]
"""What was mailed. A secret, so it is in no error and no log."""
_LAST: Final = 2**53 - 1


def _kept(value: object) -> object:
    """A moment that somebody wrote into the database, and no client could read, is told as the last or the first."""
    return min(max(value, 0), _LAST) if isinstance(value, int) else value


Moment = Annotated[int, Field(ge=0, le=_LAST, json_schema_extra={"format": "int64"}), BeforeValidator(_kept)]
"""Seconds since 1970-01-01 UTC; of answers alone."""
AccountId = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
ShownName = Annotated[str, Field(max_length=login_names.LONGEST, pattern=_ONE_LINE)]
Word = Annotated[str, Field(max_length=1000, pattern=_ONE_LINE)]
"""The name of a role, or a permission."""
MOST_WORDS: Final = 10_000
MOST_ROLES: Final = 100
RoleNames = Annotated[list[Word], Field(max_length=MOST_ROLES)]
"""Roles of one account."""


class Taken(BaseModel):
    """What a caller sends: exactly these members, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Tokens(BaseModel):
    """What a client holds after a sign-in or a refresh (RFC 6749 section 5.1)."""

    access_token: Annotated[str, Field(max_length=LONGEST_TOKEN, pattern=r"^[A-Za-z0-9_.-]+$")]
    token_type: Literal["bearer"] = BEARER
    expires_in: Annotated[int, Field(ge=1, le=LONGEST_LIFE, json_schema_extra={"format": "int32"})]
    refresh_token: Annotated[str, Field(min_length=LENGTH, max_length=LENGTH, pattern=PATTERN)]
    refresh_expires_in: Annotated[int, Field(ge=1, le=LONGEST_SESSION, json_schema_extra={"format": "int32"})]
    """Seconds until the session is over, unless it is refreshed before."""


class Created(BaseModel):
    """An account that was made."""

    id: AccountId
    name: ShownName


class Accepted(BaseModel):
    """What was asked for is under way; whether there is anybody to write to, nobody is told."""

    status: Literal["accepted"] = "accepted"
