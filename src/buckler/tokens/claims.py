"""What a verified token says, and the one way in which its members are read.

`text`, `texts` and `whole` give a member, or None where it is missing or of another type. The checks ask
them and refuse; the claims take what they give, so no value counts that a check would not have passed.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn, cast


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one access token (RFC 9068 section 2.2). Times are seconds since 1970-01-01 UTC."""

    subject: str
    token_id: str
    client_id: str
    name: str
    roles: frozenset[str]
    scope: frozenset[str] | None
    """What the holder may use of the rights; None is not cut."""
    issued_at: int
    expires_at: int
    auth_time: int
    """When the person last proved who it is; 0 when the token does not say, which is never fresh."""
    session_id: str = ""
    """The sign-in that it comes from (`sid`)."""
    version: int = 0
    """The version of the account when it was issued (`ver`)."""
    acr: str = ""
    """How well the person proved who it is (OpenID Connect Core section 2)."""
    amr: tuple[str, ...] = ()
    """By what (RFC 8176)."""


def read(payload: bytes) -> dict[str, object]:
    """The members of a payload. Raises `ValueError` for all but strict JSON (RFC 8259) in UTF-8.

    No member twice (RFC 7519 section 4), no NaN, no number beyond a float, nothing deeper than Python follows.
    """
    try:
        value: object = _DECODER.decode(payload.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    raise ValueError("not an object")


def claims_of(payload: Mapping[str, object]) -> Claims:
    """The claims in a checked payload. What has a wrong type counts for nothing."""
    scope = text(payload, "scope")
    return Claims(
        subject=text(payload, "sub") or "",
        token_id=text(payload, "jti") or "",
        client_id=text(payload, "client_id") or "",
        name=text(payload, "name") or "",
        roles=frozenset(texts(payload, "roles") or ()),
        scope=frozenset(scope.split(" ")) - {""} if scope is not None else None,
        issued_at=whole(payload, "iat") or 0,
        expires_at=whole(payload, "exp") or 0,
        auth_time=whole(payload, "auth_time") or 0,
        session_id=text(payload, "sid") or "",
        version=whole(payload, "ver") or 0,
        acr=text(payload, "acr") or "",
        amr=tuple(texts(payload, "amr") or ()),
    )


def text(payload: Mapping[str, object], member: str) -> str | None:
    """A member that is a text."""
    value = payload.get(member)
    return value if isinstance(value, str) else None


def texts(payload: Mapping[str, object], member: str) -> list[str] | None:
    """A member that is a list of texts and of nothing else."""
    value = payload.get(member)
    if not isinstance(value, list):
        return None
    parts = cast("list[object]", value)
    found = [part for part in parts if isinstance(part, str)]
    return found if len(found) == len(parts) else None


def whole(payload: Mapping[str, object], member: str) -> int | None:
    """A member that is a whole number. `true` is none, though Python counts it among them."""
    value = payload.get(member)
    return value if type(value) is int else None


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is beyond bounds")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse, parse_float=_finite)
