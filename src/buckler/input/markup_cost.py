"""How much work HTML is for a parser, before one sees it (ASVS 1.3.1, 15.2.2; HTML, section 13.2.4.3).

The standard has a parser open formatting that was never closed anew in each block: 1,700 `<b a>` and 4,000 `<p>x`
are 20,000 characters, and millions of nodes. So, in one pass:

1. At most 3,000 `<`: depth alone costs its square.
2. The formatting that may be open is counted at every tag that is no formatting itself; the sum is at most 50,000.
   What is closed by the very next end tag, as in `<b>x</b>`, is closed. Whatever else is closed counts as open still.
3. An end tag counts only where no parser could read the text otherwise: behind a tag, a comment or an attribute that
   is not plainly written, or an element with rules of its own (`script`, `select`, `svg`), nothing closes any more.

Well-closed articles stay far below it: 300 paragraphs with 400 bold words have no formatting open where a tag stands.
"""

import re
from typing import Final

MOST_TAGS: Final = 3_000
MOST_OPENED: Final = 50_000
"""Nodes that a parser may have to add by itself."""
_FEW: Final = 400
"""So many `<` cannot come to more than `MOST_OPENED`: half of them formatting, and each other one times that."""
_FORMATTING: Final = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
_ALONE: Final = frozenset(("br", "img", "wbr"))
"""They have no end, and end nothing."""
_ORDINARY: Final = frozenset(
    (
        "abbr", "address", "article", "aside", "bdi", "bdo", "blockquote", "caption", "center", "cite", "col",
        "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2",
        "h3", "h4", "h5", "h6", "header", "hr", "ins", "kbd", "label", "li", "main", "mark", "nav", "ol", "p", "pre",
        "q", "rp", "rt", "ruby", "samp", "section", "span", "sub", "summary", "sup", "table", "tbody", "td", "tfoot",
        "th", "thead", "time", "tr", "ul", "var",
    )
)  # fmt: skip
_TAG: Final = re.compile(
    r"<(?:!--(?:[^<>-]|-(?!-))*-->|[ \t\n<=0-9]"
    r"|(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*+(?::[A-Za-z0-9]++)?)"
    r"""(?P<plain>(?:\s++[A-Za-z][A-Za-z0-9:_-]*+(?:=(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>=`]++))?)*\s*+/?>)?)?"""
)
"""What a `<` begins. Linear: nothing reads past the next one. No group is possessive: Python 3.11.2 gets that wrong."""


def is_too_complex(html: str) -> bool:
    """Whether a parser would have more work with it than text of this length deserves."""
    signs = html.count("<")
    return signs > _FEW and (signs > MOST_TAGS or _Opened().count(html) > MOST_OPENED)


class _Opened:
    """What is open at a place of the text, counted generously."""

    __slots__ = ("_cost", "_here", "_left", "_plain")

    def __init__(self) -> None:
        self._here: list[str] = []
        """Formatting begun since the last other tag."""
        self._left = 0
        """Formatting begun before it, which is taken to be open to the end."""
        self._cost = 0
        self._plain = True

    def count(self, html: str) -> int:
        for found in _TAG.finditer(html):
            name = found["name"]
            if name is not None:
                self._meet(name.lower(), is_end=bool(found["end"]), is_plain=found["plain"] is not None)
            elif len(found[0]) == 1:
                self._plain = False
        return self._cost

    def _meet(self, name: str, *, is_end: bool, is_plain: bool) -> None:
        # Fail closed: from here on a parser may read what we take for an end tag as something else.
        self._plain = self._plain and is_plain and (name in _KNOWN or ":" in name)
        if name in _ALONE and not is_end:
            return
        if name not in _FORMATTING:
            self._leave()
        elif not is_end:
            self._begin(name)
        elif self._plain and self._here[-1:] == [name]:
            self._here.pop()
        else:
            self._leave()

    def _begin(self, name: str) -> None:
        # A link in a link ends the outer one, and whatever stands between them is opened anew.
        if name in ("a", "nobr"):
            self._leave()
        self._here.append(name)

    def _leave(self) -> None:
        self._left += len(self._here)
        self._here.clear()
        self._cost += self._left + 1


_KNOWN: Final = _FORMATTING | _ALONE | _ORDINARY
