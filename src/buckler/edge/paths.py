r"""Which paths can be read in one way only (RFC 3986 section 3.3; ASVS 1.1.1, 1.5.3).

A proxy, a cache, the router and a file system each undo escapes, dots and slashes at their own moment. A path that
they could take for different ones never reaches the router. Judged as it was sent, before anybody decoded it:

1. It begins with `/`. The absolute form, `*` and an empty path name no route of ours.
2. No control character, blank, backslash, `#` or byte beyond ASCII as it stands: whoever passes them on, escapes them
   or not, at will.
3. Every `%` stands before two hexadecimal digits; undone once they give UTF-8 without overlong forms.
4. No escape of a control character (`%00`, `%0a`), a slash (`%2f`) or a backslash (`%5c`).
5. No segment that is `.` or `..`, plain or escaped, or is one before its `;` (some servers cut parameters off).
6. No empty segment: `//` is a path to one and a host to another. One slash at the end is the router's matter.

7. No number of more than 400 digits: a router's own `{id:int}` breaks on one of 4,301.

Allowed: everything else, so `/caf%C3%A9`, `/100%25`, `/a%20b`, `/.well-known/x`, `/x..y`. What was escaped twice
(`%252e%252e`) is undone once, by the server, and then is the text `%2e%2e`: no part of ours undoes it again.
The query is data, not a place: there only bytes are refused that no address has (RFC 3986 section 2): control
characters, blanks, and those beyond ASCII, which are to be escaped and may be no UTF-8.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from buckler.asgi import Exchange
from buckler.defence import Arrival
from buckler.errors import Refusal

AMBIGUOUS: Final = Refusal(400, "path-ambiguous", "This path can be read in more than one way.")
BAD_QUERY: Final = Refusal(
    400,
    "query-malformed",
    "A query has no control characters, no blanks and nothing beyond ASCII as it stands: escape them.",
)
LONG_NUMBER: Final = Refusal(400, "path-number-too-long", "A number in this path has more than 400 digits.")

_PLAIN: Final = re.compile(rb"(?:/[A-Za-z0-9_~@:!$&'()*+,=-][A-Za-z0-9_~@:!$&'()*+,=.-]*)*/?")
"""Nearly every path: nothing escaped, nothing that begins with a dot."""
_UNSAFE: Final = re.compile(rb"[\x00-\x20\x7f-\xff\\#]|%(?![0-9A-Fa-f]{2})|%(?:[01][0-9A-Fa-f]|7[Ff]|2[Ff]|5[Cc])|//")
_DOTS: Final = re.compile(r"/\.{1,2}(?:[;/]|\Z)")
_UNSENT: Final = re.compile(rb"[\x00-\x20\x7f-\xff]")
_LONGEST_NUMBER: Final = 400
_SHORT: Final = 256
"""Bytes of a path that may be remembered, and has no number that is too long."""
_LONG_NUMBER: Final = re.compile(r"(?<![0-9])[0-9]{401}")
"""Looked for at the beginning of each run alone: linear."""
_UNSAFE_TEXT: Final = re.compile(r"[\x00-\x1f\x7f\\]|//")


class Paths(Arrival):
    """Refuses a path that two readers could take for different ones."""

    name = "paths"

    def __init__(self) -> None:
        self._is_plain = lru_cache(maxsize=512)(_is_plain)

    def arrive(self, exchange: Exchange) -> Refusal | None:
        scope = exchange.scope
        raw: bytes | None = scope.get("raw_path")
        if raw and len(raw) <= _SHORT and self._is_plain(raw) and not scope.get("query_string"):
            # Nearly every request, and to a path that was asked for before.
            return None
        if raw is None:
            # A server that keeps only what it decoded.
            if not _is_clear_text(scope["path"]):
                return AMBIGUOUS
        elif not raw or (_PLAIN.fullmatch(raw) is None and not _is_clear(raw)):
            return AMBIGUOUS
        # As decoded: digits may be escaped, and the router takes them so.
        if len(raw or scope["path"]) > _LONGEST_NUMBER and _LONG_NUMBER.search(scope["path"]) is not None:
            return LONG_NUMBER
        query: bytes = scope.get("query_string") or b""
        return BAD_QUERY if query and _UNSENT.search(query) else None


def _is_plain(raw: bytes) -> bool:
    return _PLAIN.fullmatch(raw) is not None


def _is_clear(raw: bytes) -> bool:
    # Some servers leave the query on.
    raw = raw.partition(b"?")[0]
    if not raw.startswith(b"/") or _UNSAFE.search(raw) is not None:
        return False
    try:
        path = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return _DOTS.search(path) is None


def _is_clear_text(path: str) -> bool:
    return path.startswith("/") and _UNSAFE_TEXT.search(path) is None and _DOTS.search(path) is None
