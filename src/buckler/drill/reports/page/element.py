"""HTML that is made of elements: a text cannot become markup, whoever wrote it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from buckler.drill.reports.texts import lines, one_line

_EMPTY: Final = frozenset(("meta", "br"))
NONE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that was made here."""

    markup: str


Inside = Html | str


def element(name: str, attributes: Mapping[str, str] = NONE, *inside: Inside) -> Html:
    """An element. Texts in it and in its attributes are escaped, their control characters shown by number."""
    given = "".join(f' {key}="{_attribute(value)}"' for key, value in attributes.items())
    if name in _EMPTY:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{together(inside).markup}</{name}>")


def of(name: str, kind: str, *inside: Inside) -> Html:
    """An element of a class."""
    return element(name, {"class": kind}, *inside)


def together(parts: Iterable[Inside]) -> Html:
    """One after the other."""
    return Html("".join(part.markup if isinstance(part, Html) else escape(lines(part, len(part))) for part in parts))


def table(kind: str, caption: str, heads: Iterable[str], rows: Iterable[Iterable[Inside]]) -> Html:
    """A table whose first column names its rows. It scrolls by itself where it is too wide."""
    head = element("tr", NONE, *(element("th", {"scope": "col"}, each) for each in heads))
    body = [element("tr", NONE, *(_cell(place, each) for place, each in enumerate(row))) for row in rows]
    inside = (
        element("caption", {"class": "unseen"}, caption),
        element("thead", NONE, head),
        element("tbody", NONE, *body),
    )
    whole = of("table", kind, *inside)
    return element("div", {"class": "scrolls", "role": "region", "aria-label": caption, "tabindex": "0"}, whole)


def _cell(place: int, inside: Inside) -> Html:
    return element("td", NONE, inside) if place else element("th", {"scope": "row"}, inside)


def _attribute(value: str) -> str:
    return escape(one_line(value, len(value)))
