"""A finding together with its attack, as every form tells it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from buckler.drill.attack import About, Finding, Severity
from buckler.drill.report import Judged, Report
from buckler.drill.reports.repeating.curl import curl_line, filled_in
from buckler.drill.reports.repeating.snippet import drill_snippet, pytest_snippet

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A finding with the attack that made it, as each form of a report tells it."""

    attack: About
    finding: Finding
    severity: Severity
    fingerprint: str

    @property
    def caller(self) -> str:
        """Who attacked, and where in the request."""
        place = f", {self.finding.place}" if self.finding.place else ""
        return f"as {self.finding.identity}{place}"

    def curl(self, report: Report) -> str:
        """The attack as a line for a shell."""
        if self.finding.again:
            return filled_in(self.finding.again, report.secret_names)
        return curl_line(self.finding.attacked.request, report.origin, report.secret_names)

    def needs(self, report: Report) -> tuple[str, ...]:
        """The variables of the environment that stand in the line and in the test."""
        said = set(_WORD.findall(f"{self.curl(report)}\n{self.test(report)}"))
        return tuple(sorted(report.secret_names & said))

    def test(self, report: Report) -> str:
        """A test that fails until it is mended."""
        if self.finding.again:
            return drill_snippet(self.attack, self.finding, report.origin)
        return pytest_snippet(self.attack, self.finding, report.origin, report.secret_names)


def found_in(several: Iterable[Judged]) -> tuple[ReportedFinding, ...]:
    """Those that are findings, in their order."""
    return tuple(
        ReportedFinding(each.attack, each.verdict, each.severity, each.fingerprint)
        for each in several
        if isinstance(each.verdict, Finding)
    )


def attacks_of(report: Report) -> tuple[About, ...]:
    """The attacks that the report has verdicts of, in the order of their ids."""
    return tuple(sorted({each.attack.id: each.attack for each in report.judged}.values(), key=lambda about: about.id))
