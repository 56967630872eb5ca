"""Bars from left to right, the longest first: which of many kinds there were most of."""

from typing import Final

from markupsafe import Markup

from buckler.console.charts.scale import short, sound
from buckler.console.charts.svg import drawing, element, percent
from buckler.console.charts.values import Ranked

MOST: Final = 8
"""Bars; what is beyond is one bar of the rest."""
_ROW: Final = 40
"""Pixels of one bar with its name above it: names of any length stand on a narrow page too."""
_LONGEST: Final = 30
"""Letters of a name; the whole of it stands in the table, and is told by the pointer."""
_EMPTY: Final = 96
_LEAST: Final = 0.006


def bars(chart: Ranked, *, in_order: bool = False) -> Markup:
    """The chart as SVG. Where every value is 0, its words stand in it. `in_order` leaves all where they stand."""
    shown = [(name, sound(value)) for name, value in chart.items] if in_order else ranked(chart)
    if not any(value for _, value in shown):
        shown = []
    if not shown:
        words = element("text", chart.empty, x="50%", y=_EMPTY / 2, text_anchor="middle", class_="chart-empty")
        return drawing(chart.key, chart.title, chart.empty, _EMPTY, [words])
    most = max(value for _, value in shown)
    drawn = [_bar(number, name, value, most, chart.tone) for number, (name, value) in enumerate(shown)]
    told = ", ".join(f"{name}: {short(value)}" for name, value in shown)
    return drawing(chart.key, chart.title, f"{told}.", _ROW * len(shown), drawn)


def ranked(chart: Ranked) -> list[tuple[str, float]]:
    """The largest of those that are not 0, and the sum of the rest."""
    found = sorted(((name, sound(value)) for name, value in chart.items if sound(value)), key=lambda each: -each[1])
    if len(found) <= MOST:
        return found
    rest = found[MOST - 1 :]
    return [*found[: MOST - 1], (f"{len(rest)} others", sum(value for _, value in rest))]


def _bar(number: int, name: str, value: float, most: float, tone: str) -> Markup:
    top = number * _ROW
    cut = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    return element(
        "g",
        element("title", f"{name}: {short(value)}"),
        element("text", cut, x=0, y=top + 15, class_="chart-name"),
        element("text", short(value), x="100%", y=top + 15, text_anchor="end", class_="chart-value"),
        element("rect", x=0, y=top + 22, width="100%", height=8, rx=4, class_="chart-track"),
        element("rect", x=0, y=top + 22, width=percent(max(value / most, _LEAST) if value else 0), height=8, rx=4,
                class_=f"chart-{tone}"),
        class_="chart-step",
    )  # fmt: skip
