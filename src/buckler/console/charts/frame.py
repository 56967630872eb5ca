"""What every chart over time has around it: lines with their numbers, labels below, words where nothing is."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from buckler.console.charts.scale import short, sound
from buckler.console.charts.svg import ABOVE, BELOW, PLOT, element, percent
from buckler.console.charts.values import OverTime, Step

HEIGHT: Final = ABOVE + PLOT + BELOW
BASE: Final = ABOVE + PLOT
"""Where the base of a chart lies, in pixels from the top."""
_RARE: Final = 4
"""Labels on a narrow page: so many of some forty pixels stand side by side on a telephone."""
_FREQUENT: Final = 8
"""Labels on a wide one."""


def height_of(value: float, top: float) -> float:
    """How high a value stands, in pixels above the base."""
    return PLOT * value / top


def lines(marks: Sequence[float]) -> list[Markup]:
    """A line for each mark, with its number to the left of the drawing, where the style sheet leaves room."""
    found: list[Markup] = []
    for mark in marks:
        at = BASE - height_of(mark, marks[-1])
        kind = "chart-base" if mark == 0 else "chart-line"
        found += [
            element("line", x1=0, x2="100%", y1=at, y2=at, class_=kind),
            element("text", short(mark), x=-8, y=at + 4, class_="chart-number", text_anchor="end"),
        ]
    return found


def labels(chart: OverTime) -> list[Markup]:
    """A label under some of the steps; those of the class `chart-frequent` are for wide pages alone."""
    steps = chart.steps
    often, seldom = _every(len(steps), _FREQUENT), _every(len(steps), _RARE)
    # Every label of a narrow page stands on a wide one too.
    often = next(each for each in range(often, seldom + 1) if seldom % each == 0)
    return [
        element(
            "text", step.label, x=percent((number + 0.5) / len(steps)), y=BASE + 18, text_anchor="middle",
            class_="chart-label" if (number - chart.first_label) % seldom == 0 else "chart-label chart-frequent",
        )
        for number, step in enumerate(steps)
        if (number - chart.first_label) % often == 0
    ]  # fmt: skip


def told(chart: OverTime) -> str:
    """The chart in a sentence, for whoever does not see it."""
    if chart.is_empty:
        return chart.empty
    sums = ", ".join(f"{each.name}: {short(sum(map(sound, each.values)))}" for each in chart.series)
    return f"{chart.steps[0].told} until {chart.steps[-1].told}. In all {sums}. The table below has every value."


def nothing(words: str) -> Markup:
    """The words in the middle of a chart that has nothing to show."""
    return element("text", words, x="50%", y=ABOVE + PLOT / 2, text_anchor="middle", class_="chart-empty")


def tip(step: Step, chart: OverTime, number: int) -> Markup:
    """What is told of one step where the pointer rests on it."""
    values = "\n".join(f"{each.name}: {short(each.values[number])}" for each in chart.series)
    return element("title", f"{step.told}\n{values}")


def hit(number: int, count: int) -> Markup:
    """The ground of one step: what the pointer finds, from top to bottom."""
    return element(
        "rect", x=percent(number / count), y=ABOVE, width=percent(1 / count), height=PLOT, class_="chart-ground"
    )


def _every(count: int, most: int) -> int:
    return max(1, -(-count // most))
