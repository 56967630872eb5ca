"""HTTP/1.1 as the server reads it: a request's fields are those of its head (RFC 9110 section 6.5.1).

uvicorn appends the trailer fields of a chunked body to the very list that the app gets as the
request's headers. So an `Authorization`, `Host` or `X-Forwarded-For` could come after the body,
behind every proxy that removes or checks such fields in the head. Here trailer fields are dropped.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HeadOnlyProtocol(HttpToolsProtocol):
    """Takes no field after the head of a request is complete."""

    _is_past_head = False

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
        super().on_headers_complete()
