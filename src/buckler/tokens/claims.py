"""What a verified token says."""

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
    scope = payload.get("scope")
    return Claims(
        subject=_text(payload, "sub"),
        token_id=_text(payload, "jti"),
        client_id=_text(payload, "client_id"),
        name=_text(payload, "name"),
        roles=_texts(payload, "roles"),
        scope=frozenset(scope.split(" ")) - {""} if isinstance(scope, str) else None,
        issued_at=_whole(payload, "iat"),
        expires_at=_whole(payload, "exp"),
        auth_time=_whole(payload, "auth_time"),
    )


def _text(payload: Mapping[str, object], member: str) -> str:
    value = payload.get(member)
    return value if isinstance(value, str) else ""


def _texts(payload: Mapping[str, object], member: str) -> frozenset[str]:
    value = payload.get(member)
    parts = cast("list[object]", value) if isinstance(value, list) else []
    return frozenset(part for part in parts if isinstance(part, str))


def _whole(payload: Mapping[str, object], member: str) -> int:
    value = payload.get(member)
    return value if isinstance(value, int) else 0


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
