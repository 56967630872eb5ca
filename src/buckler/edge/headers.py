"""The headers that every answer carries, whatever its status (ASVS 3.2.1, 3.4, 3.5.8, 4.1.1, 4.2.4, 14.3.2).

1. Three sets, chosen by the content type: pages (HTML) may load what is ours; data, styles and scripts are not to
   be rendered; files, and every type that we do not know, are also put into a sandbox, so that an SVG or an XML
   that is opened as a page runs nothing.
2. An answer's own value of one of these names stays: a page sets the policy it needs. The request id is always
   ours: the log knows no other. What names the software behind the answer is taken away, and a policy
   without a directive, which states nothing.
3. Answers to a signed-in caller, and refusals, are never stored. A route that sets Cache-Control itself has the
   last word, also with `public`; but not over an answer with a nonce, which no cache keeps.
4. A body without a content type is `application/octet-stream`; a text without a charset is UTF-8.
5. An answer with a control character in a header, or with two content types or lengths, does not leave at all:
   cut short or repaired, it would be another answer than the app made (RFC 9110 section 5.5).
6. A 304 has none of the three sets: a cache takes its fields over into the answer that it keeps (RFC 9111 section
   3.2), which has its own set already, and by a type that the 304 does not know. It carries what is the same on all.
7. The policy of pages is that of `csp.py`, which may be another one for each answer.
8. A type with a comma outside quotes, or too long to be read whole, is that of a file: browsers take the last of a
   list, and others the first.

The caveat: headers ask a browser; nothing else has to listen.

The work is done once for each shape of an answer (its names, its content type) and then looked up.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Protocol

from buckler.asgi import Exchange, Headers, Message
from buckler.defence import USUAL, Departure
from buckler.errors import ConfigurationError, Refusal, bare

Pair = tuple[bytes, bytes]
Pairs = tuple[Pair, ...]

API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
FILE_POLICY: Final = (
    b"default-src 'none'; script-src 'none'; object-src 'none'; frame-ancestors 'none'; base-uri 'none';"
    b" form-action 'none'; sandbox"
)
YEAR: Final = 31_536_000
NO_FEATURES: Final = b", ".join(
    name + b"=()"
    for name in (
        b"accelerometer",
        b"browsing-topics",
        b"camera",
        b"display-capture",
        b"geolocation",
        b"gyroscope",
        b"hid",
        b"idle-detection",
        b"local-fonts",
        b"magnetometer",
        b"microphone",
        b"midi",
        b"payment",
        b"serial",
        b"usb",
        b"xr-spatial-tracking",
    )
)
"""What reads sensors, devices or money. Passkeys and full screen stay at the browser's default: our own pages alone."""
BROKEN: Final = replace(bare(500), event="sys_answer_refused")
"""In the place of an answer that cannot be sent as the app made it."""

_FRAMES: Final = (b"x-frame-options", b"DENY")
_COMMON: Final[Pairs] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    _FRAMES,
    (b"permissions-policy", NO_FEATURES),
)
_POLICY: Final = b"content-security-policy"
_REFERRER: Final = b"referrer-policy"
DATA: Final[Pairs] = (*_COMMON, (_POLICY, API_POLICY), (_REFERRER, b"no-referrer"))
# Not no-referrer: with it a browser sends `Origin: null` from our own forms (Fetch, section 3.2).
PAGE: Final[Pairs] = (*_COMMON, (_REFERRER, b"same-origin"))
"""Without a policy: `SecureHeaders` learns it."""
FILE: Final[Pairs] = (*_COMMON, (_POLICY, FILE_POLICY), (_REFERRER, b"no-referrer"))
UNCHANGED: Final[Pairs] = _COMMON[:1]
"""Of a 304: the sets share this one, and no app has a reason for another value of its own."""

_PAGES: Final = frozenset((b"text/html", b"application/xhtml+xml"))
_DATA: Final = frozenset(
    (
        b"application/javascript",
        b"application/json",
        b"application/jsonl",
        b"application/wasm",
        b"application/x-ndjson",
        b"text/css",
        b"text/csv",
        b"text/event-stream",
        b"text/javascript",
        b"text/markdown",
        b"text/plain",
    )
)
_BANNERS: Final = frozenset(
    (
        b"server",
        b"x-aspnet-version",
        b"x-aspnetmvc-version",
        b"x-generator",
        b"x-powered-by",
        b"x-runtime",
    )
)
_HSTS: Final = b"strict-transport-security"
_REQUEST_ID: Final = b"x-request-id"
_NONE: Final[Pairs] = ((_REQUEST_ID, b""),)
_TYPE: Final = b"content-type"
_ONCE: Final = (_TYPE, b"content-length")
_NO_STORE: Final = (b"cache-control", b"no-store")
_FOR_CACHES: Final = (b"cache-control", b"surrogate-control")
"""How the fields end that tell caches, one of them or all, how long they may keep an answer."""
_USUAL_TYPES: Final = (b"application/json", b"text/html; charset=utf-8", b"text/plain; charset=utf-8")
_UNKNOWN_TYPE: Final = b"application/octet-stream"
_CONTROL: Final = bytes({*range(32), 127} - {ord("\t")})
_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_WITHOUT_BODY: Final = (204, 205, 304)
_NOT_MODIFIED: Final = 304
_QUOTED: Final = re.compile(rb'"[^"\\]*"')
_SHAPES: Final = 512
_REFUSALS: Final = 128
_LONGEST_TYPE: Final = 128


