"""The figures of the overview: what was counted, drawn, and told as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from buckler.console.administration.sign_ins import SignIns
from buckler.console.charts.bars import bars
from buckler.console.charts.columns import columns
from buckler.console.charts.levels import levels
from buckler.console.charts.tables import ChartTable, table_over_time, table_ranked
from buckler.console.charts.values import OverTime, Ranked, Series, Step, Tone
from buckler.identity.administration.figures import Figures
from buckler.metrics.recent import MINUTES, Recent, Waiting

_HOUR, _DAY = 3600, 86_400


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with everything around it."""

    key: str
    title: str
    about: str
    """What it shows, and of which time, in a sentence."""
    svg: Markup
    legend: tuple[tuple[str, Tone], ...]
    table: ChartTable
    is_empty: bool
    is_scaled: bool
    """Whether numbers stand at its left, for which there must be room."""


def sign_ins_by_hour(hours: Mapping[int, SignIns], now: int) -> Figure:
    """The last 24 hours. `now` is the hour that runs."""
    found = [hours.get(hour, SignIns()) for hour in range(now - 23, now + 1)]
    steps = [_hour(hour) for hour in range(now - 23, now + 1)]
    return _sign_ins(steps, found, "The last 24 hours, each by itself.", -(now - 23) % 6)


def sign_ins_by_day(hours: Mapping[int, SignIns], now: int) -> Figure:
    """The last 30 days."""
    days = range(now // 24 - 29, now // 24 + 1)
    found = [sum((hours.get(day * 24 + hour, SignIns()) for hour in range(24)), SignIns()) for day in days]
    return _sign_ins([_day(day) for day in days], found, "The last 30 days, each by itself, in UTC.", len(days) - 1)


def refusals(recent: Recent) -> Figure:
    """Which refusals there were most of."""
    chart = Ranked(
        "refusals", "Refusals by kind", tuple(recent.refusals().items()), "bad", "Nothing was refused in this time."
    )
    about = "The last 24 hours, counted by this worker process since it started."
    return _ranked(chart, about, "Refusal")


def hashing(recent: Recent, now: float) -> Figure:
    """How many passwords waited to be hashed."""
    last, found = int(now // 60), recent.waiting()
    minutes = range(last - MINUTES + 1, last + 1)
    values = [found.get(minute, Waiting(minute)) for minute in minutes]
    chart = OverTime(
        "hashing", "Hashing queue", [_minute(minute) for minute in minutes],
        [Series("Waiting at most", "plain", [each.most for each in values])], "No password was hashed in this time.",
        -minutes[0] % 15,
    )  # fmt: skip
    longest = max((each.longest for each in values), default=0)
    hashed = sum(each.hashed for each in values)
    about = f"The last hour of this worker process: {hashed} hashed, the longest wait {longest * 1000:.0f} ms."
    return Figure(
        chart.key, chart.title, about if hashed else "The last hour of this worker process.", levels(chart), (),
        table_over_time(chart), chart.is_empty, is_scaled=True,
    )  # fmt: skip


def sessions(figures: Figures) -> Figure:
    """How lately those who are signed in did anything."""
    items = tuple((f"Used {name}", number) for name, number in figures.by_last_use)
    chart = Ranked("sessions", "Sessions by last use", items, "plain", "Nobody is signed in.")
    more = " There are more than were counted." if figures.more_sessions else ""
    return _ranked(chart, f"Active ones, of browsers and of tokens.{more}", "Sessions", in_order=True)


def _sign_ins(steps: list[Step], found: list[SignIns], about: str, first_label: int) -> Figure:
    series = [
        Series("Good", "good", [each.good for each in found]),
        Series("Failed", "bad", [each.failed for each in found]),
    ]
    chart = OverTime("sign-ins", "Sign-ins", steps, series, "Nobody signed in, or tried to.", first_label)
    legend: tuple[tuple[str, Tone], ...] = tuple((each.name, each.tone) for each in series)
    return Figure(
        chart.key, chart.title, about, columns(chart), legend, table_over_time(chart), chart.is_empty, is_scaled=True
    )  # fmt: skip


def _ranked(chart: Ranked, about: str, kind: str, *, in_order: bool = False) -> Figure:
    is_empty = not any(value for _, value in chart.items)
    table = table_ranked(chart, kind)
    return Figure(chart.key, chart.title, about, bars(chart, in_order=in_order), (), table, is_empty, is_scaled=False)


def _hour(hour: int) -> Step:
    at = datetime.fromtimestamp(hour * _HOUR, UTC)
    return Step(f"{at:%H:%M}", f"{at:%a} {at.day} {at:%b}, {at:%H}:00 to {at:%H}:59")


def _day(day: int) -> Step:
    at = datetime.fromtimestamp(day * _DAY, UTC)
    return Step(f"{at.day} {at:%b}", f"{at:%a} {at.day} {at:%b} {at.year}")


def _minute(minute: int) -> Step:
    at = datetime.fromtimestamp(minute * 60, UTC)
    return Step(f"{at:%H:%M}", f"{at:%a} {at.day} {at:%b}, {at:%H:%M}")
