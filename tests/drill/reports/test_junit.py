"""What test reports read."""

from xml.etree import ElementTree as ET

import pytest

from buckler.drill.attack import Clean, Finding, NotApplicable, Untested
from buckler.drill.report import Judged, Report
from buckler.drill.reports.junit import write_junit
from tests.drill.reports.samples import FORGED, OBJECT, OWNED, hostile, shop


def read(report: Report) -> ET.Element:
    """The document, as a parser takes it."""
    return ET.fromstring(write_junit(report).encode())  # noqa: S314 - a document of ours


def case(report: Report, route: str) -> ET.Element:
    """The one case of this route."""
    (found,) = [each for each in read(report).iter("testcase") if each.get("name") == route]
    return found


@pytest.mark.parametrize("report", [shop(), hostile(), shop(judged=())], ids=["shop", "hostile", "empty"])
def test_the_counts_are_those_of_the_cases(report: Report) -> None:
    """A suite for each family, and every number is what a reader would count."""
    whole = read(report)
    assert [suite.get("name") for suite in whole] == list(report.families)
    for part in (whole, *whole):
        cases = list(part.iter("testcase"))
        assert int(part.get("tests", "")) == len(cases)
        assert int(part.get("failures", "")) == sum(each.find("failure") is not None for each in cases)
        assert int(part.get("skipped", "")) == sum(each.find("skipped") is not None for each in cases)


def test_a_finding_fails_its_case() -> None:
    """With what was seen, what to do, and what was sent."""
    found = case(shop(judged=(Judged(OBJECT, OWNED), Judged(OBJECT, Clean(OWNED.route)))), OWNED.route)
    assert found.get("classname") == "D103 Object read"
    failure = found.find("failure")
    assert failure is not None
    assert failure.get("message") == f"{OWNED.words} (as bob, path id)"
    assert failure.text is not None
    for part in ("Fix: Load the object", "GET /orders/7\nauthorization: Bearer $BOB_TOKEN", "200 OK"):
        assert part in failure.text
    assert found.findtext("system-out") == "anonymous: withstood"


def test_what_is_unknown_has_not_passed() -> None:
    """One caller for whom it could not be tried is enough to skip; a finding counts before."""
    clean, unknown = Judged(FORGED, Clean("GET /a", "ada")), Judged(FORGED, Untested("GET /a", "no token", "bob"))
    passed = case(shop(judged=(clean,)), "GET /a")
    assert passed.find("skipped") is None
    skipped = case(shop(judged=(clean, unknown)), "GET /a").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "no token"
    finding = Judged(FORGED, Finding("GET /a", "seen", OWNED.attacked, OWNED.control))
    assert case(shop(judged=(clean, unknown, finding)), "GET /a").find("skipped") is None


def test_an_accepted_finding_is_skipped_with_its_reason() -> None:
    """It neither fails nor passes."""
    judged = Judged(OBJECT, OWNED)
    skipped = case(shop(judged=(judged,), accepted={judged.fingerprint: "known"}), OWNED.route).find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "accepted: known"


def test_what_cannot_be_attacked_is_no_case() -> None:
    """There is nothing that could pass."""
    assert list(read(shop(judged=(Judged(OBJECT, NotApplicable("GET /a")),))).iter("testcase")) == []
