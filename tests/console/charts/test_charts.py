"""Charts: what is drawn of data, however odd that is."""

import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from buckler.console.charts.bars import MOST as MOST_BARS
from buckler.console.charts.bars import bars
from buckler.console.charts.columns import columns
from buckler.console.charts.levels import levels
from buckler.console.charts.scale import MOST, axis, short, sound
from buckler.console.charts.svg import element
from buckler.console.charts.tables import table_over_time, table_ranked, whole
from buckler.console.charts.values import OverTime, Ranked, Series, Step

Draw = Callable[[OverTime], Markup]
NASTY = "\"><script>alert(1)</script>'&"


def over_time(*values: float, more: tuple[float, ...] = (), name: str = "Good", title: str = "Sign-ins") -> OverTime:
    steps = [Step(f"{number:02}:00", f"hour {number}") for number in range(len(values))]
    series = [Series(name, "good", values), *([Series("Failed", "bad", more)] if more else [])]
    return OverTime("sign-ins", title, steps, series, "Nobody came.")


def tree(svg: Markup) -> ET.Element:
    """It is well-formed, which a browser need not insist on and we do."""
    return ET.fromstring(str(svg))  # noqa: S314 - made here


def of_class(svg: Markup, name: str) -> list[ET.Element]:
    return [each for each in tree(svg).iter() if name in (each.get("class") or "").split()]


@pytest.mark.parametrize("draw", [columns, levels])
def test_it_is_one_image_with_a_name_and_a_description(draw: Draw) -> None:
    """To whoever listens to the page (WAI-ARIA 1.2, `img`)."""
    root = tree(draw(over_time(3, 0, 4)))
    assert root.get("role") == "img"
    texts = {each.get("id"): each.text for each in root if each.get("id")}
    assert texts[root.get("aria-labelledby")] == "Sign-ins"
    told = "hour 0 until hour 2. In all Good: 7. The table below has every value."
    assert texts[root.get("aria-describedby")] == told


@pytest.mark.parametrize("draw", [columns, levels])
def test_nothing_of_it_needs_a_style_or_a_script(draw: Draw) -> None:
    """A strict policy for content would leave them out (CSP level 3 section 2.3)."""
    svg = draw(over_time(3, 0, 4, more=(1, 1, 1)))
    names = {each.tag for each in tree(svg).iter()}
    attributes = {name for each in tree(svg).iter() for name in each.attrib}
    assert names <= {"svg", "g", "title", "desc", "text", "line", "rect", "path"}
    assert "style" not in attributes
    assert not [name for name in attributes if name.startswith("on")]
    assert "fill" not in attributes  # colours are the style sheet's, for light and for dark


@pytest.mark.parametrize("draw", [columns, levels])
def test_what_is_put_in_is_text(draw: Draw) -> None:
    """Names come from data, and what names itself markup stays a name."""
    svg = draw(over_time(3, 4, name=NASTY, title=NASTY))
    assert "<script" not in svg
    assert NASTY in "".join(tree(svg).itertext())


def test_a_bar_with_a_nasty_name_is_text_too() -> None:
    """Codes of refusals can be an app's own."""
    svg = bars(Ranked("refusals", NASTY, [(NASTY, 3)], "bad", "None."))
    assert "<script" not in svg
    assert NASTY in "".join(tree(svg).itertext())


@pytest.mark.parametrize("draw", [columns, levels])
@pytest.mark.parametrize("values", [(), (0,), (0, 0, 0)])
def test_nothing_at_all_is_said_in_words(draw: Draw, values: tuple[float, ...]) -> None:
    """And no column, no line stands there."""
    svg = draw(over_time(*values))
    assert [each.text for each in of_class(svg, "chart-empty")] == ["Nobody came."]
    assert not of_class(svg, "chart-good")


def test_one_value_is_one_column_of_full_height() -> None:
    """One step alone is the whole width, and the highest line is its own height."""
    (column,) = of_class(columns(over_time(1)), "chart-good")
    assert column.get("width") == "74%"
    assert float(column.get("height") or 0) == pytest.approx(167)


def test_one_value_is_a_level_line() -> None:
    """From edge to edge."""
    (line,) = of_class(levels(over_time(4)), "chart-stroke")
    assert line.get("d") == "M0 0.0 H1"


@pytest.mark.parametrize("draw", [columns, levels])
@pytest.mark.parametrize("value", [1e9, 1e300, math.inf, 2**80])
def test_a_very_large_value_fits(draw: Draw, value: float) -> None:
    """Nothing is drawn above the highest line, and the numbers at the side stay short."""
    svg = draw(over_time(value, 1, 2))
    for each in tree(svg).iter():
        if each.tag == "rect":
            assert float(each.get("y") or 0) >= 13.9
    assert all(len(each.text or "") <= 5 for each in of_class(svg, "chart-number"))


@pytest.mark.parametrize("draw", [columns, levels])
@pytest.mark.parametrize("value", [-5, math.nan, -math.inf])
def test_what_is_no_count_is_nothing(draw: Draw, value: float) -> None:
    """The others are drawn as they are."""
    assert "nan" not in draw(over_time(value, 3)).lower()


