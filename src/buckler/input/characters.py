"""Which characters a text may have (ASVS 1.3.3, 2.2.1; Unicode 16, UTS 39, UAX 15).

Taken: every character of every script, with the joiners, marks and selectors that scripts and emoji
are written with, soft hyphens, left-to-right and right-to-left marks. Not taken:

1. Control characters (C0, C1), but for tab and line ends where lines are taken. NUL cannot be kept
   by PostgreSQL, escape codes drive a terminal, and a line end forges a line of a log.
2. What turns the direction of others around (U+202A to U+202E, U+2066 to U+2069), unless asked
   for: it makes `exe.txt` of what is `txt.exe`. The marks U+200E, U+200F and U+061C turn nobody.
3. What is there to hide: tag characters outside of a flag, invisible operators, deprecated format
   characters, the byte order mark, noncharacters. Lone surrogates are no text at all.
4. More than 30 combining marks on one character (the bound of UAX 15, stream-safe text): no script
   needs them, they paint over the lines above, and sorting a long run of them costs quadratic time.

These patterns are for the linear engine of pydantic's core: no backtracking, whatever is sent.
"""

from typing import Final

_CONTROLS: Final = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\r"
_LINES: Final = r"\t\n\x{2028}\x{2029}"
_DIRECTIONS: Final = r"\x{202a}-\x{202e}\x{2066}-\x{2069}"
_NONCHARACTERS: Final = r"\x{fdd0}-\x{fdef}" + "".join(
    rf"\x{{{plane:x}fffe}}-\x{{{plane:x}ffff}}" for plane in range(17)
)
_HIDDEN: Final = (
    r"\x{180e}\x{2061}-\x{2065}\x{206a}-\x{206f}\x{feff}\x{fff9}-\x{fffb}\x{1d173}-\x{1d17a}\x{e0000}-\x{e007f}"
    + _NONCHARACTERS
)
_UNSEEN: Final = r"\s\p{Cf}\x{115f}\x{1160}\x{2800}\x{3164}\x{ffa0}"
"""What is taken and shows nothing."""
_FLAG: Final = r"\x{1f3f4}[\x{e0030}-\x{e0039}\x{e0061}-\x{e007a}]{3,6}\x{e007f}"
"""The flag of a region, such as Scotland's: the one place where tag characters belong."""
_MARKS: Final = r"\p{M}{0,30}"
_SHOWN: Final = (
    r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"
    r"\u180e\u2061-\u2065\u206a-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
)
_SHOWN_LINES: Final = r"\u0009\u000a\u2028\u2029"
_SHOWN_DIRECTIONS: Final = r"\u202a-\u202e\u2066-\u2069"
_SHOWN_UNSEEN: Final = (
    r"\u0020\u00a0\u00ad\u0300-\u036f\u061c\u115f\u1160\u1680\u2000-\u200f\u202f\u205f\u2060\u2800\u3000\u3164\uffa0"
)


def accepting(*, lines: bool, bidi: bool) -> str:
    """The pattern of texts without a character that is not taken."""
    refused = _refused(lines=lines, bidi=bidi)
    end = r"|\r\n" if lines else ""
    return rf"^{_MARKS}(?:(?:[^{refused}\p{{M}}]|{_FLAG}{end}){_MARKS})*$"


VISIBLE: Final = rf"[^{_UNSEEN}\p{{M}}]"
"""The pattern of texts that have something to be read."""


def shown(*, lines: bool, bidi: bool, visible: bool) -> str:
    """The same for the document of the API (ECMA-262, without the planes above the first)."""
    refused = _SHOWN + ("" if lines else _SHOWN_LINES) + ("" if bidi else _SHOWN_DIRECTIONS)
    unit = rf"(?:[^{refused}]|\r\n)*" if lines else f"[^{refused}]*"
    if not visible:
        return f"^{unit}$"
    unseen = _SHOWN_UNSEEN + (_SHOWN_LINES if lines else "")
    begin = rf"(?:[{unseen}]|\r\n)*" if lines else f"[{unseen}]*"
    return f"^{begin}[^{refused}{unseen}]{unit}$"


def _refused(*, lines: bool, bidi: bool) -> str:
    return _CONTROLS + _HIDDEN + ("" if lines else _LINES) + ("" if bidi else _DIRECTIONS)
