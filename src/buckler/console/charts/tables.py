"""A chart as a table: every value of it, for whoever does not see it, and for whoever wants the numbers."""

from dataclasses import dataclass

from buckler.console.charts.scale import sound
from buckler.console.charts.values import OverTime, Ranked


@dataclass(frozen=True, slots=True)
class ChartTable:
    """Texts in columns."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def table_over_time(chart: OverTime) -> ChartTable:
    """A row for each piece of time, the newest first."""
    rows = [
        (step.told, *(whole(each.values[number]) for each in chart.series)) for number, step in enumerate(chart.steps)
    ]
    return ChartTable(("Time (UTC)", *(each.name for each in chart.series)), tuple(rows[::-1]))


def table_ranked(chart: Ranked, kind: str) -> ChartTable:
    """A row for each thing, the largest first, none left out."""
    rows = sorted(chart.items, key=lambda each: -sound(each[1]))
    return ChartTable((kind, "Number"), tuple((name, whole(value)) for name, value in rows))


def whole(value: float) -> str:
    """A number in full, its digits in threes: `12 345` with narrow spaces that do not break."""
    return f"{sound(value):,.0f}".replace(",", "\u202f")
