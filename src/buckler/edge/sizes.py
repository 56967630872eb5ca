"""How large a body may be (ASVS 5.2.1; RFC 9110 section 15.5.14).

A declared length over the limit is refused before a byte of it is read; a body without one, or
with a false one, is refused at the first byte too many.
"""

from typing import Final

from buckler.asgi import Exchange, Message, Receive
from buckler.defence import Arrival, Reception
from buckler.errors import ConfigurationError, Refusal
from buckler.refused import Refused

TOO_LARGE: Final = Refusal(413, "body-too-large", "The body is larger than this service takes.")
BAD_LENGTH: Final = Refusal(400, "length-malformed", "Content-Length must be one plain number.")


class Sizes(Arrival, Reception):
    """Refuses bodies of more than `body_bytes`."""

    name = "sizes"

    def __init__(self, body_bytes: int) -> None:
        if body_bytes < 1:
            raise ConfigurationError(f"max_body_bytes={body_bytes}: a limit below one byte would refuse every body.")
        self._limit = body_bytes

    def arrive(self, exchange: Exchange) -> Refusal | None:
        length = exchange.headers.get(b"content-length")
        if length is None:
            return None
        if not length.isdigit() or len(length) > 18 or b"content-length" in exchange.repeated:
            return BAD_LENGTH
        return TOO_LARGE if int(length) > self._limit else None

    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        """`receive`, counting: ends the reading once the body has grown past the limit."""
        limit, seen = self._limit, 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    exchange.refusal = TOO_LARGE
                    raise Refused(TOO_LARGE)
            return message

        return counted
