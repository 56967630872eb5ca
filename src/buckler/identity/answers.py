"""What the routes of the accounts take and give. Nothing that is given has a password in it.

What is taken is bounded before anything looks at it, here or by the 8 kB of its route: a password of a
megabyte costs no hashing.
"""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from buckler.identity import names, passwords

BEARER: Final = "bearer"
"""The type of our tokens (RFC 6750)."""


def _encodable(secret: SecretStr) -> SecretStr:
    """Refuse lone surrogates, which pydantic refuses in a plain text but not in a secret one."""
    if any("\ud800" <= character <= "\udfff" for character in secret.get_secret_value()):
        raise PydanticCustomError("string_unicode", "Input should be a valid string")
    return secret


Hidden = Annotated[SecretStr, AfterValidator(_encodable)]
Name = Annotated[str, Field(min_length=1, max_length=names.LONGEST, examples=["alice"])]
NewName = Annotated[str, Field(min_length=names.SHORTEST, max_length=names.LONGEST, examples=["alice"])]
Password = Annotated[Hidden, Field(min_length=1, max_length=passwords.LONGEST)]
# Its length is judged with everything else about it, so that one answer says what to do; the route bounds it.
NewPassword = Annotated[
    Hidden,
    Field(
        examples=["vivid otter plays the tuba"],
        json_schema_extra={"minLength": passwords.SHORTEST, "maxLength": passwords.LONGEST},
    ),
]


class Taken(BaseModel):
    """What a caller sends: exactly these members, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Registering(Taken):
    """A new account."""

    name: NewName
    password: NewPassword


class SigningIn(Taken):
    """Somebody who says who it is."""

    name: Name
    password: Password


class Claiming(Taken):
    """The first administrator."""

    code: Annotated[Hidden, Field(min_length=1, max_length=64)]
    name: NewName
    password: NewPassword


class Created(BaseModel):
    """An account that was made."""

    id: str
    name: str


class SignedIn(BaseModel):
    """A sign-in that is complete, with its access token."""

    status: Literal["complete"] = "complete"
    access_token: str
    token_type: Literal["bearer"] = BEARER
    expires_in: int


class Me(BaseModel):
    """The caller, as the token says."""

    id: str
    name: str
    roles: list[str]
    permissions: list[str]
