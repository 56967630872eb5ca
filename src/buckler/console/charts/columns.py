"""Columns over time, one series upon another: how much of each there was in each piece of time."""

from typing import Final

from markupsafe import Markup

from buckler.console.charts.frame import BASE, HEIGHT, height_of, hit, labels, lines, nothing, tip, told
from buckler.console.charts.scale import axis, sound
from buckler.console.charts.svg import drawing, element, percent
from buckler.console.charts.values import OverTime

_FILLED: Final = 0.74
"""How much of its place a column takes."""
_LEAST: Final = 2.0
"""Pixels of a value that is not 0: one beside a thousand is still seen."""


def columns(chart: OverTime) -> Markup:
    """The chart as SVG. Without steps, or where every value is 0, its words stand in it."""
    if not chart.steps or chart.is_empty:
        return drawing(chart.key, chart.title, chart.empty, HEIGHT, [*lines((0, 1)), nothing(chart.empty)])
    sums = [sum(sound(each.values[number]) for each in chart.series) for number in range(len(chart.steps))]
    marks = axis(sums)
    drawn = [_column(chart, number, marks[-1]) for number in range(len(chart.steps))]
    return drawing(
        chart.key, chart.title, told(chart), HEIGHT, [*lines(marks), *drawn, *labels(chart)]
    )  # fmt: skip


def _column(chart: OverTime, number: int, top: float) -> Markup:
    count, base = len(chart.steps), float(BASE)
    parts = [tip(chart.steps[number], chart, number), hit(number, count)]
    for each in chart.series:
        value = sound(each.values[number])
        if value == 0:
            continue
        height = max(height_of(value, top), _LEAST)
        base -= height
        parts.append(
            element(
                "rect", x=percent((number + (1 - _FILLED) / 2) / count), width=percent(_FILLED / count), y=base,
                height=max(height - 1, 1), rx=1.5, class_=f"chart-{each.tone}",
            )
        )  # fmt: skip
    return element("g", *parts, class_="chart-step")
