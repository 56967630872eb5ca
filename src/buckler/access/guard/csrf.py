"""Requests that a page of another site makes a browser send (CWE-352; ASVS 3.5.1, 3.5.2; Fetch Metadata; RFC 6454).

Asked of whatever may change something, a method other than GET, HEAD, OPTIONS and TRACE, and of each WebSocket's
handshake, whose answers any page could read. Not where an `Authorization: Bearer` came: no browser adds that by itself.

`Csrf`, before anybody looks at the credential, so that signing in is guarded too:

1. `Origin`, which every browser sends with these, is ours: the configured one, or that of the host that was asked,
   which is one of ours. One that is listed with credentials (`Cors`) counts as ours. A list for CORS speaks for what
   scripts ask by CORS: of an origin that is listed without credentials such a request passes, without the session's
   cookie, and no form; where anybody is let in (`*`, a pattern) only one for which a browser asks leave first, as for
   JSON. That one goes without cookies and keeps none, so it signs nobody in.
2. `Sec-Fetch-Site` says that the page is ours (`same-origin`), or that a person asked and no page (`none`). A sibling
   name, `same-site`, is another site: it may be somebody else's.
3. A request with neither comes from no browser of today. It goes on, but for a handshake with the cookie, which
   could not bring a token.

`CsrfToken`, for whoever was let in by the cookie:

4. The token of this session is there: in the header `X-CSRF-Token`, which no foreign page can send without asking
   first (CORS), or as the first field, `csrf_token`, of a form. So a form that somebody planted in one of our own
   pages does nothing, and neither does a browser that says nothing of where a request comes from.
5. A body of any other type than a form needs the header: JSON that is sent as `text/plain` does not pass.

`Public(..., cross_site=True)` is the exemption, for a page elsewhere that posts here. On a public route no credential
is looked at, so the browser's user lends it nothing.

Caveat: script that runs in one of our own pages can do all that its user can. That is what `csp` is for.
"""

import re
from collections.abc import Awaitable
from typing import Final

from buckler.access.callers.session_cookie import TOKEN_LENGTH, credential_cookie, is_csrf_token, names_cookie
from buckler.access.declarations.declaration import SAFE_METHODS, Duty, FormTokenCheck
from buckler.access.doors.passage import Passage, Step
from buckler.access.guard.body_head import BodyHead
from buckler.asgi import Exchange, path_below_root
from buckler.edge.csrf_names import CSRF_FIELD, CSRF_HEADER
from buckler.edge.foreign_origins import Readers, Trust
from buckler.errors import Refusal

CROSS_SITE: Final = Refusal(
    403, "cross-site", "A page of another site sent this. Go to our own page and do it there.", event="authz_csrf"
)
NO_TOKEN: Final = Refusal(
    403,
    "csrf-token",
    "The token of this session is missing or of another one: send it as X-CSRF-Token, or as the first field,"
    " csrf_token, of a form. Load the page again to get it.",
    event="authz_csrf",
)
_HEADER: Final = CSRF_HEADER.encode("ascii")
_SITE: Final = b"sec-fetch-site"
_MODE: Final = b"sec-fetch-mode"
_KIND: Final = b"content-type"
_ORIGIN: Final = b"origin"
_BEARER: Final = b"bearer "
_OURS: Final = frozenset((b"same-origin", b"none"))
_URLENCODED: Final = b"application/x-www-form-urlencoded"
_MULTIPART: Final = b"multipart/form-data"
_SIMPLE: Final = frozenset((_URLENCODED, _MULTIPART, b"text/plain", b""))
"""Types that a browser sends to another origin without asking first (Fetch section 2.2.2)."""
_BOUNDARY: Final = re.compile(rb';[ \t]*boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70}?)"?[ \t]*(?:;|$)', re.IGNORECASE)
_REMEDY: Final = (
    "if that page is yours, list its origin: Buckler(app, cors=Cors(origins=['https://...'], credentials=True)), or on"
    " a public route Public('why', cross_site=True)"
)


