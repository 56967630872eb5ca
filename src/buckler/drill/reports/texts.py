"""What a target said, fit to be shown: on one line or on several, without what moves a cursor or turns a text round."""

from codecs import getincrementaldecoder
from typing import Final

from buckler.redact import plain

_PART: Final = 256
"""What `plain` takes at once without cutting it."""
_ELLIPSIS: Final = "\u2026"


def one_line(text: str, most: int = 400) -> str:
    """The text on one line, at most so long, with control and direction characters escaped; a tab too."""
    cut = text if len(text) <= most else text[:most] + _ELLIPSIS
    return "".join(plain(cut[start : start + _PART]) for start in range(0, len(cut), _PART))


def lines(text: str, most: int) -> str:
    """The same of a text of several lines, which stay."""
    shown = text[:most].replace("\r\n", "\n").expandtabs(4).split("\n")
    return "\n".join(one_line(line, most) for line in shown) + _left(len(text) - most, "characters")


def body_text(body: bytes, most: int, left: int = 0) -> str:
    """A body as text, of which so many bytes are `left` out already; bytes that are none are shown by number."""
    text = body[:most].decode("utf-8", "backslashreplace")
    return lines(text, len(text)) + _left(max(len(body) - most, 0) + left, "bytes")


def text_in(body: bytes, *, whole: bool) -> str | None:
    """What it says as text; None where it is none. Where it is not the `whole`, its end may go through a character."""
    try:
        return getincrementaldecoder("utf-8")().decode(body, final=whole)
    except UnicodeDecodeError:
        return None


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and what it counts."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _left(number: int, noun: str) -> str:
    return f"\n{_ELLIPSIS} {number:,} more {noun}" if number > 0 else ""
