"""The OAuth2 password form, read strictly (RFC 6749 sections 3.2, 4.3, 5.1, 5.2).

1. `application/x-www-form-urlencoded` in UTF-8, of at most 20 parameters; its route takes 8 kB.
2. No parameter twice; unknown ones are ignored, as the RFC wants.
3. `client_id` and `client_secret` are ignored, also in an empty Basic header, as FastAPI's docs
   page sends it: this is a shim for our own client, which has no secret.

RFC 9700 section 2.4 forbids this grant to new clients; it is here so that the Authorize button works.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from buckler.errors import BucklerError
from buckler.identity.passwords import rules as passwords
from buckler.input import usernames as names

_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 20
_LONGEST_SCOPE: Final = 1024
_LONGEST_CLIENT: Final = 8192
"""Nothing looks at a client: only the size of the form bounds its name."""
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")

SCHEMA: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        _MEDIA_TYPE: {
            "schema": {
                "title": "PasswordForm",
                "type": "object",
                "required": ["grant_type", "username", "password"],
                "properties": {
                    "grant_type": {"type": "string", "enum": ["password"]},
                    "username": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": names.LONGEST,
                        "pattern": r"^[^\x00-\x1f\x7f]*$",
                    },
                    "password": {
                        "type": "string",
                        "format": "password",
                        "minLength": 1,
                        "maxLength": passwords.LONGEST,
                    },
                    "scope": {"type": "string", "maxLength": _LONGEST_SCOPE, "pattern": f"^(?:{_SCOPE.pattern})?$"},
                    "client_id": {"type": "string", "maxLength": _LONGEST_CLIENT, "pattern": r"^[\x20-\x7e]*$"},
                    "client_secret": {"type": "string", "format": "password", "maxLength": _LONGEST_CLIENT},
                },
            }
        }
    },
}


class FormRefused(BucklerError):
    """A form that is not good. `code` is the error of RFC 6749 section 5.2."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


@dataclass(frozen=True, slots=True)
class PasswordForm:
    """What the form says. An absent or empty scope is None."""

    name: str
    password: str = field(repr=False)
    scope: frozenset[str] | None = None


async def read_form(request: Request) -> PasswordForm:
    """The form in the body of `request`. Raises `FormRefused`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _MEDIA_TYPE:
        raise FormRefused("invalid_request", f"Send the form as {_MEDIA_TYPE}.")
    fields = _fields(await request.body())
    grant = fields.get("grant_type")
    if not grant:
        raise FormRefused("invalid_request", "grant_type is missing.")
    if grant != "password":
        raise FormRefused("unsupported_grant_type", "Only grant_type=password is taken here.")
    name = _bounded(fields, "username", names.LONGEST)
    return PasswordForm(name, _bounded(fields, "password", passwords.LONGEST), _scope(fields.get("scope", "")))


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise FormRefused("invalid_request", "The form is malformed.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FormRefused("invalid_request", "A parameter stands twice.")
    return fields


def _bounded(fields: dict[str, str], name: str, longest: int) -> str:
    value = fields.get(name, "")
    if not 1 <= len(value) <= longest:
        raise FormRefused("invalid_request", f"{name} has 1 to {longest} characters.")
    return value


def _scope(text: str) -> frozenset[str] | None:
    if not text:
        return None
    if len(text) > _LONGEST_SCOPE or _SCOPE.fullmatch(text) is None:
        raise FormRefused("invalid_scope", "The scope is malformed.")
    return frozenset(text.split(" "))
