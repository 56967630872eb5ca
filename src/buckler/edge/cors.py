"""Pages of other origins: what a browser asks first, and which of them may read an answer (Fetch section 3.3).

Only where `Cors(...)` or `BUCKLER_CORS_ORIGINS` names origins:

1. A preflight (OPTIONS with `Origin` and `Access-Control-Request-Method`) is answered here, with a yes or a no, and
   never by the app: no route, no credential and no middleware is asked. A yes is 204 with the fields; it leaves as
   the refusal `preflight`, as one through the exit gate does: an answer of ours, without a body and without an event.
2. An origin, a method and each field are compared as a whole. A no says nothing of what would be allowed.
3. An answer has the fields for its origin alone, and `Vary: Origin` whoever asked, so that no cache hands one page's
   answer to another. What the app says of CORS itself is taken away: two policies are none.
4. Some paths of ours are read by no page of another origin (`Readers`).

Which origins those are: `foreign_origins.py`; refusals of ours: `refusal_cors.py`. Without a list nothing is added, and
an app may have Starlette's middleware instead.

Caveat: CORS decides who reads, not who asks. A form of any page is sent without asking first; that is what `csrf` is
for.
"""

import re
from typing import Final

from buckler.asgi import Exchange, Headers, Message
from buckler.defence import Arrival, Departure, Look, Shape
from buckler.edge.cors_policy import SAFELISTED, Cors
from buckler.edge.foreign_origins import Readers
from buckler.errors import Refusal

REFUSED: Final = Refusal(403, "preflight-refused", "Pages of that origin may not send this.")
_METHOD: Final = b"access-control-request-method"
_FIELDS: Final = b"access-control-request-headers"
_ORIGIN: Final = b"origin"
_OWN: Final = b"access-control-"
_A: Final = (b"a", b"A")
_VARY: Final = (b"vary", b"origin, access-control-request-method, access-control-request-headers")
_SIMPLE: Final = frozenset((b"GET", b"HEAD", b"POST"))
"""Methods that a browser never needs to be told of (Fetch section 2.2.1)."""
_SHOWN: Final = re.compile(rb"https?://[a-z0-9.:\[\]-]{1,170}")
_LONGEST: Final = 1024
"""Bytes of the names of fields that are asked for."""


class CrossOrigin(Arrival, Departure):
    """Answers preflights, and says on each answer who may read it."""

    name = "cors"
    completes_refusals = False
    departs_last = True

    def __init__(self, policy: Cors, readers: Readers) -> None:
        """`policy` is what `readers` go by as well."""
        self._readers = readers
        self._methods = _SIMPLE | {each.encode() for each in policy.methods}
        self._fields = {each.encode() for each in (*policy.headers, *SAFELISTED)}
        self._told = (
            (b"access-control-allow-methods", ", ".join(policy.methods).encode()),
            *(((b"access-control-allow-headers", ", ".join(policy.headers).encode()),) if policy.headers else ()),
            (b"access-control-max-age", str(policy.max_age).encode()),
            _VARY,
        )

    def look_for(self, shape: Shape) -> Look | None:
        is_preflight = shape.method == "OPTIONS" and shape.names.issuperset((_ORIGIN, _METHOD))
        return self.arrive if is_preflight else None

    def arrive(self, exchange: Exchange) -> Refusal | None:
        headers = exchange.headers
        if exchange.is_websocket or exchange.scope["method"] != "OPTIONS":
            return None
        if _ORIGIN not in headers or _METHOD not in headers:
            return None
        exchange.reason = self._fault(exchange)
        if exchange.reason is not None:
            return REFUSED
        allowed = (pair for pair in self._readers.fields(exchange) if pair[0] in _OF_A_YES)
        return Refusal(204, "preflight", "", (*allowed, *self._told), event=None)

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        if exchange.is_websocket:
            return None
        given: Headers = start.get("headers", ())
        # By the first letter: of most fields nothing else is looked at.
        kept = [pair for pair in given if pair[0][:1] not in _A or not pair[0].lower().startswith(_OWN)]
        start["headers"] = [*kept, *self._readers.fields(exchange)]
        return None

    def _fault(self, exchange: Exchange) -> str | None:
        """Why the answer is no; None for yes."""
        headers = exchange.headers
        if not exchange.repeated.isdisjoint((_ORIGIN, _METHOD, _FIELDS)):
            return "a preflight with a field twice"
        origin = headers[_ORIGIN]
        if not self._readers.may_read(origin, exchange):
            return self._foreign(origin, exchange)
        if headers[_METHOD] not in self._methods:
            return "a page asked for a method that is not listed"
        asked = headers.get(_FIELDS, b"")
        names = {each.strip(b" \t").lower() for each in asked.split(b",")} if len(asked) <= _LONGEST else {asked}
        strange = names - self._fields - {b""}
        return "a page asked to send a field that is not listed" if strange else None

    def _foreign(self, origin: bytes, exchange: Exchange) -> str:
        if not _SHOWN.fullmatch(origin):
            return "a preflight of an origin that is not listed"
        exchange.remedy = f"if its pages may read this service, list it: BUCKLER_CORS_ORIGINS={origin.decode()}"
        return f"the origin {origin.decode()} is not listed, or not for this path"


_OF_A_YES: Final = (b"access-control-allow-origin", b"access-control-allow-credentials")
