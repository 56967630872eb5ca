"""HTTP/1.1 as the server reads it: what uvicorn and its parser let through, and nobody behind them can see.

1. A request's fields are those of its head (RFC 9110 section 6.5.1). uvicorn appends the trailer fields of a chunked
   body to the very list that the app gets as the request's headers. So an `Authorization`, `Host` or
   `X-Forwarded-For` could come after the body, behind every proxy that removes or checks such fields in the head.
   Here trailer fields are dropped.
2. A target is a path, or an address whose authority is that of `Host` (RFC 9112 section 3.2.2), without a fragment.
   uvicorn cuts authority and fragment off before the app sees the target, while a proxy may have gone by them.
3. At most 64 KiB may come without a head being finished or a byte of a body: the parser keeps a line until it ends,
   and there is no end to what a stranger may send before it.
4. What cannot be parsed is answered 400 only where nothing else was or will be the answer to it: a request that was
   refused before its body came must not get a second answer, which the client would take for that to its next one.
   That answer is ours: the parser's own is plain text, without a header of ours.
"""

import re
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from buckler.asgi import Exchange, Message
from buckler.edge.headers import Hsts, SecureHeaders
from buckler.errors import MEDIA_TYPE, Refusal

MOST_BYTES: Final = 65_536
_CLOSE: Final = ((b"connection", b"close"),)
MALFORMED: Final = Refusal(400, "request-malformed", "This is no HTTP request that can be read in one way.", _CLOSE)
ENDLESS: Final = Refusal(400, "request-malformed", "The head of this request does not end.", _CLOSE)
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)


class MalformedTarget(ValueError):
    """The request line names something that is not a place of ours. The parser turns it into a 400."""


class HeadOnlyProtocol(HttpToolsProtocol):
    """Takes no field after the head of a request is complete."""

    completes: ClassVar = SecureHeaders(Hsts(0, subdomains=False))
    """Adds the headers that every answer carries."""
    _is_past_head = False
    _unfinished = 0
    """Bytes since the last head was finished, or the last byte of a body came."""
    _answers_due = 0
    _is_in_body = False

    def data_received(self, data: bytes) -> None:
        """Whatever came; the callbacks below are called from here."""
        self._unfinished += len(data)
        super().data_received(data)
        if self._unfinished > MOST_BYTES and not self.transport.is_closing():
            self._refuse(ENDLESS)

    def on_message_begin(self) -> None:
        """A new request, on the same connection perhaps."""
        self._is_past_head = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head, or of the trailer: the parser calls this for both."""
        if not self._is_past_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head ends here."""
        self._is_past_head = True
        self._unfinished = 0
        if self.url[:1] != b"/" or b"#" in self.url:
            self._judge_target()
        self._answers_due += 1
        self._is_in_body = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body, and its trailer, end here."""
        self._is_in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer has left as a whole."""
        self._answers_due -= 1
        super().on_response_complete()

    def _judge_target(self) -> None:
        absolute = _ABSOLUTE.match(self.url)
        hosts = [value.lower() for name, value in self.headers if name == b"host"]
        if b"#" in self.url or absolute is None or [absolute[1].lower()] != hosts:
            raise MalformedTarget

    def send_400_response(self, msg: str) -> None:
        """What could not be parsed. `msg` is the server's, for its log."""
        self._refuse(MALFORMED)

    def _refuse(self, refusal: Refusal) -> None:
        """Say why, then close; only close where another answer has begun, is due, or was given."""
        if self._may_answer:
            self.transport.write(self._written(refusal))
        self.transport.close()

    def _written(self, refusal: Refusal) -> bytes:
        exchange = Exchange({"type": "http", "method": "GET", "headers": [], "scheme": self.scheme}, None)
        exchange.refusal = refusal
        body = refusal.body(exchange.id)
        about = ((b"content-type", MEDIA_TYPE), (b"content-length", b"%d" % len(body)))
        start: Message = {"status": refusal.status, "headers": [*refusal.headers, *about]}
        self.completes.depart(exchange, start)
        lines = b"".join(b"%b: %b\r\n" % pair for pair in start["headers"])
        return STATUS_LINE[refusal.status] + lines + b"\r\n" + body

    @property
    def _may_answer(self) -> bool:
        if self._is_in_body:
            return self._answers_due == 1 and not self.cycle.response_started
        return self._answers_due == 0


def protocol_with(hsts: Hsts) -> type[HeadOnlyProtocol]:
    """The protocol of a service whose answers promise `hsts`."""
    return type("HeadOnlyProtocol", (HeadOnlyProtocol,), {"completes": SecureHeaders(hsts)})
