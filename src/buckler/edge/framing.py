"""Where a request ends: said in one way only, or not taken (RFC 9112 section 6; RFC 9113 section 8.2.2).

Two readers that disagree about the end of a body disagree about who sent the next request. So:

1. `Content-Length` is one line of plain digits: no sign, no list, not even of equals.
2. Never beside `Transfer-Encoding`. The standard lets a server choose; a proxy in front may choose otherwise.
3. `Transfer-Encoding` is one line, says `chunked` and nothing else, and comes in HTTP/1.1 alone.
4. HTTP/2 and HTTP/3 have frames: fields that speak about a connection, or that belong to the frame's own head, are
   malformed there.
5. A WebSocket's handshake has no body.
6. Versions are 1.0, 1.1, 2 and 3.

`Upgrade: h2c` is answered as if it were not there: nothing here speaks it, and nobody is told that it was agreed to.
The connection is closed with the refusal: what follows on it may be anybody's. ASVS 4.2.1, 4.2.3.
"""

from typing import Final

from buckler.asgi import Exchange
from buckler.defence import Arrival, Look, Shape
from buckler.errors import Refusal

_LONGEST: Final = 18
"""Digits; more would be more than any disk."""
_ABOUT_A_CONNECTION: Final = (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")
_FRAMED: Final = ("2", "3")
"""As ASGI writes them: `HTTP/2.0` on a line of HTTP/1 is none of them."""

BAD_LENGTH: Final = Refusal(400, "length-malformed", "Content-Length must be one plain number.")
BAD_FRAMING: Final = Refusal(400, "framing-ambiguous", "It is not clear where this request ends.")
_CLOSE: Final = (b"connection", b"close")
_CLOSING: Final = {each.code: each.with_headers(_CLOSE) for each in (BAD_LENGTH, BAD_FRAMING)}


class Framing(Arrival):
    """Refuses a request whose end can be read in more than one way."""

    name = "framing"

    def look_for(self, shape: Shape) -> Look | None:
        is_plain = shape.version == "1.1" and shape.names.isdisjoint((b"content-length", b"transfer-encoding"))
        return None if is_plain else self.arrive

    def arrive(self, exchange: Exchange) -> Refusal | None:
        headers = exchange.headers
        if exchange.scope.get("http_version", "1.1") == "1.1" and b"transfer-encoding" not in headers:
            length = headers.get(b"content-length")
            # Nearly every request.
            if length is None or (
                length.isdigit() and len(length) <= _LONGEST and not exchange.repeated and not exchange.is_websocket
            ):
                return None
        return _judge(exchange)


def _judge(exchange: Exchange) -> Refusal | None:
    version = exchange.scope.get("http_version", "1.1")
    if version in _FRAMED:
        # Such a connection is shared by frames: no field closes it.
        return _malformed_length(exchange) or _malformed_frame(exchange)
    refusal = _malformed_length(exchange) or _malformed_coding(exchange, version)
    return _CLOSING[refusal.code] if refusal is not None else None


def _malformed_length(exchange: Exchange) -> Refusal | None:
    length = exchange.headers.get(b"content-length")
    if length is None:
        return None
    if not length.isdigit() or len(length) > _LONGEST or b"content-length" in exchange.repeated:
        return BAD_LENGTH
    return BAD_FRAMING if exchange.is_websocket and int(length) > 0 else None


def _malformed_coding(exchange: Exchange, version: str) -> Refusal | None:
    coding = exchange.headers.get(b"transfer-encoding")
    if version not in ("1.0", "1.1"):
        return BAD_FRAMING
    if coding is None:
        return None
    sound = (
        version == "1.1"
        and coding.lower() == b"chunked"
        and b"transfer-encoding" not in exchange.repeated
        and b"content-length" not in exchange.headers
        and not exchange.is_websocket
    )
    return None if sound else BAD_FRAMING


def _malformed_frame(exchange: Exchange) -> Refusal | None:
    """HTTP/2 and HTTP/3 (RFC 9113 sections 8.2.2 and 8.3; RFC 9114 section 4.2)."""
    headers = exchange.headers
    if any(name in headers for name in _ABOUT_A_CONNECTION) or headers.get(b"te", b"trailers") != b"trailers":
        return BAD_FRAMING
    return BAD_FRAMING if any(name.startswith(b":") for name in headers) else None
