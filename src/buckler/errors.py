"""Every refusal, and how it is told (RFC 9457; ASVS 16.5.1).

A `Refusal` has a stable code and a public text. Why it happened stays in the event log: the
answer helps the caller and tells nothing about the inside.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from json.encoder import encode_basestring_ascii
from typing import Final

MEDIA_TYPE = b"application/problem+json"


class BucklerError(Exception):
    """The root of what Buckler raises on purpose."""


class ConfigurationError(BucklerError):
    """A setting that can never work. The text names the value, the reason and the remedy."""


class StartRefused(BucklerError):
    """The app may not start as it stands. The text lists every reason with its remedy."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is a no. Values are shared between requests: never mutate one."""

    status: int
    code: str
    detail: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    event: str | None = "sys_request_refused"
    """The name under which the edge logs it (OWASP logging vocabulary where it has one).

    None where somebody nearer to the cause has logged it, or where there is nothing to tell.
    """
    extra: tuple[tuple[str, object], ...] = ()
    """Further public members of the problem document."""
    _told: list[tuple[bytes, bytes]] = field(
        default_factory=list[tuple[bytes, bytes]], init=False, repr=False, compare=False
    )
    """The document around the request id, once it was asked for: thousands of answers share it."""

    @property
    def title(self) -> str:
        return phrase(self.status)

    def with_headers(self, *headers: tuple[bytes, bytes]) -> "Refusal":
        """The same refusal with more response headers."""
        more = Refusal(self.status, self.code, self.detail, self.headers + headers, self.event, self.extra)
        more._told.append(self._around_id())
        return more

    def body(self, request_id: str) -> bytes:
        """The problem document (RFC 9457 section 3) as ASCII JSON."""
        before, after = self._around_id()
        return b"%b%b%b" % (before, encode_basestring_ascii(request_id).encode(), after)

    def _around_id(self) -> tuple[bytes, bytes]:
        """What stands before and after the request id in the document."""
        if not self._told:
            members: dict[str, object] = {
                "type": f"urn:buckler:problem:{self.code}",
                "title": self.title,
                "status": self.status,
                "detail": self.detail,
            }
            before, after = _encoded(members), _encoded(dict(self.extra))
            self._told.append((before[:-1] + b',"request_id":', b"," + after[1:] if self.extra else after[1:]))
        return self._told[0]


def _encoded(members: Mapping[str, object]) -> bytes:
    try:
        return _dumped(members)
    except ValueError:  # NaN and infinity: a caller may have sent them (RFC 8259 section 6 has neither)
        lenient = json.dumps(members, default=_untold)
        return _dumped(json.loads(lenient, parse_constant=_untold))


def _dumped(members: object) -> bytes:
    return json.dumps(members, separators=(",", ":"), default=_untold, allow_nan=False).encode()


def _untold(_: object) -> str:
    """What stands for a value that JSON has no words for: its `str` may tell of the inside."""
    return "..."


def phrase(status: int) -> str:
    """The standard phrase of a status code, or a plain word for an unknown one."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused" if status < 500 else "Error"


def bare(status: int, headers: Mapping[str, str] | None = None) -> Refusal:
    """A refusal that says nothing but its status."""
    encoded = tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()
    )
    return Refusal(status, f"http-{status}", phrase(status) + ".", encoded, event=None)


UNDECIDED: Final = Refusal(403, "undecided", "No declaration allowed this request.", event="authz_undecided")
"""What leaves in the place of anything that no declaration allowed."""
BODILESS: Final = (204, 304)
"""Statuses whose answers have no body (RFC 9110 section 6.4.1)."""