def test_series_stand_upon_each_other() -> None:
    """The second begins where the first ends, and both together are what the axis is made for."""
    svg = columns(over_time(6, more=(4,)))
    (good,), (bad,) = of_class(svg, "chart-good"), of_class(svg, "chart-bad")
    assert float(bad.get("y") or 0) < float(good.get("y") or 0)
    assert float(bad.get("y") or 0) + float(bad.get("height") or 0) <= float(good.get("y") or 0)


def test_a_one_beside_a_million_is_seen() -> None:
    """As a line of its own, two pixels high at least."""
    svg = columns(over_time(1_000_000, 1))
    assert min(float(each.get("height") or 0) for each in of_class(svg, "chart-good")) >= 1


@pytest.mark.parametrize("count", [1, 2, 5, 12, 24, 30, 60, 365])
@pytest.mark.parametrize("width", [230, 900])
def test_labels_do_not_touch(count: int, width: int) -> None:
    """On a page of 320 pixels a chart is 230 wide; there only the rare ones stand. A letter is 7 wide."""
    svg = columns(over_time(*range(1, count + 1)))
    shown = [
        each for each in of_class(svg, "chart-label") if width > 400 or "chart-frequent" not in str(each.get("class"))
    ]
    places = sorted(
        (float((each.get("x") or "").rstrip("%")) * width / 100, len(each.text or "") * 7) for each in shown
    )
    assert shown
    for (place, long), (other, _) in pairwise(places):
        assert place + long / 2 < other - long / 2


def test_labels_stand_at_round_times() -> None:
    """Where the first of them is told to."""
    chart = over_time(*range(1, 25))
    moved = OverTime(chart.key, chart.title, chart.steps, chart.series, chart.empty, first_label=2)
    rare = [each for each in of_class(columns(moved), "chart-label") if "chart-frequent" not in str(each.get("class"))]
    assert [each.text for each in rare] == ["02:00", "08:00", "14:00", "20:00"]


@pytest.mark.parametrize(
    ("highest", "marks"),
    [(0, (0, 1)), (1, (0, 1)), (3, (0, 1, 2, 3)), (7, (0, 2, 4, 6, 8)), (161, (0, 50, 100, 150, 200))],
)
def test_an_axis_has_few_round_lines(highest: float, marks: tuple[float, ...]) -> None:
    assert axis([highest]) == marks


@pytest.mark.parametrize("highest", [10**power * factor for power in range(15) for factor in (1, 1.7, 3, 9.99)])
def test_no_axis_has_many_lines_nor_lines_that_say_the_same(highest: float) -> None:
    """Up to whatever there is, and above what is drawn."""
    marks = axis([highest])
    assert len(marks) <= 6
    assert marks[-1] >= min(highest, MOST)
    assert len({short(each) for each in marks}) == len(marks)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.25, "0.25"), (7, "7"), (99.6, "99.6"), (999, "999"), (1000, "1k"), (12_345, "12.3k"),
     (999_999, "1M"), (38e6, "38M"), (2e9, "2G"), (1e15, "1000T")],
)  # fmt: skip
def test_numbers_are_short(value: float, text: str) -> None:
    assert short(value) == text


def test_bars_are_the_longest_first_and_the_rest_is_one() -> None:
    """At most eight: the ninth and all after it are summed."""
    items = [(f"kind {number}", float(number)) for number in range(1, 21)]
    svg = bars(Ranked("refusals", "Refusals", items, "bad", "None."))
    names = [each.text for each in of_class(svg, "chart-name")]
    assert len(names) == MOST_BARS
    assert names[0] == "kind 20"
    assert names[-1] == "13 others"
    assert of_class(svg, "chart-value")[-1].text == str(sum(range(1, 14)))


def test_bars_of_nothing_are_words() -> None:
    """Also where there are names, each with a 0."""
    for items in ((), (("a", 0.0),)):
        svg = bars(Ranked("refusals", "Refusals", items, "bad", "Nothing was refused."))
        assert [each.text for each in of_class(svg, "chart-empty")] == ["Nothing was refused."]


def test_a_long_name_is_cut_and_told_whole() -> None:
    svg = bars(Ranked("refusals", "Refusals", [("x" * 80, 3)], "bad", "None."))
    assert [len(each.text or "") for each in of_class(svg, "chart-name")] == [30]
    assert f"{'x' * 80}: 3" in [each.text for each in tree(svg).iter("title")]


def test_the_table_has_every_value_in_full() -> None:
    """The newest first, nothing rounded."""
    table = table_over_time(over_time(1_234_567, 2, more=(0, 1)))
    assert table.head == ("Time (UTC)", "Good", "Failed")
    assert table.rows == (("hour 1", "2", "1"), ("hour 0", "1\u202f234\u202f567", "0"))
    ranking = Ranked("r", "R", [(f"kind {number}", number) for number in range(20)], "bad", "None.")
    assert len(table_ranked(ranking, "Kind").rows) == 20


def test_a_number_without_sense_is_a_nought() -> None:
    assert (sound(math.nan), sound(-1), sound(math.inf), whole(-3)) == (0, 0, MOST, "0")


def test_an_element_escapes_everything() -> None:
    """Attributes and text; markup goes in once."""

    class Reader(HTMLParser):
        tags = 0

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.tags += 1

    made = element("text", NASTY, element("tspan", NASTY), class_=NASTY)
    reader = Reader()
    reader.feed(made)
    assert reader.tags == 2
    assert not re.search(r"&amp;(lt|gt|amp);", made)
