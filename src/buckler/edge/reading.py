"""Which fields of a refused answer stay, so that a page of another origin may read the refusal.

A browser shows a page the status of an answer from elsewhere only with CORS fields on it. The app's CORS middleware
stands inside the edge, so it has put them on the very answer that a refusal replaces. Without them a front end could
not tell 401 from 429 from a lost network.

- An allowed origin stays where it is the origin that asked, or `*`; credentials only as `true`.
- The list of exposed names stays where it is a list of names.
- `vary` is ours: that the answer depends on the origin, whatever else the app's did.

They let a page read the refusal, in which nothing is secret; what may be done they do not change. An answer that
the app's middleware would not have shown to that origin has no such fields, and its refusal has none.
"""

import re
from typing import Final

from buckler.asgi import Exchange, Message

_NAMES: Final = re.compile(rb"[A-Za-z0-9*-]{1,64}(?:, ?[A-Za-z0-9-]{1,64}){0,32}")
_ALLOW_ORIGIN: Final = b"access-control-allow-origin"
_CREDENTIALS: Final = (b"access-control-allow-credentials", b"true")
_EXPOSE: Final = b"access-control-expose-headers"
_VARY: Final = (b"vary", b"origin")


def readable_fields(exchange: Exchange, start: Message) -> tuple[tuple[bytes, bytes], ...]:
    """The CORS fields of `start` that its refusal keeps; none for a request without an origin."""
    origin = exchange.header(b"origin")
    if origin is None:
        return ()
    given = {name.lower(): value for name, value in start.get("headers", ())}
    allowed = given.get(_ALLOW_ORIGIN)
    if allowed not in (origin, b"*"):
        return (_VARY,)
    fields = [(_ALLOW_ORIGIN, origin if allowed == origin else b"*"), _VARY]
    if given.get(_CREDENTIALS[0]) == _CREDENTIALS[1]:
        fields.append(_CREDENTIALS)
    exposed = given.get(_EXPOSE)
    if exposed is not None and _NAMES.fullmatch(exposed):
        fields.append((_EXPOSE, exposed))
    return tuple(fields)
