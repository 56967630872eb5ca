"""Which fields a refusal has so that a page of another origin may read it.

A browser shows a page the status of an answer from elsewhere only with CORS fields on it. The app's CORS middleware
stands inside the edge, so it has put them on the very answer that a refusal replaces; where there was none, because
the edge refused before the app was asked or the app broke, its policy is asked for them (`Readers`). Without them a
front end could not tell 401 from 429 from a lost network.

- An allowed origin stays where it is the origin that asked, or `*`; credentials only as `true`.
- The list of exposed names stays where it is a list of names.
- `vary` is ours: that the answer depends on the origin, whatever else the app's did.

They let a page read the refusal, in which nothing is secret; what may be done they do not change. An answer that
the app's middleware would not have shown to that origin has no such fields, and its refusal has none.

Caveat: a browser takes a preflight that is refused for a lost network, whatever is on it.
"""

import re
from collections.abc import Iterable
from inspect import isclass
from typing import Any, Final

from starlette.middleware.cors import CORSMiddleware

from buckler.asgi import Exchange, Headers, Message, Receive, Scope, Send

_NAMES: Final = re.compile(rb"[A-Za-z0-9*-]{1,64}(?:, ?[A-Za-z0-9-]{1,64}){0,32}")
_ALLOW_ORIGIN: Final = b"access-control-allow-origin"
_CREDENTIALS: Final = (b"access-control-allow-credentials", b"true")
_EXPOSE: Final = b"access-control-expose-headers"
_VARY: Final = (b"vary", b"origin")
_LONGEST_ORIGIN: Final = 300
"""A host name has 253 characters at most."""

Pairs = tuple[tuple[bytes, bytes], ...]


class Readers:
    """The origins whose pages may read the app's answers, by the policy of its own CORS middleware."""

    def __init__(self, middleware: Iterable[Any] = ()) -> None:
        """`middleware` as the app keeps it: a class, with what it is made from. The outermost one of CORS counts."""
        ours = (each for each in middleware if isclass(each.cls) and issubclass(each.cls, CORSMiddleware))
        self._policy = next((each.cls(_nothing, *each.args, **each.kwargs) for each in ours), None)

    def fields(self, exchange: Exchange) -> Pairs:
        """What the middleware would have put on an answer to this request; nothing where there is none."""
        origin = exchange.header(b"origin")
        if self._policy is None or origin is None:
            return ()
        # A pattern of the app's own is not given a text that no origin is.
        if len(origin) > _LONGEST_ORIGIN or not self._policy.is_allowed_origin(origin.decode("latin-1")):
            return (_VARY,)
        own = [(name.lower().encode(), value.encode("latin-1")) for name, value in self._policy.simple_headers.items()]
        named = not self._policy.allow_all_origins or self._policy.allow_credentials
        return _kept(origin, [*own, *(((_ALLOW_ORIGIN, origin),) if named else ())])


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """The app behind a middleware that is only asked for its policy."""


def readable_fields(exchange: Exchange, start: Message) -> Pairs:
    """The CORS fields of `start` that its refusal keeps; none for a request without an origin."""
    origin = exchange.header(b"origin")
    return () if origin is None else _kept(origin, start.get("headers", ()))


def _kept(origin: bytes, headers: Headers) -> Pairs:
    given = {name.lower(): value for name, value in headers}
    allowed = given.get(_ALLOW_ORIGIN)
    if allowed not in (origin, b"*"):
        return (_VARY,)
    fields = [(_ALLOW_ORIGIN, origin if allowed == origin else b"*"), _VARY]
    if given.get(_CREDENTIALS[0]) == _CREDENTIALS[1]:
        fields.append(_CREDENTIALS)
    exposed = given.get(_EXPOSE)
    if exposed is not None and _NAMES.fullmatch(exposed):
        fields.append((_EXPOSE, bytes(exposed)))
    return tuple(fields)
