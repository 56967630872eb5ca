"""JUnit XML, for test reports: a suite for each family, a case for each attack and route.

A case fails where anything was found, and is skipped where anything was left untested: what is unknown has not passed.
What is not applicable is no case, as there is nothing that could pass or fail.
"""

import re
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from buckler.drill.attack import EVERYWHERE, Clean, Family, NotApplicable, Untested
from buckler.drill.report import Judged, Report
from buckler.drill.reports.found import ReportedFinding, found_in
from buckler.drill.reports.messages import answer_text, request_text
from buckler.drill.reports.texts import lines, one_line

_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
"""What no document may hold, however it is written (XML 1.0 section 2.2)."""
_MOST: Final = 2048
Case = tuple[Judged, ...]


def write_junit(report: Report) -> str:
    """The document."""
    cases = _cases(report.judged)
    suites = [_suite(report, family, [case for case in cases if _family(case) == family]) for family in report.families]
    head = f"<testsuites name={_attribute(f'buckler drill {report.target}')} {_counts(report, cases)}"
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', f'{head} time="{report.seconds:.3f}">', *suites, "</testsuites>", ""]
    )


def _cases(judged: Iterable[Judged]) -> list[Case]:
    grouped: dict[tuple[str, str], list[Judged]] = {}
    for each in judged:
        if not isinstance(each.verdict, NotApplicable):
            grouped.setdefault((each.attack.id, each.verdict.route), []).append(each)
    return [tuple(several) for several in grouped.values()]


def _family(case: Case) -> Family:
    return case[0].attack.family


def _failing(report: Report, case: Case) -> tuple[ReportedFinding, ...]:
    return tuple(each for each in found_in(case) if each.fingerprint not in report.accepted)


def _unknown(report: Report, case: Case) -> str:
    """Why a case that does not fail has not passed either; empty where it has."""
    if _failing(report, case):
        return ""
    reasons = [each.verdict.reason for each in case if isinstance(each.verdict, Untested)]
    reasons += [f"accepted: {report.accepted[each.fingerprint]}" for each in found_in(case)]
    return "; ".join(dict.fromkeys(reasons))


def _counts(report: Report, cases: list[Case]) -> str:
    failed = sum(bool(_failing(report, case)) for case in cases)
    skipped = sum(bool(_unknown(report, case)) for case in cases)
    return f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="{skipped}"'


def _suite(report: Report, family: Family, cases: list[Case]) -> str:
    head = f"  <testsuite name={_attribute(family)} {_counts(report, cases)} timestamp={_attribute(report.began)}>"
    return "\n".join([head, *(_case(report, case) for case in cases), "  </testsuite>"])


def _case(report: Report, case: Case) -> str:
    attack, route = case[0].attack, case[0].verdict.route
    name = "the whole target" if route == EVERYWHERE else route
    head = f"    <testcase classname={_attribute(f'{attack.id} {attack.name}')} name={_attribute(name)}"
    inside = [_failure(each) for each in _failing(report, case)][:1]
    if unknown := _unknown(report, case):
        inside = [f"      <skipped message={_attribute(unknown)}/>"]
    told = [_also(each) for each in _failing(report, case)[1:]]
    told += [f"{each.verdict.identity}: withstood" for each in case if isinstance(each.verdict, Clean)]
    if told:
        inside.append(f"      <system-out>{_text(chr(10).join(told))}</system-out>")
    return "\n".join([f"{head}>", *inside, "    </testcase>"]) if inside else f"{head}/>"


def _failure(found: ReportedFinding) -> str:
    words = f"{found.finding.words} ({found.caller})"
    parts = [f"Fix: {found.attack.fix}", f"Known to a baseline as: {found.fingerprint}"]
    for name, each in (*(("Control", each) for each in found.finding.control), ("Attack", found.finding.attacked)):
        parts += [f"{name}, as {each.who}:", request_text(each.request, _MOST), "", answer_text(each.answer, _MOST)]
    inside = _text("\n\n".join(parts))
    return f'      <failure type="{found.severity}" message={_attribute(words)}>{inside}</failure>'


def _also(found: ReportedFinding) -> str:
    return f"{found.severity}: {found.finding.words} ({found.caller})"


def _attribute(text: str) -> str:
    return quoteattr(_allowed(one_line(text)))


def _text(text: str) -> str:
    return escape(_allowed(lines(text, 64 * 1024)))


def _allowed(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
