"""What the routes of the accounts take and give. Nothing that is given has a password in it.

What is taken is bounded before anything looks at it: a password of a megabyte costs no hashing.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from buckler.identity import names, passwords

BEARER: Final = "bearer"
"""The type of our tokens (RFC 6750)."""

Name = Annotated[str, Field(min_length=1, max_length=names.LONGEST, examples=["alice"])]
NewName = Annotated[str, Field(min_length=names.SHORTEST, max_length=names.LONGEST, examples=["alice"])]
Password = Annotated[SecretStr, Field(min_length=1, max_length=passwords.LONGEST)]
NewPassword = Annotated[
    SecretStr,
    Field(min_length=passwords.SHORTEST, max_length=passwords.LONGEST, examples=["vivid otter plays the tuba"]),
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

    code: Annotated[SecretStr, Field(min_length=1, max_length=64)]
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
