"""Elements of SVG 1.1 as text. Whatever is put in is escaped; what comes out may stand in a page as it is.

Widths are given in percent of the drawing and heights in pixels, so that a chart fills any page and its letters keep
their size. Colours are classes: the style sheet has them, for light and for dark, and no style stands in the markup.
"""

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

PLOT: Final = 168
"""Pixels from the highest line of a chart down to its base."""
ABOVE: Final = 14
"""Pixels above the highest line, for the letters that stand on it."""
BELOW: Final = 26
"""Pixels under the base, for the labels."""
Value = str | float | int


def element(name: str, *inside: str, **attributes: Value) -> Markup:
    """An element. A text in `inside` is escaped unless it is markup; `_` in an attribute's name stands for `-`.

    A `_` at the end of a name is dropped, as in `class_`.
    """
    given = "".join(f' {_name(each)}="{escape(_text(value))}"' for each, value in attributes.items())
    return Markup(f"<{name}{given}>{_joined(inside)}</{name}>")  # noqa: S704 - every part of it is escaped


def drawing(key: str, title: str, description: str, height: int, parts: Iterable[Markup]) -> Markup:
    """The whole picture: one image to whoever listens to the page, told by its title and its description.

    `key` tells the pictures of one page apart. (WAI-ARIA 1.2 `img`; SVG 2 section 5.8.)
    """
    named = element("title", title, id=f"{key}-title"), element("desc", description, id=f"{key}-told")
    return element(
        "svg", *named, *parts, class_="chart-drawing", role="img", width="100%", height=height,
        aria_labelledby=f"{key}-title", aria_describedby=f"{key}-told", focusable="false",
    )  # fmt: skip


def percent(share: float) -> str:
    """A place across the drawing: 0 is its left edge and 1 its right one."""
    return f"{round(share * 100, 3):g}%"


def _joined(inside: Iterable[str]) -> str:
    return "".join(str(escape(each)) for each in inside)


def _name(given: str) -> str:
    # SVG has names of both kinds: `text-anchor`, and `viewBox`.
    return given.removesuffix("_").replace("_", "-")


def _text(value: Value) -> str:
    return value if isinstance(value, str) else f"{round(value, 3):g}"
