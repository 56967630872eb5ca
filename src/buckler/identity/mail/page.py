"""A letter's words, once: drawn as text and as HTML, so that both say the same.

Every word is escaped in the HTML, and styles stand at their elements: a letter loads nothing.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 72
_BODY: Final = "font-family:sans-serif;font-size:16px;line-height:1.5;color:#1a1a1a;max-width:36em"
_CODE: Final = "font-family:monospace;font-size:18px;letter-spacing:1px"


@dataclass(frozen=True, slots=True)
class Code:
    """A code, on a line of its own."""

    code: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link, on a line of its own. What it leads to is shown in full."""

    url: str


Line = str | Code | Link


def as_text(lines: Sequence[Line]) -> str:
    """The plain part."""
    return "\n\n".join(_text(line) for line in lines) + "\n"


def as_html(lines: Sequence[Line]) -> str:
    """The HTML part."""
    inner = "\n".join(_html(line) for line in lines)
    return f'<!doctype html>\n<html lang="en"><body><div style="{_BODY}">\n{inner}\n</div></body></html>\n'


def _text(line: Line) -> str:
    if isinstance(line, Code):
        return f"    {line.code}"
    if isinstance(line, Link):
        return f"    {line.url}"
    return textwrap.fill(line, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _html(line: Line) -> str:
    if isinstance(line, Code):
        return f'<p style="{_CODE}">{escape(line.code)}</p>'
    if isinstance(line, Link):
        url = escape(line.url)
        return f'<p><a href="{url}">{url}</a></p>'
    return f"<p>{escape(line)}</p>"
