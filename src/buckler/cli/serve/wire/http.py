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
5. A handshake of a WebSocket has no body: the server would wait for the end of it, and for nothing after it.
6. At most 256 fields are kept of a head, and at most 32 requests wait for the answer to the one before: the parser
   would make a list of whatever fits into what it was given.
7. When a client owes us something, and since when, is kept for `Connection`, which ends what takes too long.
"""

import re
from asyncio import Transport
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from buckler.asgi import Exchange, Message
from buckler.cli.serve.wire.connection import Connection
from buckler.edge.headers import Hsts, SecureHeaders
from buckler.edge.heads import TOO_LARGE
from buckler.errors import MEDIA_TYPE, Refusal

MOST_BYTES: Final = 65_536
MOST_FIELDS: Final = 256
MOST_WAITING: Final = 32
_MOST_UNTAKEN: Final = 65_536
"""Bytes of answers that are kept for a client before the app has to wait for it."""
_CLOSE: Final = ((b"connection", b"close"),)
MALFORMED: Final = Refusal(400, "request-malformed", "This is no HTTP request that can be read in one way.", _CLOSE)
ENDLESS: Final = Refusal(400, "request-malformed", "The head of this request does not end.", _CLOSE)
TOO_SLOW: Final = Refusal(408, "head-too-slow", "The head of this request came too slowly.", _CLOSE)
TOO_MANY: Final = TOO_LARGE.with_headers(*_CLOSE)
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)


class MalformedTarget(ValueError):
    """The request line names something that is not a place of ours. The parser turns it into a 400."""


class OverLimit(ValueError):
    """More fields, more requests at once, or a body where none belongs. The parser ends the connection for it."""


class StrictHttp(HttpToolsProtocol):
    """Takes no field after the head of a request is complete."""

    connection: Connection | None = None
    """Who ends what takes too long; None where nobody does."""

    completes: ClassVar = SecureHeaders(Hsts(0, subdomains=False))
    """Adds the headers that every answer carries."""
    _is_past_head = False
    _unfinished = 0
    """Bytes since the last head was finished, or the last byte of a body came."""
    _answers_due = 0
    _is_in_body = False
    _malformed = MALFORMED

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """The handshake, if there was one, is over."""
        transport.set_write_buffer_limits(high=_MOST_UNTAKEN)
        super().connection_made(transport)
        if self.connection is not None:
            self.connection.begin(self, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        super().connection_lost(exc)
        if self.connection is not None:
            self.connection.end()

    def handle_websocket_upgrade(self) -> None:
        """From here on another protocol has the connection, and tells when it is gone."""
        super().handle_websocket_upgrade()
        self.transport.get_protocol().connection = self.connection  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Whatever came; the callbacks below are called from here."""
        self._unfinished += len(data)
        super().data_received(data)
        if self._unfinished > MOST_BYTES and not self.transport.is_closing():
            self._refuse(ENDLESS)
        elif self._unfinished and not self._answers_due:
            self._await_client()

    def on_message_begin(self) -> None:
        """A new request, on the same connection perhaps."""
        self._is_past_head = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head, or of the trailer: the parser calls this for both."""
        if self._is_past_head:
            return
        if len(self.headers) >= MOST_FIELDS:
            self._malformed = TOO_MANY
            raise OverLimit
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head ends here."""
        self._is_past_head = True
        self._unfinished = 0
        if self.url[:1] != b"/" or b"#" in self.url:
            self._judge_target()
        if self.parser is not None and self.parser.should_upgrade() and self._opens_with_body():
            raise OverLimit
        if self._answers_due > MOST_WAITING:
            raise OverLimit
        self._answers_due += 1
        self._is_in_body = True
        if self.connection is not None:
            self.connection.awaited_since = None
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body, and its trailer, end here."""
        self._is_in_body = False
        self._unfinished = 0
        if not self._answers_due:
            # The answer left before the rest of the body came: the server's own timer is off.
            self._await_client(anew=True)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer has left as a whole."""
        self._answers_due -= 1
        if not self._answers_due and (self._is_in_body or self._unfinished):
            self._await_client()
        super().on_response_complete()

    def give_up(self) -> None:
        """The client keeps us waiting: tell it if it began to speak, and close."""
        if self._unfinished and not self._is_in_body:
            self._refuse(TOO_SLOW)
        else:
            self.transport.close()

    def _await_client(self, *, anew: bool = False) -> None:
        connection = self.connection
        if connection is not None and (anew or connection.awaited_since is None):
            connection.awaited_since = self.loop.time()

    def _opens_with_body(self) -> bool:
        fields = dict(self.headers)
        has_body = b"transfer-encoding" in fields or fields.get(b"content-length", b"0").strip(b"0") != b""
        return has_body and fields.get(b"upgrade", b"").lower() == b"websocket"

    def _judge_target(self) -> None:
        absolute = _ABSOLUTE.match(self.url)
        hosts = [value.lower() for name, value in self.headers if name == b"host"]
        if b"#" in self.url or absolute is None or [absolute[1].lower()] != hosts:
            raise MalformedTarget

    def send_400_response(self, msg: str) -> None:
        """What could not be parsed. `msg` is the server's, for its log."""
        self._refuse(self._malformed)

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


def strict_http_with(hsts: Hsts) -> type[StrictHttp]:
    """The protocol of a service whose answers promise `hsts`."""
    return type("StrictHttp", (StrictHttp,), {"completes": SecureHeaders(hsts)})
