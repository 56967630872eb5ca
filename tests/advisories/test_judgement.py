"""Findings, what was accepted, and what nobody could judge."""

from datetime import date, timedelta

import pytest

from buckler.advisories.baseline import Accepted, AcceptedUnaudited, Baseline
from buckler.advisories.judgement import Report, askable, judge
from buckler.advisories.packages import Package, Unaudited
from buckler.advisories.sentences import sections
from tests.advisories.made import flaw, inventory
from tests.proof import two_sided

TODAY = date(2026, 11, 30)
YESTERDAY = TODAY - timedelta(days=1)
SHAPE = Package("shape", "1.0")
MISSING = Unaudited("lost", "1.0", "nobody knows it")


def reported(*flaws: str, baseline: Baseline | None = None, missing: tuple[Unaudited, ...] = ()) -> Report:
    told = [flaw(name) for name in flaws]
    return judge(inventory(SHAPE, Package("lost", "1.0")), "a test", told, missing, baseline or Baseline(), TODAY)


def accepting(until: date, name: str = "CVE-1") -> Baseline:
    return Baseline((Accepted(id=name, reason="not reached", until=until),))


@pytest.mark.asvs("15.2.1")
def test_a_component_that_is_past_its_deadline_is_found_again() -> None:
    """The deadline of a flaw is the last day on which it is accepted; before it, the same component passes."""

    def attack(until: date) -> bool:
        return not reported("CVE-1", baseline=accepting(until)).findings

    two_sided(attack, whole=YESTERDAY, twin=TODAY)


def test_what_is_accepted_is_told_apart_and_the_last_day_is_one_of_them() -> None:
    report = reported("CVE-1", "CVE-2", baseline=accepting(TODAY))
    assert [each.id for each in report.findings] == ["CVE-2"]
    ((found, entry),) = report.accepted
    assert (found.id, entry.reason) == ("CVE-1", "not reached")
    assert (report.expired, report.unused) == ((), ())


def test_an_entry_that_is_over_is_told() -> None:
    report = reported("CVE-1", baseline=accepting(YESTERDAY))
    assert [each.id for each in report.findings] == ["CVE-1"]
    assert [each.told() for each in report.expired] == ["CVE-1"]
    assert report.unused == ()


def test_an_entry_of_which_nothing_was_found_is_told() -> None:
    """It would hide the flaw when it comes back."""
    report = reported("CVE-1", baseline=accepting(TODAY, "CVE-9"))
    assert [each.told() for each in report.unused] == ["CVE-9"]
    assert report.expired == ()


@pytest.mark.parametrize(
    ("accepted", "worse"),
    [
        # By a name that both have in another list, of which the entry said nothing.
        ("CVE-1", ("CVE-2", "GHSA-1")),
        ("GHSA-9", ("CVE-1", "GHSA-2")),
        ("GHSA-9", ("GHSA-1",)),
        # A record of two flaws, of which one is accepted.
        ("CVE-1", ("CVE-1", "CVE-2", "PYSEC-2")),
        ("CVE-1", ("CVE-1", "MAL-2026-1")),
    ],
)
def test_what_is_accepted_hides_no_other_record_that_shares_a_name(accepted: str, worse: tuple[str, ...]) -> None:
    """The entry is about what it names; the other is found, with its own level and its own names."""
    told = [flaw("CVE-1", "GHSA-1", "GHSA-9", level="low"), flaw(*worse, level="critical")]
    report = judge(inventory(SHAPE), "a test", told, [], accepting(TODAY, accepted), TODAY)
    (left,) = report.findings
    assert (left.level, left.names) == ("critical", frozenset(worse))
    ((passed, _),) = report.accepted
    assert (passed.level, passed.names) == ("low", frozenset(["CVE-1", "GHSA-1", "GHSA-9"]))


def test_a_record_of_two_flaws_passes_when_both_or_itself_are_accepted() -> None:
    """Until then it is told why it does not."""
    both = [flaw("CVE-1", "CVE-2", "PYSEC-2")]
    one, two = accepting(TODAY).accepted[0], accepting(TODAY, "CVE-2").accepted[0]
    for entries in ((one, two), accepting(TODAY, "pysec-2").accepted):
        report = judge(inventory(SHAPE), "a test", both, [], Baseline(entries), TODAY)
        assert (report.findings, report.partly, report.unused) == ((), (), ())
    partly = judge(inventory(SHAPE), "a test", both, [], Baseline((one,)), TODAY)
    assert partly.partly == partly.findings != ()
    assert "shape 1.0: CVE-1, CVE-2, PYSEC-2" in dict(sections(partly)).popitem()[1]
    over = Baseline((one, *accepting(YESTERDAY, "CVE-2").accepted))
    assert judge(inventory(SHAPE), "a test", both, [], over, TODAY).findings != ()


def test_what_all_sources_call_by_the_accepted_name_passes_whole() -> None:
    """As GitHub's, PyPA's and our own words of one flaw."""
    told = [flaw("CVE-1", "GHSA-1"), flaw("PYSEC-1", "CVE-1"), flaw("CVE-1", "GHSA-1", "PYSEC-1")]
    report = judge(inventory(SHAPE), "a test", told, [], accepting(TODAY), TODAY)
    assert report.findings == ()
    assert [found.id for found, _ in report.accepted] == ["CVE-1"]


def test_a_later_entry_counts_where_an_earlier_is_over() -> None:
    both = Baseline((*accepting(YESTERDAY).accepted, *accepting(TODAY).accepted))
    report = reported("CVE-1", baseline=both)
    assert report.findings == ()
    assert len(report.expired) == 1


def test_what_is_not_audited_is_not_counted_as_audited() -> None:
    """Accepted or not; the acceptance has an end too."""
    assert reported().audited == 2
    assert reported(missing=(MISSING, MISSING)).audited == 1
    assert reported(missing=(MISSING, MISSING)).unaudited == (MISSING,)
    for until, left in ((TODAY, ()), (YESTERDAY, (MISSING,))):
        entry = AcceptedUnaudited(package="lost", reason="ours", until=until)
        report = reported(missing=(MISSING,), baseline=Baseline(unaudited=(entry,)))
        assert (report.unaudited, report.audited) == (left, 1)
        assert report.expired == (() if not left else (entry,))


def test_grave_are_those_from_a_level_on() -> None:
    """And those of which nobody says how grave they are."""
    told = [flaw("CVE-1", level="low"), flaw("CVE-2", level="critical"), flaw("CVE-3", level="unknown")]
    report = judge(inventory(SHAPE), "a test", told, [], Baseline(), TODAY)
    assert [each.id for each in report.grave("high")] == ["CVE-2", "CVE-3"]
    assert len(report.grave("low")) == 3


def test_a_database_is_asked_only_about_what_it_can_know() -> None:
    """A folder's package may share its name with a stranger's; a version that is none can be compared with none."""
    lines = "shape\n--index-url"
    apart = [Package("own", "1.0", "it is a folder"), Package("odd", "r7"), Package("long", "9" * 5000)]
    packages, missing = askable(inventory(SHAPE, *apart, Package(lines, "1.0"), Package("", "1.0")))
    assert packages == [SHAPE]
    assert {each.package: each.reason for each in missing} == {
        "own": "it is a folder",
        "odd": "its version cannot be compared",
        "long": "its version cannot be compared",
        lines: "no index can have a package of this name",
        "": "no index can have a package of this name",
    }
