"""The grid as a picture. What a cell says is its shape, and its colour only says it again."""

from collections.abc import Iterator, Mapping
from typing import Final

from buckler.drill.attack import Family
from buckler.drill.report import Standing
from buckler.drill.reports.page.coverage import STATES, CoverageGrid, name_of
from buckler.drill.reports.page.element import NONE, Html, element, of
from buckler.drill.reports.texts import one_line

_CELL: Final = 20
"""Pixels; the rows of the names in page.css are as high."""
_HEAD: Final = 120
"""Pixels above the rows; page.css leaves as many above the names."""
_GAP: Final = 18
_LETTER: Final = 9
"""Pixels, at most, for one of a family's name."""
_NAME: Final = 15
"""Characters of an identity over its column."""
_SHAPES: Final[Mapping[Standing, str]] = {
    "found": "M3 6a3 3 0 0 1 3-3h8a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3z",
    "withstood": "M10 5.2a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 0 1 0-9.6z",
    "untested": "M10 3.9 16.1 10 10 16.1 3.9 10z",
    "not applicable": "M7.6 10h4.8",
}
_CROSS: Final = "M7 7l6 6M13 7l-6 6"


def picture(coverage: CoverageGrid, places: Mapping[tuple[str, str, Family], str]) -> Html:
    """The names of the rows, which stay, and the cells, which scroll. `places` are the anchors of findings."""
    names = of("div", "names", *(of("span", "name", name_of(route)) for route in coverage.rows))
    inside = element("div", {"class": "grid", "aria-hidden": "true"}, names, _drawing(coverage, places))
    label = "Coverage as a picture; the table below says the same"
    return element("div", {"class": "scrolls", "role": "group", "aria-label": label, "tabindex": "0"}, inside)


def legend() -> Html:
    """What the shapes mean."""
    return of("ul", "legend", *(element("li", NONE, _sample(state), words) for state, words in STATES.items()))


def _sample(state: Standing) -> Html:
    size = {"width": str(_CELL), "height": str(_CELL), "viewBox": f"0 0 {_CELL} {_CELL}", "aria-hidden": "true"}
    return element("svg", size, *_shape(state))


def _shape(state: Standing) -> Iterator[Html]:
    yield element("path", {"class": f"shape {_kind(state)}", "d": _SHAPES[state]})
    if state == "found":
        yield element("path", {"class": "cross", "d": _CROSS})


def _drawing(coverage: CoverageGrid, places: Mapping[tuple[str, str, Family], str]) -> Html:
    width = sum(_wide(*column) + _GAP for column in coverage.columns) + _GAP
    height = _HEAD + _CELL * len(coverage.rows) + 4
    size = {"width": str(width), "height": str(height), "viewBox": f"0 0 {width} {height}"}
    symbols = [element("g", {"id": _kind(state)}, *_shape(state)) for state in STATES]
    bands = [
        element("rect", {"class": "band", "y": str(_HEAD + _CELL * place), "width": str(width), "height": str(_CELL)})
        for place in range(1, len(coverage.rows), 2)
    ]
    return element("svg", size, element("defs", NONE, *symbols), *bands, *_columns(coverage, places))


def _columns(coverage: CoverageGrid, places: Mapping[tuple[str, str, Family], str]) -> Iterator[Html]:
    left = _GAP // 2
    for family, identities in coverage.columns:
        yield element("text", {"class": "family", "x": str(left + 2), "y": "16"}, family)
        yield element("path", {"class": "rule", "d": f"M{left} 24h{_wide(family, identities)}"})
        for place, identity in enumerate(identities):
            x = left + _CELL * place
            yield _heading(identity, x + _CELL // 2)
            for row, route in enumerate(coverage.rows):
                yield from _cell(coverage, places, (route, identity, family), x, _HEAD + _CELL * row)
        left += _wide(family, identities) + _GAP


def _wide(family: Family, identities: tuple[str, ...]) -> int:
    return max(_CELL * len(identities), _LETTER * len(family))


def _heading(identity: str, x: int) -> Html:
    shown = identity if len(identity) <= _NAME else identity[: _NAME - 1] + "\u2026"
    turned = f"translate({x + 4} {_HEAD - 6}) rotate(-90)"
    return element("text", {"class": "who", "transform": turned}, shown)


def _cell(
    coverage: CoverageGrid, places: Mapping[tuple[str, str, Family], str], cell: tuple[str, str, Family], x: int, y: int
) -> Iterator[Html]:
    state = coverage.state(*cell)
    if state is None:
        return
    route, identity, family = cell
    words = [element("title", NONE, one_line(f"{name_of(route)}, {identity}, {family}: {STATES[state]}"))]
    shape = element("use", {"href": f"#{_kind(state)}", "x": str(x), "y": str(y)}, *(words if state == "found" else []))
    place = places.get(cell) if state == "found" else None
    yield shape if place is None else element("a", {"href": f"#{place}", "tabindex": "-1"}, shape)


def _kind(state: Standing) -> str:
    return f"is-{state.replace(' ', '-')}"