@dataclass(frozen=True, slots=True)
class Hsts:
    """How long browsers shall insist on HTTPS (RFC 6797), in seconds. Zero sends no HSTS."""

    seconds: int
    subdomains: bool

    def __post_init__(self) -> None:
        if self.seconds < 0:
            raise ConfigurationError(f"HSTS of {self.seconds} seconds: write 0 for none, or {YEAR} for a year.")

    @property
    def headers(self) -> Pairs:
        if not self.seconds:
            return ()
        value = b"max-age=%d" % self.seconds + (b"; includeSubDomains" if self.subdomains else b"")
        return ((_HSTS, value),)


@dataclass(frozen=True, slots=True)
class _Change:
    """What one shape of an answer lacks, and what it has too much."""

    added: Pairs
    dropped: frozenset[bytes]
    states_policy: bool = False
    """Whether it is a page with a policy of the app's own."""


_UNSOUND: Final = _Change((), frozenset())
"""For names that no server may send."""
_UPPER: Final = _Change((), frozenset())
"""For names with capitals: ASGI wants none."""


class PageFields(Protocol):
    """The policy of pages, and what of it is another for each answer."""

    frame_options: bytes | None
    is_varied: bool
    """Whether pages carry something else than `standing`."""

    def standing(self, *, secure: bool) -> Pairs:
        """The fields of a page about which nothing is special."""
        ...

    def replaced(self, headers: Pairs, exchange: Exchange) -> Pairs:
        """`headers`, with what this answer carries in the place of `standing`."""
        ...

    def note(self, headers: Pairs, exchange: Exchange) -> None:
        """Look at a policy of the app's own."""
        ...


