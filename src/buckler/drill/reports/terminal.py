"""A summary for a person at a terminal: what to mend first, how to see it again, and what nobody knows yet.

Whatever a target said stands on its line: control characters are escaped, so that none moves the cursor.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from buckler.drill.attack import EVERYWHERE, SEVERITIES, Severity
from buckler.drill.report import Report
from buckler.drill.reports.found import ReportedFinding, found_in
from buckler.drill.reports.outcome import outcome_of, rate
from buckler.drill.reports.repeating.coming_in import first_steps
from buckler.drill.reports.texts import counted, one_line
from buckler.drill.reports.untested import Gap, gaps_of

_NARROWEST: Final = 40
_GAPS: Final = 12
_ROUTES: Final = 3
_LISTED: Final = 20
_LONGEST: Final = 1500
"""Characters of a line for a shell. A longer one helps nobody here."""

Style = Literal["bold", "soft", "critical", "high", "medium", "low", "good"]
_CODES: Final[dict[Style, str]] = {
    "bold": "1",
    "soft": "2",
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "good": "1;32",
}


@dataclass(frozen=True, slots=True)
class _Paper:
    """What is written on."""

    width: int
    colour: bool

    def styled(self, text: str, style: Style) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.colour else text

    def wrapped(self, text: str, indent: int = 0, hang: int = 0) -> list[str]:
        """Lines of a text; what follows the first is set further in."""
        return textwrap.wrap(
            one_line(text),
            self.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_on_hyphens=False,
        )


def summarise(report: Report, width: int = 100, *, colour: bool = False) -> str:
    """The summary; its last line is the verdict."""
    paper = _Paper(max(width, _NARROWEST), colour)
    lines = [*_head(report, paper)]
    parts = _findings(report, paper), _again(report, paper), _untested(report, paper), _accepted(report, paper)
    for several in parts:
        lines += several
    lines += _listed("Notes", report.notes, paper)
    outcome = outcome_of(report)
    style: Style = "good" if outcome.word == "clean" else "critical" if outcome.word == "found" else "medium"
    return "\n".join([*lines, "", paper.styled(one_line(outcome.sentence), style), ""])


def _head(report: Report, paper: _Paper) -> list[str]:
    facts = (
        f"{counted(len(report.routes), 'route')}, {counted(len(report.identities), 'identity', 'identities')}, "
        f"{counted(report.requests, 'request')} in {report.seconds:.1f} s ({rate(report):.0f} a second)"
    )
    people = f"as {', '.join(report.identities)}" if report.identities else ""
    title = paper.styled(one_line(f"Drill of {report.target}"), "bold")
    stopped = paper.wrapped(f"It {report.stopped}.") if report.stopped else []
    return [title, *paper.wrapped(facts, 2), *paper.wrapped(people, 2, 3), *stopped]


def _findings(report: Report, paper: _Paper) -> Iterator[str]:
    found = found_in(report.findings)
    for severity in reversed(SEVERITIES):
        alike = tuple(each for each in found if each.severity == severity)
        if not alike:
            continue
        yield from ("", paper.styled(f"{severity.upper()} ({len(alike)})", severity))
        for _, of_attack in groupby(alike, key=lambda each: each.attack.id):
            yield from _attack(tuple(of_attack), severity, report, paper)


def _attack(found: tuple[ReportedFinding, ...], severity: Severity, report: Report, paper: _Paper) -> Iterator[str]:
    about = found[0].attack
    yield f"  {paper.styled(about.id, severity)} {paper.styled(one_line(about.name), 'bold')}"
    for each in found:
        yield from paper.wrapped(f"{_place(each.finding.route)} ({each.caller})", 4, 2)
        yield from paper.wrapped(each.finding.words, 6)
        line = one_line(each.curl(report), _LONGEST + 1)
        again = line if len(line) <= _LONGEST else "(too long for a line here; the HTML report has it)"
        yield paper.styled(f"      {again}", "soft")
    yield from paper.wrapped(f"Fix: {about.fix}", 4, 5)


def _again(report: Report, paper: _Paper) -> Iterator[str]:
    """Lines to paste: they are not wrapped, and nothing stands before them."""
    steps = first_steps(report, found_in(report.findings))
    if steps:
        yield from ("", paper.styled("TO SEE IT AGAIN, before the lines above", "bold"))
        for step in steps:
            kept = [one_line(step, _LONGEST)]
            # What is for people is wrapped; a shell passes over each line of it.
            lines = textwrap.wrap(kept[0], paper.width, subsequent_indent="# ") if step.startswith("#") else kept
            yield from (paper.styled(line, "soft") for line in lines)


def _untested(report: Report, paper: _Paper) -> Iterator[str]:
    gaps = gaps_of(report.untested)
    if not gaps:
        return
    yield from ("", paper.styled(f"UNTESTED ({sum(gap.count for gap in gaps)})", "bold"))
    for gap in gaps[:_GAPS]:
        yield from paper.wrapped(f"{gap.count:>5}  {gap.reason} ({_about(gap)})", 0, 7)
    if len(gaps) > _GAPS:
        rest = sum(gap.count for gap in gaps[_GAPS:])
        yield from paper.wrapped(f"{rest:>5}  {counted(len(gaps) - _GAPS, 'more reason')}", 0, 7)


def _about(gap: Gap) -> str:
    attacks = ", ".join(gap.attacks[:_ROUTES]) + (" ..." if len(gap.attacks) > _ROUTES else "")
    routes = ", ".join(gap.routes[:_ROUTES])
    more = f" and {len(gap.routes) - _ROUTES} more" if len(gap.routes) > _ROUTES else ""
    return f"{attacks}: {routes}{more}" if routes else attacks


def _accepted(report: Report, paper: _Paper) -> list[str]:
    accepted = [
        f"{each.fingerprint}: {report.accepted[each.fingerprint]}" for each in found_in(report.accepted_findings)
    ]
    return _listed("Accepted", tuple(dict.fromkeys(accepted)), paper)


def _listed(title: str, texts: tuple[str, ...], paper: _Paper) -> list[str]:
    if not texts:
        return []
    head = paper.styled(f"{title.upper()} ({len(texts)})", "bold")
    more = (f"... and {len(texts) - _LISTED} more, in the other forms",) if len(texts) > _LISTED else ()
    return ["", head, *(line for text in (*texts[:_LISTED], *more) for line in paper.wrapped(f"- {text}", 2, 2))]


def _place(route: str) -> str:
    return "the whole target" if route == EVERYWHERE else route
