"""How large the head of a request may be, and which methods and ranges are taken (RFC 9110; RFC 6585 section 5).

1. At most 100 header lines, `max_bytes` together, half of that in one line: else 431. No browser sends a tenth of it;
   what reads a head after us (a session cookie, a token, a log) need not ask again.
2. Path and query together at most 8 KiB: else 414.
3. A method of the IANA registry; TRACE, TRACK and CONNECT, which reflect or tunnel, and names nobody registered: 405.
   No header (`X-HTTP-Method-Override`, `X-Original-URL`, `X-Rewrite-URL`) changes method or target: none is read.
4. `Range` in bytes: at most 16 of them, else 416; malformed or doubled, 400 (CVE-2025-62727: ten thousand ranges cost
   a file response quadratic time). Other units mean nothing to anybody and are left alone.
"""

import re
from typing import Final

from buckler.asgi import Exchange
from buckler.defence import Arrival, Look, Shape
from buckler.errors import ConfigurationError, Refusal

MOST_LINES: Final = 100
LONGEST_TARGET: Final = 8192
MOST_RANGES: Final = 16
_LEAST_BYTES: Final = 1024

METHODS: Final = frozenset(
    (
        *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"),
        *("ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE"),
        *("MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH", "PROPFIND"),
        *("PROPPATCH", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE"),
        *("UPDATEREDIRECTREF", "VERSION-CONTROL"),
    )
)
"""The registry of HTTP methods without CONNECT, TRACE and the two that are none (`*`, PRI)."""

TOO_LARGE: Final = Refusal(431, "head-too-large", "The header fields are larger than this service takes.")
TARGET_TOO_LONG: Final = Refusal(414, "target-too-long", "The path and query are longer than this service takes.")
METHOD_REFUSED: Final = Refusal(
    405,
    "method-refused",
    "This service does not take that method.",
    ((b"allow", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),),
)
RANGE_MALFORMED: Final = Refusal(400, "range-malformed", "Range must be one list of byte ranges.")
TOO_MANY_RANGES: Final = Refusal(416, "ranges-too-many", f"Ask for at most {MOST_RANGES} ranges.")

_UNIT: Final = re.compile(rb"\s*bytes\s*=", re.IGNORECASE)
_RANGE: Final = re.compile(rb"[0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18}")


class Heads(Arrival):
    """Refuses heads of more than `max_bytes`, strange methods and endless ranges."""

    name = "heads"

    def __init__(self, max_bytes: int) -> None:
        if max_bytes < _LEAST_BYTES:
            raise ConfigurationError(
                f"max_header_bytes={max_bytes}: below {_LEAST_BYTES} bytes no browser could ask for anything."
            )
        self._bytes = max_bytes
        self._line = max_bytes // 2

    def look_for(self, shape: Shape) -> Look | None:
        """Of a usual shape only the values are left to be measured."""
        names = shape.names
        room = self._line - sum(map(len, names))
        if len(names) > MOST_LINES or b"range" in names or (shape.method is not None and shape.method not in METHODS):
            return self.arrive

        def look(exchange: Exchange) -> Refusal | None:
            scope = exchange.scope
            target = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
            is_small = target <= LONGEST_TARGET and len(b"".join(exchange.headers.values())) <= room
            return None if is_small else self.arrive(exchange)

        return look

    def arrive(self, exchange: Exchange) -> Refusal | None:
        scope, headers = exchange.scope, exchange.headers
        # The quickest sum there is; where all together fit one line, each of them does.
        small = len(b"".join([*headers, *headers.values()])) <= self._line and len(headers) <= MOST_LINES
        if (not small or exchange.repeated) and self._is_too_large(scope["headers"]):
            return TOO_LARGE
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"") > LONGEST_TARGET:
            return TARGET_TOO_LONG
        if scope.get("method", "GET") not in METHODS:
            return METHOD_REFUSED
        return _judge_range(exchange) if b"range" in headers else None

    def _is_too_large(self, lines: list[tuple[bytes, bytes]]) -> bool:
        sizes = [len(name) + len(value) for name, value in lines]
        return len(sizes) > MOST_LINES or sum(sizes) > self._bytes or max(sizes) > self._line


def _judge_range(exchange: Exchange) -> Refusal | None:
    asked = exchange.headers[b"range"]
    unit = _UNIT.match(asked)
    if b"range" in exchange.repeated:
        return RANGE_MALFORMED
    if asked.count(b",") >= MOST_RANGES:
        return TOO_MANY_RANGES
    if unit is None:
        return None if b"=" in asked else RANGE_MALFORMED
    several = asked[unit.end() :].split(b",")
    return None if all(_RANGE.fullmatch(each.strip(b" \t")) for each in several) else RANGE_MALFORMED