class SecureHeaders(Departure):
    """Adds what an answer lacks."""

    name = "headers"

    def __init__(self, hsts: Hsts, pages: PageFields | None = None) -> None:
        self._hsts = hsts.headers
        self.wear(pages)

    def wear(self, pages: PageFields | None) -> None:
        """Put this policy on pages; none where there is none."""
        self._pages = pages
        self._varies = pages is not None and pages.is_varied
        self._page = {secure: PAGE if pages is None else _page_set(pages, secure) for secure in (False, True)}
        self._change = lru_cache(maxsize=_SHAPES)(self._think)
        # Our own refusals are few and come by the thousand: looked up whole, they cost a fifth.
        self._completed = lru_cache(maxsize=_REFUSALS)(self._judge_refusal)
        # Nearly every answer has a length and one of these types, and nothing else.
        self._usual = {
            (kind, secure, private): self._think(USUAL, kind, secure, private).added
            for kind in _USUAL_TYPES
            for secure in (False, True)
            for private in (False, True)
        }

    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        given: Headers = start.get("headers") or _NONE
        # ASGI wants no more than something to go through, once.
        headers = given if isinstance(given, list) else list(given) or [*_NONE]
        secure, refusal = exchange.is_secure, exchange.refusal
        if refusal is not None:
            completed, change = self._completed(tuple(headers), start.get("status", 101), secure)
        else:
            private = exchange.principal is not None
            if len(headers) == 2 and (headers[0][0], headers[1][0]) == USUAL and headers[0][1].isdigit():
                added = self._usual.get((headers[1][1], secure, private))
                is_same = exchange.nonce is None and not self._varies
                if added is not None and is_same and start.get("status") != _NOT_MODIFIED:
                    start["headers"] = [*headers, *added, (_REQUEST_ID, exchange.id.encode())]
                    return None
            completed, change = self._judge(headers, start.get("status", 101), secure, private)
            if self._pages is not None and change.states_policy:
                self._pages.note(completed, exchange)
            elif self._pages is not None and (self._varies or exchange.nonce is not None):
                completed = self._pages.replaced(completed, exchange)
            if exchange.nonce is not None:
                completed = _unstored(completed)
        start["headers"] = [*completed, (_REQUEST_ID, exchange.id.encode())]
        if change is not _UNSOUND:
            return None
        exchange.reason = "the answer has a header that cannot be sent"
        return BROKEN

    def _judge_refusal(self, headers: Pairs, status: int, secure: bool) -> tuple[Pairs, _Change]:
        return self._judge(headers, status, secure, True)

    def _judge(self, headers: Sequence[Pair], status: int, secure: bool, private: bool) -> tuple[Pairs, _Change]:
        """All headers of an answer but its id, and what was done to it: `_UNSOUND` where they cannot be sent."""
        names, values = zip(*headers, strict=True)
        if _POLICY in names and any(_states_nothing(pair) for pair in headers):
            left = [pair for pair in headers if not _states_nothing(pair)] or _NONE
            return self._judge(left, status, secure, private)
        kind = values[names.index(_TYPE)][:_LONGEST_TYPE] if _TYPE in names else _unstated_type(headers, status)
        change = self._change(names, kind, secure, private, status != _NOT_MODIFIED)
        if change is _UPPER:
            return self._judge([(name.lower(), value) for name, value in headers], status, secure, private)
        kept = [pair for pair in headers if pair[0] not in change.dropped] if change.dropped else headers
        # Fail closed: what a server would cut, or a client read as two answers, does not leave.
        line = b"".join(values)
        return (*kept, *change.added), change if line.translate(None, _CONTROL) == line else _UNSOUND

    def _think(
        self, names: tuple[bytes, ...], kind: bytes | None, secure: bool, private: bool, is_new: bool = True
    ) -> _Change:
        """What is to be done to an answer of this shape."""
        if any(name != name.lower() for name in names):
            return _UPPER
        if not all(_TOKEN.fullmatch(name) for name in names) or any(names.count(name) > 1 for name in _ONCE):
            return _UNSOUND
        stated = None if kind is None else _completed(kind)
        dropped = _BANNERS | {_REQUEST_ID} | (frozenset[bytes]() if secure else {_HSTS})
        if stated != kind:
            dropped |= {_TYPE}
        kept = _set_for(stated) if is_new else UNCHANGED
        states_policy = kept is PAGE and _POLICY in names
        kept = self._page[secure] if kept is PAGE else kept
        wanted = (*(self._hsts if secure else ()), *kept, *((_NO_STORE,) if private else ()))
        added = tuple(pair for pair in wanted if pair[0] not in names)
        if stated is not None and stated != kind:
            added = (*added, (_TYPE, stated))
        return _Change(added, dropped.intersection(names), states_policy)


def _page_set(pages: PageFields, secure: bool) -> Pairs:
    """The set of a page: its policy says who may frame it, and older browsers are told the same."""
    frames = ((_FRAMES[0], pages.frame_options),) if pages.frame_options is not None else ()
    return (*(each for each in PAGE if each != _FRAMES), *frames, *pages.standing(secure=secure))


def _states_nothing(pair: Pair) -> bool:
    """Whether it is a policy without a directive, which would take the place of ours and forbid nothing."""
    return pair[0] == _POLICY and not pair[1].strip(b" \t;,")


def _unstored(headers: Pairs) -> Pairs:
    """No cache keeps an answer with a nonce, whatever the app said to them: who reads it there would know it."""
    kept = (pair for pair in headers if not pair[0].endswith(_FOR_CACHES))
    return (*kept, _NO_STORE)


def _unstated_type(headers: Iterable[Pair], status: int) -> bytes | None:
    """Empty for an answer with a body, which should state its type; None where there is no body."""
    bodiless = status < 200 or status in _WITHOUT_BODY or (b"content-length", b"0") in headers
    return None if bodiless else b""


def _completed(kind: bytes) -> bytes:
    """The content type as it should be stated. One that cannot be read in one way stays as it is."""
    if not kind.strip():
        return _UNKNOWN_TYPE
    lower = kind.lower()
    lacks = lower.lstrip().startswith(b"text/") and b"charset" not in lower and _is_clear(kind)
    return kind + b"; charset=utf-8" if lacks else kind


def _is_clear(kind: bytes) -> bool:
    """Whether all read this content type in one way: it is one, and short enough to be read whole."""
    return len(kind) < _LONGEST_TYPE and b"," not in _QUOTED.sub(b"", kind)


def _set_for(kind: bytes | None) -> Pairs:
    """The set of an answer by its content type. What is unknown, or read in two ways, is a file: fail closed."""
    if kind is None:
        return DATA
    if not _is_clear(kind):
        return FILE
    essence = kind.partition(b";")[0].strip().lower()
    if essence in _PAGES:
        return PAGE
    return DATA if essence in _DATA or essence.endswith(b"+json") else FILE
