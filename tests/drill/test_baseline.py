"""What a baseline accepts, for how long, and what it refuses to be."""

import tomllib
from datetime import date

import pytest

from buckler.drill.baseline import Accepted, BaselineRefused, accept, read_baseline, skeleton
from buckler.drill.report import Report
from tests.drill.reports.samples import HOSTILE, hostile, shop

TODAY = date(2026, 5, 1)
OWNED = "D103 | GET /orders/{id} | bob | path id"
ENTRY = """
[[accepted]]
finding = "D103 | GET /orders/{id} | bob | path id"
reason = "Goes away with the old shop."
until = 2026-12-31
"""


def ids(report: Report) -> list[str]:
    """Of the findings that count."""
    return [each.attack.id for each in report.findings]


def test_an_accepted_finding_does_not_count() -> None:
    """It is told with its reason, and all others count as before."""
    before = shop()
    after = accept(before, read_baseline(ENTRY), TODAY)
    assert set(ids(before)) - set(ids(after)) == {"D103"}
    assert after.accepted == {OWNED: "Goes away with the old shop."}
    assert [each.fingerprint for each in after.accepted_findings] == [OWNED]
    assert after.notes == before.notes


@pytest.mark.parametrize(("day", "counts"), [(date(2026, 12, 31), False), (date(2027, 1, 1), True)])
def test_the_last_day_is_the_last(day: date, counts: bool) -> None:
    """On the day after it the finding counts again, and the report says why."""
    report = accept(shop(), read_baseline(ENTRY), day)
    assert ("D103" in ids(report)) is counts
    assert any(OWNED in note and "2026-12-31" in note for note in report.notes) is counts


@pytest.mark.parametrize("until", [date(2020, 1, 1), date(2030, 1, 1)])
def test_an_entry_that_nothing_answers_to_is_told(until: date) -> None:
    """Whether it is over or not."""
    report = accept(shop(), (Accepted("D103 | GET /nowhere | bob", "why", until),), TODAY)
    assert [note for note in report.notes if "GET /nowhere" in note and "not found" in note]
    assert report.accepted == {}
    assert ids(report) == ids(shop())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (ENTRY.replace("Goes away with the old shop.", " "), "reason"),
        (ENTRY.replace('reason = "Goes away with the old shop."', ""), "reason"),
        (ENTRY.replace('"Goes away with the old shop."', "7"), "reason"),
        (ENTRY.replace("until = 2026-12-31", ""), "until"),
        (ENTRY.replace("2026-12-31", '"2026-12-31"'), "until"),
        (ENTRY.replace("2026-12-31", "2026-12-31T00:00:00Z"), "until"),
        (ENTRY.replace("finding = ", "findings = "), "'findings' is unknown"),
        (ENTRY + 'note = "x"', "'note' is unknown"),
        (ENTRY + ENTRY, "twice"),
        (ENTRY.replace("[[accepted]]", "[[acepted]]"), "[[accepted]]"),
        ("accepted = 7", "[[accepted]]"),
        ("accepted = [7]", "entry 1"),
        ("[[accepted]", "no TOML"),
    ],
)
def test_what_is_not_written_as_it_must_be_is_refused(changed: str, said: str) -> None:
    """As a whole, with what is wrong and where."""
    assert read_baseline(ENTRY)
    with pytest.raises(BaselineRefused, match=said.replace("[", r"\[")):
        read_baseline(changed)


def test_an_empty_file_accepts_nothing() -> None:
    """Which is no mistake."""
    assert read_baseline("") == ()


@pytest.mark.parametrize("report", [shop(), hostile(HOSTILE.replace("\ud800", "\x7f"))], ids=["shop", "hostile"])
def test_a_skeleton_is_refused_until_it_is_filled_in(report: Report) -> None:
    """Then it accepts every finding there was, whatever their texts are."""
    written = skeleton(report, date(2026, 12, 31))
    with pytest.raises(BaselineRefused, match="reason"):
        read_baseline(written)
    assert len(tomllib.loads(written)["accepted"]) == len(report.findings)
    filled = read_baseline(written.replace('reason = ""', 'reason = "known"'))
    after = accept(report, filled, TODAY)
    assert after.findings == ()


def test_a_report_without_findings_needs_no_baseline() -> None:
    """Its skeleton is an empty one."""
    assert read_baseline(skeleton(shop(judged=()), date(2026, 12, 31))) == ()