class Csrf(Passage):
    """Refuses what a page of another site sent."""

    name = "csrf"

    def __init__(self, origin: str, cookie: bytes, readers: Readers) -> None:
        """`origin` is the configured one, `cookie` the name of the one that is a credential; each may be empty."""
        self._origin = origin.encode("ascii")
        self._cookie = cookie
        self._readers = readers

    def step_for(self, duty: Duty) -> Step | None:
        return None if duty.is_safe or duty.takes_cross_site else self._judge

    def _judge(self, exchange: Exchange) -> Refusal | None:
        headers = exchange.headers
        if not exchange.is_websocket and exchange.scope["method"] in SAFE_METHODS:
            return None
        if headers.get(b"authorization", b"")[: len(_BEARER)].lower() == _BEARER:
            return None
        reason = self._fault(exchange, headers.get(_SITE), headers.get(_ORIGIN))
        if reason is None:
            return None
        exchange.reason, exchange.remedy = reason, _REMEDY
        return CROSS_SITE

    def _fault(self, exchange: Exchange, site: bytes | None, origin: bytes | None) -> str | None:
        """Why this is not ours; None where it is, or where nothing speaks against it."""
        if not exchange.repeated.isdisjoint((_SITE, _ORIGIN)):
            return "Origin or Sec-Fetch-Site came twice"
        if origin is not None and not self._is_ours(origin, exchange):
            return None if self._is_trusted(origin, exchange) else _foreign(site)
        if site is not None and site not in _OURS:
            return f"Sec-Fetch-Site is {_told(site)}"
        if origin is None and site is None and exchange.is_websocket and self._brings_cookie(exchange):
            return "a handshake with the cookie of a session and without Origin"
        return None

    def _is_trusted(self, origin: bytes, exchange: Exchange) -> bool:
        """Whether this origin may send this. A list for CORS speaks for what scripts ask by CORS, and for no form."""
        trust = self._readers.trust_in(origin, path_below_root(exchange.scope))
        if trust is Trust.FULL:
            return True
        if trust is Trust.NONE or self._brings_cookie(exchange) or not _is_of_script(exchange):
            return False
        return trust is Trust.LISTED or _was_asked_for(exchange)

    def _is_ours(self, origin: bytes, exchange: Exchange) -> bool:
        if self._origin and origin == self._origin:
            return True
        # The host is one of ours, or `host` had refused it; and no page chooses it.
        scheme = b"https://" if exchange.is_secure else b"http://"
        hosts = (exchange.headers.get(b"host", b""), *exchange.forwarded_hosts)
        return any(origin == scheme + each.lower() for each in hosts)

    def _brings_cookie(self, exchange: Exchange) -> bool:
        return bool(self._cookie) and names_cookie(exchange, self._cookie)


class CsrfToken(Passage):
    """Refuses what came by the cookie of a session without the token of that session."""

    name = "csrf-token"
    looks_ahead = True

    def step_for(self, duty: Duty) -> Step | None:
        checks_itself = any(isinstance(each, FormTokenCheck) for each in duty.declarations)
        return None if duty.is_safe or duty.public or checks_itself else self._judge

    def _judge(self, exchange: Exchange) -> Refusal | Awaitable[Refusal | None] | None:
        if credential_cookie(exchange) is None or exchange.is_websocket or exchange.scope["method"] in SAFE_METHODS:
            return None
        sent = exchange.headers.get(_HEADER)
        if sent is not None:
            is_good = _HEADER not in exchange.repeated and is_csrf_token(exchange, sent)
            return None if is_good else _without(exchange, "the token is of another session")
        begins = _beginning(exchange.headers.get(_KIND, b""))
        if begins is None or _KIND in exchange.repeated:
            return _without(exchange, "no X-CSRF-Token, and no form")
        return self._look_into(exchange, begins)

    async def _look_into(self, exchange: Exchange, begins: bytes) -> Refusal | None:
        """Whether the form begins with the token. Compared byte by byte: no two parsers can differ over it."""
        ahead: BodyHead | None = getattr(exchange, "ahead", None)
        if ahead is None:
            return _without(exchange, "nobody looked at the body")  # fail closed
        found = await ahead.first(len(begins) + TOKEN_LENGTH + 1)
        token, end = found[len(begins) : len(begins) + TOKEN_LENGTH], found[len(begins) + TOKEN_LENGTH :]
        if not found.startswith(begins) or end not in (b"", b"&", b"\r"):
            return _without(exchange, f"the form does not begin with {CSRF_FIELD}")
        return None if is_csrf_token(exchange, token) else _without(exchange, "the token is of another session")


def _is_of_script(exchange: Exchange) -> bool:
    """Whether a script sent it by CORS, or opened a WebSocket; or a browser too old to say what it does."""
    if _MODE in exchange.repeated:
        return False
    mode = exchange.headers.get(_MODE)
    if mode is None:
        return _SITE not in exchange.headers
    return mode == (b"websocket" if exchange.is_websocket else b"cors")


def _was_asked_for(exchange: Exchange) -> bool:
    """Whether a browser asks for leave before it sends this elsewhere (Fetch section 3.3.5).

    A policy for anybody gives it without cookies alone: then none goes along, and none of the answer is kept.
    """
    if exchange.is_websocket or _KIND in exchange.repeated:
        return False
    kind = exchange.headers.get(_KIND, b"").partition(b";")[0].strip().lower()
    return exchange.scope["method"] != "POST" or kind not in _SIMPLE


def _foreign(site: bytes | None) -> str:
    return "Origin is not ours" if site is None else f"Origin is not ours, Sec-Fetch-Site is {_told(site)}"


def _without(exchange: Exchange, reason: str) -> Refusal:
    exchange.reason = reason
    return NO_TOKEN


def _beginning(kind: bytes) -> bytes | None:
    """What stands before the token in a form of this type, as browsers write it; None for what is no form."""
    essence = kind.partition(b";")[0].strip().lower()
    if essence == _URLENCODED:
        return f"{CSRF_FIELD}=".encode()
    boundary = _BOUNDARY.search(kind) if essence == _MULTIPART else None
    if boundary is None:
        return None
    return b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n' % (boundary[1], CSRF_FIELD.encode())


def _told(site: bytes) -> str:
    """For the log: one of the words that there are."""
    return site.decode() if site in (b"cross-site", b"same-site") else "unknown"
