"""How large a body may be (ASVS 5.2.1; RFC 9110 section 15.5.14).

1. A declared length over what any route takes is refused before the app is asked; one over what its own
   route takes is refused at that route (`access/bodies.py`), in both cases before a byte of it is read.
2. A body without a length, or with a false one, is refused at the first byte too many.
3. A WebSocket message of more bytes closes the socket with 1009 (RFC 6455 section 7.4.1).

Bytes are counted as they came: those of an encoded body before it is decoded.
"""

import re
from typing import Final

from buckler.asgi import Exchange, Message, Receive
from buckler.defence import Arrival, Reception
from buckler.errors import ConfigurationError, Refusal
from buckler.refused import Refused

TOO_LARGE: Final = Refusal(413, "body-too-large", "The body is larger than this service takes.")
_MOST_DIGITS: Final = 18
_LONGEST_CHARACTER: Final = 4
"""Bytes of one character in UTF-8."""
_UNITS: Final = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
_SIZE: Final = re.compile(r"([1-9][0-9]{0,8}) (B|kB|MB|GB|KiB|MiB|GiB)")


def bytes_in(size: object) -> int:
    """Read `"8 kB"`, `"10 MB"`, `"1 GiB"`, or a number of bytes. Raises `ConfigurationError` for anything else."""
    if isinstance(size, int) and not isinstance(size, bool) and size >= 1:
        return size
    match = _SIZE.fullmatch(size) if isinstance(size, str) else None
    if match is None:
        raise ConfigurationError(
            f"{size!r} is not a size: write a whole number from 1, a space, and {', '.join(_UNITS)}, as in '10 MB'."
        )
    return int(match[1]) * _UNITS[match[2]]


class Sizes(Arrival, Reception):
    """Refuses bodies of more than `body_bytes`, or of more than their route declares."""

    name = "sizes"
    judges_bodiless = True

    def __init__(self, body_bytes: int) -> None:
        if body_bytes < 1:
            raise ConfigurationError(f"max_body_bytes={body_bytes}: a limit below one byte would refuse every body.")
        self._default = body_bytes
        self._most = body_bytes

    def make_room(self, body_bytes: int) -> None:
        """Let declared lengths of up to `body_bytes` on to the routes: one of them takes that much."""
        self._most = max(self._most, body_bytes)

    def arrive(self, exchange: Exchange) -> Refusal | None:
        length = exchange.headers.get(b"content-length")
        if length is None:
            return None
        # Fail closed: what is no number, which `framing` refuses before us, is too large.
        is_fitting = length.isdigit() and len(length) <= _MOST_DIGITS and int(length) <= self._most
        return None if is_fitting else TOO_LARGE

    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        """`receive`, counting: ends the reading once the body, or one message, has grown past the limit.

        The route's own limit is looked up at each count: it is not known before the route is chosen.
        """
        if exchange.scope["type"] == "websocket":
            return self._weighing(exchange, receive)
        default, seen = self._default, 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                limit = exchange.body_limit
                if seen > (default if limit is None else limit):
                    exchange.refusal = TOO_LARGE
                    raise Refused(TOO_LARGE)
            return message

        return counted

    def _weighing(self, exchange: Exchange, receive: Receive) -> Receive:
        default = self._default

        async def weighed() -> Message:
            if exchange.refusal is TOO_LARGE:
                raise Refused(TOO_LARGE)
            message = await receive()
            if message["type"] == "websocket.receive":
                limit = exchange.body_limit
                if _weighs_more(message, default if limit is None else limit):
                    exchange.refusal = TOO_LARGE
                    raise Refused(TOO_LARGE)
            return message

        return weighed


def _weighs_more(message: Message, limit: int) -> bool:
    data: bytes = message.get("bytes") or b""
    text: str = message.get("text") or ""
    if len(data) > limit or len(text) > limit:
        return True
    # Only a text that could be too long is counted in bytes.
    return len(text) * _LONGEST_CHARACTER > limit and len(text.encode("utf-8", "surrogatepass")) > limit
