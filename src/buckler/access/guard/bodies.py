"""What body a route takes: how large, and in which encodings (ASVS 5.2.1; RFC 9110 sections 8.4, 15.5.14, 15.5.16).

1. A declared length over the route's own limit is 413. Where several `Accepts` reach a route the smallest limit
   holds; where none does, that of the settings.
2. A `Content-Encoding` that the route does not declare is 415, with those that it does in `Accept-Encoding`
   (RFC 7694 section 3). `identity` is none. Never two over each other: each would multiply the other.

Both before a byte of the body is read.

Caveat: a declared encoding is passed on as it came. Who decodes must bound what comes out of it: of a body that
holds its limit a megabyte becomes a gigabyte. The start leaves an event for each such route.
"""

from collections.abc import Callable
from typing import Final

from buckler.access.declarations.declaration import Acceptance, Declaration, Duty
from buckler.access.doors.passage import Passage, Step, only_one
from buckler.asgi import Exchange
from buckler.edge.sizes import too_large
from buckler.errors import Refusal
from buckler.events import EventLog

_BODILESS_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
"""A body with one of these means nothing (RFC 9110 section 9.3.1): it is counted where something reads it."""
_ENCODED: Final = Refusal(415, "encoding-unsupported", "This route does not take a body in that Content-Encoding.")


class Bodies(Passage):
    """Compares what comes with what the route declares, by its head."""

    name = "bodies"

    def __init__(self, default: int, make_room: Callable[[int], None], events: EventLog) -> None:
        self._default = default
        self._make_room = make_room
        self._events = events
        self._told: set[tuple[str, frozenset[bytes]]] = set()

    def declared_by(self, duty: Duty, exchange: Exchange) -> Declaration | None:
        return only_one([each for each in duty.declarations if isinstance(each, Acceptance)])

    def step_for(self, duty: Duty) -> Step | None:
        if duty.max_body is None and not duty.encodings and duty.methods and duty.methods <= _BODILESS_METHODS:
            return None
        own = duty.max_body
        limit = self._default if own is None else own
        self._make_room(limit)
        self._tell(duty)
        encodings = duty.encodings
        oversized = too_large(limit)
        unsupported = _ENCODED.with_headers((b"accept-encoding", b", ".join(sorted(encodings)) or b"identity"))

        def step(exchange: Exchange) -> Refusal | None:
            exchange.body_limit = own
            headers = exchange.headers
            encoding = headers.get(b"content-encoding")
            if encoding is not None and not _is_taken(encoding.lower(), encodings, exchange):
                return unsupported
            length = headers.get(b"content-length")
            return oversized if length is not None and int(length) > limit else None

        return step

    def _tell(self, duty: Duty) -> None:
        """Leave an event for a route that takes encoded bodies: what they decode to is bounded by nobody here."""
        told = (duty.path, duty.encodings)
        if duty.encodings and told not in self._told:
            self._told.add(told)
            names = [name.decode("ascii") for name in sorted(duty.encodings)]
            self._events.emit("sys_exemption", path=duty.path, encodings=names)


def _is_taken(encoding: bytes, encodings: frozenset[bytes], exchange: Exchange) -> bool:
    if b"content-encoding" in exchange.repeated:
        return False
    return encoding in encodings or encoding == b"identity"
