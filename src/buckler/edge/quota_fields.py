"""Telling a caller its quota: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).

Both are lists of strings with parameters (RFC 9651): the policy's name with `q` and `w`, which
never change, and with `r` and `t`, which do.

- `r` more can come at once. After `t` seconds without a request it is at least one more.
- `t` is never so short that `r` in `t` seconds would be faster than the rate: whoever spreads
  what is left over the time given stays within it (section 5, "Server Behavior").
- On a refusal `t` stands with what was exceeded alone, and `Retry-After` is never earlier.
"""

import re
from functools import lru_cache
from math import ceil
from typing import Final

from buckler.edge.counting import Taken
from buckler.edge.rates import Rate
from buckler.errors import ConfigurationError

Field = tuple[bytes, bytes]

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/:-]{0,62}[A-Za-z0-9])?")
_FIELDS: Final = 1024
_SEPARATOR: Final = b", "


class Quota:
    """One policy by its name, as the fields tell of it."""

    __slots__ = ("_field", "_interval", "_left", "_untouched", "name", "policy")

    def __init__(self, name: str, rate: Rate) -> None:
        quoted = b'"%s"' % checked_name(name).encode("ascii")
        burst = b";buckler-burst=%d" % rate.burst if rate.burst is not None else b""
        self.name = name
        self.policy = quoted + b";q=%d;w=%d" % (rate.quota, rate.window) + burst
        self._left = quoted + b";r=%d;t=%d"
        self._untouched = quoted + b";r=%d"
        self._interval = rate.window / rate.quota
        self._field = lru_cache(maxsize=_FIELDS)(self._make_field)
        """Callers far from the limit are told the same few numbers."""

    def left(self, taken: Taken) -> bytes:
        """The item of an event that passed."""
        _, left, renews = taken
        return self._left % (left, ceil(max(renews, left * self._interval)))

    def left_field(self, taken: Taken) -> Field:
        """The same as the whole field, where there is no other item."""
        _, left, renews = taken
        return self._field(left, ceil(max(renews, left * self._interval)))

    def _make_field(self, left: int, seconds: int) -> Field:
        return limit_field(self._left % (left, seconds))

    def refused(self, taken: Taken) -> bytes:
        """The item of an event that was refused, by this policy or by another."""
        wait, left, renews = taken
        return self._left % (left, min(ceil(renews), ceil(wait))) if wait > 0 else self._untouched % left


def policy_field(*items: bytes) -> Field:
    return b"ratelimit-policy", _SEPARATOR.join(items)


def limit_field(*items: bytes) -> Field:
    return b"ratelimit", _SEPARATOR.join(items)


def retry_after(wait: float) -> Field:
    """Whole seconds, rounded up, so never too early (RFC 9110 section 10.2.3)."""
    return b"retry-after", b"%d" % (ceil(wait) or 1)


def checked_name(name: str) -> str:
    """`name`, if it can stand in a field as it is. Raises `ConfigurationError`."""
    if isinstance(name, str) and _NAME.fullmatch(name):  # pyright: ignore[reportUnnecessaryIsInstance]
        return name
    raise ConfigurationError(
        f"name={name!r}: callers read it in a header field; write 1 to 64 letters, digits, spaces and . _ / : -"
    )
