"""What a drill comes to, in a word and in a sentence: the same in every form."""

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

from buckler.drill.attack import SEVERITIES, Severity
from buckler.drill.report import Judged, Report
from buckler.drill.reports.texts import counted

Word = Literal["found", "clean", "mostly untested", "nothing attacked"]
_LITTLE: Final = 25
"""Percent of the attacks. Where fewer could be judged, nothing found says little."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. Nothing that was attacked is not the same as nothing that was found."""

    word: Word
    head: str
    """Three words for the top."""
    sentence: str
    """What was found, and how much of the target that says something about."""
    coverage: str
    """How much that is, by itself."""


def outcome_of(report: Report) -> Outcome:
    """The verdict on the target."""
    coverage = _coverage(report)
    if report.findings:
        return Outcome("found", counted(len(report.findings), "finding"), f"{_found(report)}; {coverage}", coverage)
    if not report.attacked:
        return Outcome("nothing attacked", "Nothing attacked", f"Nothing could be attacked; {coverage}", coverage)
    if not report.coverage.reaches(_LITTLE):
        few = f"Little was tried, and nothing found; {coverage}"
        return Outcome("mostly untested", "Mostly untested", few, coverage)
    return Outcome("clean", "Nothing found", f"Nothing found; {coverage}", coverage)


def by_severity(findings: tuple[Judged, ...]) -> dict[Severity, int]:
    """How many of each severity that there are any of, the worst first."""
    counts = Counter(each.severity for each in findings)
    return {severity: counts[severity] for severity in reversed(SEVERITIES) if counts[severity]}


def rate(report: Report) -> float:
    """Requests a second."""
    return report.requests / report.seconds if report.seconds > 0 else 0.0


def _found(report: Report) -> str:
    kinds = ", ".join(f"{number:,} {severity}" for severity, number in by_severity(report.findings).items())
    return f"{counted(len(report.findings), 'finding')} ({kinds})"


def _coverage(report: Report) -> str:
    counts = report.counts
    judged = f"{report.coverage.judged:,} of {counted(report.coverage.of, 'attack')} could be judged"
    parts = [judged, f"{counts['withstood']:,} withstood", f"{counts['untested']:,} untested"]
    if report.accepted_findings:
        parts.append(f"{len(report.accepted_findings):,} accepted")
    stopped = f"; {report.stopped}" if report.stopped else ""
    return f"{', '.join(parts)}{stopped}."
