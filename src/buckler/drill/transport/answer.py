"""An answer as it came, and what it says."""

import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from html import escape
from itertools import chain
from typing import Final, cast

from buckler.drill.transport.body_says import meant_by
from buckler.drill.transport.request import Fields, Request

MOST_BYTES: Final = 2 * 1024 * 1024
"""Read of one answer; the rest is left."""
NOTHING: Final = 0
"""The status where no answer came."""
_ON: Final = (302, 303)
"""How a browser is led on after a form (RFC 9110 section 15.4.4)."""
_DEEPEST: Final = 100
_CHARSET: Final = re.compile(
    r"""\bcharset\s*=\s*["']?(utf-?(?:8|16|32)(?:-?[bl]e)?|us-ascii|iso-?8859-\d{1,2}|latin-?1|(?:windows-|cp)125\d"""
    r"""|koi8-[ru]|gbk|gb2312|gb18030|big5|euc-(?:jp|kr)|shift[-_]jis|iso-2022-jp)(?![\w-])""",
    re.IGNORECASE,
)
"""Those that browsers read, and no other codec of Python: some of them take very long."""
_SIGN_IN: Final = re.compile(
    r"log-?_?in|sign-?_?in|/(o?auth2?|authenticate|authori[sz]e)(/|$|\?)|/session/new", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `seconds` is how long it took; `failure` says why nothing came, and then `status` is 0."""

    status: int
    headers: Fields = ()
    body: bytes = b""
    seconds: float = 0.0
    failure: str = ""
    taken: int | None = None
    """Bytes of the request's body that the app asked for; None where that cannot be seen, as by URL."""
    left: int = 0
    """How many bytes of its end are not kept, where a report keeps a long body."""
    is_sign_in: bool = False
    """Whether it is the page on which people sign in, where something else was asked for."""
    is_object: bool = False
    """Whether it holds what somebody sent for an object: then it is one, whatever else it says."""
    unread: str = ""
    """Why its body is not known, where it is encoded and cannot be decoded; it stays as it came then."""

    @property
    def length(self) -> int:
        """How many bytes the body has, or had where it is kept in part."""
        return len(self.body) + self.left

    @property
    def meant(self) -> int:
        """The status, or what the body says in its place where an app answers 200 to everything (`body_says`)."""
        told = meant_by(self.body) if 200 <= self.status < 300 and not self.is_object and not self.unread else None
        return told or self.status

    @property
    def says_otherwise(self) -> bool:
        """Whether its body says another status than its head."""
        return self.meant != self.status

    @property
    def outcome(self) -> str:
        """What became of it, in words for a reason."""
        if self.failure:
            return self.failure
        if self.unread:
            return f"status {self.status} with a body that cannot be read: {self.unread}"
        return f"status {self.meant}" + (f" in the body of a {self.status}" if self.says_otherwise else "")

    @property
    def worked(self) -> bool:
        """Whether what was asked for was done: also where a browser is led on, but not to a page for signing in."""
        return not self.asks_to_sign_in and not self.unread and (200 <= self.meant < 300 or self.leads_on)

    @property
    def leads_on(self) -> bool:
        """Whether a browser is led on, as after a form."""
        return self.status in _ON

    @property
    def refused(self) -> bool:
        """Whether the caller was turned away: it is nobody, it may not, or there is nothing; or it is to sign in."""
        return self.meant in (401, 403, 404) or self.asks_to_sign_in

    @property
    def asks_to_sign_in(self) -> bool:
        """Whether a browser is led to where people sign in, or shown that page at once."""
        return self.is_sign_in or (self.status in (*_ON, 307) and bool(_SIGN_IN.search(self.header("location") or "")))

    @property
    def asks_who(self) -> bool:
        """Whether the caller was refused as nobody: told so, or led to where people sign in."""
        return self.meant == 401 or self.asks_to_sign_in

    @property
    def broke(self) -> bool:
        """Whether the app failed at it: a 500, or no answer at all. 501, 503 and 504 are told on purpose."""
        return self.status in (NOTHING, 500, 502)

    @property
    def unheard(self) -> bool:
        """Whether nobody knows what came of it: a limit, no answer, or a body that cannot be read."""
        return self.limited or self.status == NOTHING or (bool(self.unread) and self.status < 400)

    @property
    def says_nothing(self) -> bool:
        """Whether it tells neither that something was done nor that it was refused: a limit, a failure, no answer."""
        return self.unheard or self.meant >= 500

    @property
    def limited(self) -> bool:
        """Whether it was asked too often."""
        return self.meant == 429

    @property
    def text(self) -> str:
        """The body as text, whatever stands in it, in the character set that it begins with or is said to have."""
        said = _CHARSET.search(self.header("content-type") or "")
        marked = self.body.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
        try:
            return self.body.decode("utf-16" if marked else said[1] if said is not None else "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    @property
    def media(self) -> str:
        """The media type, in small letters and without parameters."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """Whether a browser shows it as a page."""
        return self.media in ("text/html", "application/xhtml+xml", "image/svg+xml")

    def header(self, name: str) -> str | None:
        """The first field of this name, or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every field of this name."""
        wanted = name.lower()
        return tuple(value for field, value in self.headers if field.lower() == wanted)

    def tells(self, text: str) -> bool:
        """Whether a text stands in it: as it is, or as JSON and HTML write it."""
        whole = self.text
        forms = (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], escape(text))
        return any(form in whole for form in dict.fromkeys(forms))

    def json(self) -> object:
        """The body as JSON; None where it is none, or so deep that nobody means it."""
        try:
            found: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        brackets = self.body.count(b"[") + self.body.count(b"{")
        return None if brackets > _DEEPEST and _is_deep(found) else found


def _is_deep(value: object) -> bool:
    """Whether values stand within each other beyond what those who walk them, level by level, can take."""
    level: list[object] = [value]
    for _ in range(_DEEPEST):
        tables = (cast("dict[str, object]", each).values() for each in level if isinstance(each, dict))
        lists = (cast("list[object]", each) for each in level if isinstance(each, list))
        level = [inner for each in chain(tables, lists) for inner in each if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of one caller and what became of it."""

    request: Request
    """As it was asked for, without what the caller shows: another may ask the same."""
    answer: Answer
    who: str = "anonymous"
    """The name of the identity that sent it."""
    shown: Fields = ()
    """What that identity showed."""

    @property
    def sent(self) -> Request:
        """The request as it went out."""
        return self.request.signed(self.shown)
