"""Which fields a refusal has so that a page of another origin may read it (Fetch section 3.3).

A browser shows a page the status of an answer from elsewhere only with CORS fields on it. The app's CORS middleware
stands inside the edge, so it has put them on the very answer that a refusal replaces; where there was none, because
the edge refused before the app was asked or the app broke, its policy is asked for them (`foreign_origins.py`). With
`Cors` that is the only policy there is. Without the fields a front end could not tell 401 from 429 from a lost network.

- An allowed origin stays where it is the origin that asked, or `*`; credentials only as `true`.
- The list of exposed names stays where it is a list of names.
- `vary` is ours: that the answer depends on the origin, whatever else the app's did.

They let a page read the refusal, in which nothing is secret; what may be done they do not change. An answer that
the app's middleware would not have shown to that origin has no such fields, and its refusal has none.

Caveat: a browser takes a preflight that is refused for a lost network, whatever is on it.
"""

import re
from typing import Final

from buckler.asgi import Exchange, Headers, Message

_NAMES: Final = re.compile(rb"[A-Za-z0-9*-]{1,64}(?:, ?[A-Za-z0-9-]{1,64}){0,32}")
ALLOW_ORIGIN: Final = b"access-control-allow-origin"
CREDENTIALS: Final = (b"access-control-allow-credentials", b"true")
EXPOSE: Final = b"access-control-expose-headers"
VARY: Final = (b"vary", b"origin")

Pairs = tuple[tuple[bytes, bytes], ...]


def readable_fields(exchange: Exchange, start: Message) -> Pairs:
    """The CORS fields of `start` that its refusal keeps; none for a request without an origin."""
    origin = exchange.header(b"origin")
    return () if origin is None else kept(origin, start.get("headers", ()))


def kept(origin: bytes, headers: Headers) -> Pairs:
    """What stays of the CORS fields among `headers`, for a page of this origin."""
    given = {name.lower(): value for name, value in headers}
    allowed = given.get(ALLOW_ORIGIN)
    if allowed not in (origin, b"*"):
        return (VARY,)
    fields = [(ALLOW_ORIGIN, origin if allowed == origin else b"*"), VARY]
    if given.get(CREDENTIALS[0]) == CREDENTIALS[1]:
        fields.append(CREDENTIALS)
    exposed = given.get(EXPOSE)
    if exposed is not None and _NAMES.fullmatch(exposed):
        fields.append((EXPOSE, bytes(exposed)))
    return tuple(fields)
