"""How large a body may be (ASVS 5.2.1; RFC 9110 section 15.5.14).

1. A declared length over what any route takes is refused before the app is asked; one over what its own
   route takes is refused at that route (`access/guard/bodies.py`), in both cases before a byte of it is read.
2. A body without a length, or with a false one, is refused at the first byte too many.
3. A WebSocket message of more bytes closes the socket with 1009 (RFC 6455 section 7.4.1).

Bytes are counted as they came: those of an encoded body before it is decoded.
"""

from functools import lru_cache
from typing import Final

from buckler.asgi import Exchange, Message, Receive
from buckler.defence import Arrival, Look, Reception, Shape
from buckler.edge.lifting import Lifts, ceiling, never
from buckler.errors import ConfigurationError, Refusal
from buckler.refused import Refused

CODE: Final = "body-too-large"
_MOST_DIGITS: Final = 18
_LONGEST_CHARACTER: Final = 4
"""Bytes of one character in UTF-8."""


@lru_cache(maxsize=256)
def too_large(limit: int) -> Refusal:
    """The refusal of a body over `limit`, which the document of the API tells as well."""
    return Refusal(413, CODE, f"The body is larger than the {limit} bytes that this route takes.")


class Sizes(Arrival, Reception):
    """Refuses bodies of more than `body_bytes`, or of more than their route declares."""

    name = "sizes"

    def __init__(self, body_bytes: int, lifts: Lifts = never) -> None:
        if body_bytes < 1:
            raise ConfigurationError(f"max_body_bytes={body_bytes}: a limit below one byte would refuse every body.")
        self._default = body_bytes
        self._lifts = lifts
        self._most = body_bytes
        self._refused = _too_large_for_all(body_bytes)

    def make_room(self, body_bytes: int) -> None:
        """Let declared lengths of up to `body_bytes` on to the routes: one of them takes that much."""
        self._most = max(self._most, body_bytes)
        self._refused = _too_large_for_all(self._most)

    def look_for(self, shape: Shape) -> Look | None:
        return self.arrive if b"content-length" in shape.names else None

    def arrive(self, exchange: Exchange) -> Refusal | None:
        length = exchange.headers.get(b"content-length")
        if length is None:
            return None
        # Fail closed: what is no number, which `framing` refuses before us, is too large.
        is_fitting = length.isdigit() and len(length) <= _MOST_DIGITS and int(length) <= self._most
        return None if is_fitting else self._refused

    def judges(self, shape: Shape) -> bool:
        return True  # a body that no head announced is counted as well

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
                limit = default if exchange.body_limit is None else exchange.body_limit
                if seen > limit and not self._passes(seen, limit, exchange):
                    exchange.refusal, exchange.by = too_large(limit), self
                    raise Refused(exchange.refusal)
            return message

        return counted

    def _weighing(self, exchange: Exchange, receive: Receive) -> Receive:
        default = self._default

        async def weighed() -> Message:
            if exchange.refusal is not None and exchange.refusal.code == CODE:
                raise Refused(exchange.refusal)
            message = await receive()
            if message["type"] == "websocket.receive":
                limit = default if exchange.body_limit is None else exchange.body_limit
                if _weighs_more(message, limit) and not self._passes(_weight(message), limit, exchange):
                    exchange.refusal, exchange.by = too_large(limit), self
                    raise Refused(exchange.refusal)
            return message

        return weighed

    def _passes(self, seen: int, limit: int, exchange: Exchange) -> bool:
        """Whether a trial lets so many bytes pass all the same."""
        # Before a declaration decided nobody has a form read into files.
        most = ceiling(exchange, in_parts=getattr(exchange.decision, "takes_parts", False))
        return seen <= most and self._lifts(too_large(limit), exchange)


def _too_large_for_all(limit: int) -> Refusal:
    """Said before the route is known."""
    return Refusal(413, CODE, f"The body is larger than the {limit} bytes that any route here takes.")


def _weighs_more(message: Message, limit: int) -> bool:
    data: bytes = message.get("bytes") or b""
    text: str = message.get("text") or ""
    if len(data) > limit or len(text) > limit:
        return True
    # Only a text that could be too long is counted in bytes.
    return len(text) * _LONGEST_CHARACTER > limit and len(text.encode("utf-8", "surrogatepass")) > limit


def _weight(message: Message) -> int:
    """Bytes of a message."""
    text: str = message.get("text") or ""
    return len(message.get("bytes") or b"") + len(text.encode("utf-8", "surrogatepass"))
