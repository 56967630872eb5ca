"""The headers that every answer carries, whatever its status (ASVS 3.2.1, 3.4, 14.3.2).

An answer's own value of one of these names stays: a page sets the policy it needs. The request id
is always ours: the log knows no other. Answers to a
signed-in caller, and refusals, are never stored.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from buckler.asgi import Exchange, Message
from buckler.defence import Departure
from buckler.errors import ConfigurationError, Refusal

Pairs = tuple[tuple[bytes, bytes], ...]

API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
YEAR: Final = 31_536_000
_ALWAYS: Final[Pairs] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", API_POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_REQUEST_ID: Final = b"x-request-id"
_NO_STORE: Final = (b"cache-control", b"no-store")


@dataclass(frozen=True, slots=True)
class Hsts:
    """How long browsers shall insist on HTTPS (RFC 6797), in seconds. Zero sends no HSTS."""

    seconds: int
    subdomains: bool

    def __post_init__(self) -> None:
        if self.seconds < 0:
            raise ConfigurationError(f"HSTS of {self.seconds} seconds: write 0 for none, or {YEAR} for a year.")

    @property
    def headers(self) -> Pairs:
        if not self.seconds:
            return ()
        value = b"max-age=%d" % self.seconds + (b"; includeSubDomains" if self.subdomains else b"")
        return ((b"strict-transport-security", value),)


class SecureHeaders(Departure):
    """Adds what an answer lacks."""

    name = "headers"

    def __init__(self, hsts: Hsts) -> None:
        # A ready set for each kind of answer: over TLS or not, and to be stored or not.
        self._secure = (hsts.headers + _ALWAYS, (*hsts.headers, *_ALWAYS, _NO_STORE))
        self._plain = (_ALWAYS, (*_ALWAYS, _NO_STORE))
        self._reserved = frozenset(name for name, _ in self._secure[True]) | {_REQUEST_ID}

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        private = exchange.principal is not None or exchange.refusal is not None
        wanted = (self._secure if exchange.is_secure else self._plain)[private]
        headers = start.get("headers", ())
        for name, _ in headers:
            if name in self._reserved:
                headers, wanted = _reconciled(headers, wanted)
                break
        start["headers"] = [*headers, *wanted, (_REQUEST_ID, exchange.id.encode())]
        return None


def _reconciled(headers: Iterable[tuple[bytes, bytes]], wanted: Pairs) -> tuple[Iterable[tuple[bytes, bytes]], Pairs]:
    """The answer's own values stay, but for the request id, which is ours."""
    names = [name for name, _ in headers]
    kept = [pair for pair in headers if pair[0] != _REQUEST_ID]
    return kept, tuple(pair for pair in wanted if pair[0] not in names)
