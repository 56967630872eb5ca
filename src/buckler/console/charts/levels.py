"""A level over time, as steps with the ground below them filled: how high something stood, at most, in each piece."""

from collections.abc import Sequence

from markupsafe import Markup

from buckler.console.charts.frame import HEIGHT, height_of, hit, labels, lines, nothing, tip, told
from buckler.console.charts.scale import axis, sound
from buckler.console.charts.svg import ABOVE, PLOT, drawing, element
from buckler.console.charts.values import OverTime, Series


def levels(chart: OverTime) -> Markup:
    """The chart as SVG. Without steps, or where every value is 0, its words stand in it."""
    if not chart.steps or chart.is_empty:
        return drawing(chart.key, chart.title, chart.empty, HEIGHT, [*lines((0, 1)), nothing(chart.empty)])
    marks = axis(value for each in chart.series for value in each.values)
    count = len(chart.steps)
    grounds = [
        element("g", tip(step, chart, number), hit(number, count), class_="chart-step")
        for number, step in enumerate(chart.steps)
    ]
    # Stretched to the width of the page; its line keeps its own width.
    stretched = element(
        "svg", *(part for each in chart.series for part in _steps(each, marks[-1])), x=0, y=ABOVE, width="100%",
        height=PLOT, viewBox=f"0 0 {count} {PLOT}", preserveAspectRatio="none", class_="chart-stretched",
    )  # fmt: skip
    return drawing(chart.key, chart.title, told(chart), HEIGHT, [*lines(marks), stretched, *grounds, *labels(chart)])


def _steps(series: Series, top: float) -> list[Markup]:
    line = _line([PLOT - height_of(sound(value), top) for value in series.values])
    ground = f"M0 {PLOT} L{line.removeprefix('M')} V{PLOT} Z"
    return [
        element("path", d=ground, class_=f"chart-area chart-{series.tone}"),
        element("path", d=line, class_=f"chart-stroke chart-{series.tone}", vector_effect="non-scaling-stroke"),
    ]


def _line(heights: Sequence[float]) -> str:
    rest = "".join(f" V{at:.1f} H{number + 2}" for number, at in enumerate(heights[1:]))
    return f"M0 {heights[0]:.1f} H1{rest}"
