"""Markdown, for a comment on a pull request: short, bounded, and with nothing in it that renders, links or mentions.

What a target said stands in code, between fences that are longer than any run of backticks in it. Sentences are
escaped, and `@` and `#` get an invisible neighbour: a comment calls nobody, and refers to nothing.
"""

import re
from typing import Final

from buckler.drill.attack import EVERYWHERE
from buckler.drill.report import Report
from buckler.drill.reports.found import ReportedFinding, found_in
from buckler.drill.reports.messages import answer_text, request_text, status_line
from buckler.drill.reports.outcome import outcome_of, rate
from buckler.drill.reports.repeating.coming_in import first_steps
from buckler.drill.reports.texts import counted, one_line
from buckler.drill.reports.untested import Gap, gaps_of

_MOST: Final = 60_000
"""Characters: the largest comment that forges take, with some to spare."""
_BODY: Final = 1024
_GAPS: Final = 15
_MARKS: Final = {"critical": "🟥", "high": "🟧", "medium": "🟨", "low": "🟦"}
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:@$=^\"'/])")


def write_markdown(report: Report) -> str:
    """The comment."""
    parts = [_head(report)]
    found = found_in(report.findings)
    if found:
        parts += [_table(found), *_again(report, found)]
    after = [*_gaps(gaps_of(report.untested)), *_accepted(report), *_notes(report)]
    left = _MOST - sum(len(part) + 2 for part in (*parts, *after))
    for place, each in enumerate(found):
        details = _details(report, each)
        left -= len(details) + 2
        if left < 0:
            parts.append(f"{counted(len(found) - place, 'more finding')} in the full report.")
            break
        parts.append(details)
    return "\n\n".join((*parts, *after))[:_MOST] + "\n"


def _head(report: Report) -> str:
    outcome = outcome_of(report)
    facts = (
        f"{code(report.target)}: {counted(len(report.routes), 'route')}, "
        f"{counted(len(report.identities), 'identity', 'identities')}, {counted(report.requests, 'request')} "
        f"in {report.seconds:.1f} s ({rate(report):.0f} a second)."
    )
    return f"## Drill: {outcome.head}\n\n{said(outcome.sentence)}\n\n{facts}"


def _table(found: tuple[ReportedFinding, ...]) -> str:
    rows = ["| | Attack | Route | Seen |", "|---|---|---|---|"]
    shown = found[:50]
    for each in shown:
        attack = f"{_MARKS[each.severity]} {each.severity} | {each.attack.id} {said(each.attack.name)}"
        rows.append(f"| {attack} | {_cell(_place(each.finding.route))} | {said(each.finding.words)} |")
    more = f"\n\n{counted(len(found) - len(shown), 'more finding')}." if len(found) > len(shown) else ""
    return "\n".join(rows) + more


def _again(report: Report, found: tuple[ReportedFinding, ...]) -> list[str]:
    steps = "\n".join(one_line(step, 2 * _BODY) for step in first_steps(report, found))
    if not steps:
        return []
    title = "<details>\n<summary>To see it again, before the lines below</summary>"
    return [f"{title}\n\n{fenced(steps, 'sh')}\n\n</details>"]


def _details(report: Report, found: ReportedFinding) -> str:
    finding = found.finding
    lines = [
        "<details>",
        f"<summary>{found.attack.id} {_html(found.attack.name)}: {_html(finding.route)}</summary>",
        "",
        f"{said(finding.words)} ({said(found.caller)})",
        "",
        f"**Fix:** {said(found.attack.fix)}",
    ]
    for each in finding.control:
        lines += ["", f"Control, as {code(each.who)}: {code(status_line(each.answer))}"]
    exchange = f"{request_text(finding.attacked.request, _BODY)}\n\n{answer_text(finding.attacked.answer, _BODY)}"
    lines += ["", "The attack, and the answer:", "", fenced(exchange, "http")]
    return "\n".join([*lines, "", fenced(one_line(found.curl(report), 2 * _BODY), "sh"), "", "</details>"])


def _gaps(gaps: tuple[Gap, ...]) -> list[str]:
    if not gaps:
        return []
    rows = [f"- {counted(gap.count, 'time')}: {said(gap.reason)} ({', '.join(gap.attacks)})" for gap in gaps[:_GAPS]]
    if len(gaps) > _GAPS:
        rows.append(f"- {counted(len(gaps) - _GAPS, 'more reason')}")
    total = counted(sum(gap.count for gap in gaps), "verdict")
    return [f"<details>\n<summary>Untested: {total}</summary>\n\n" + "\n".join(rows) + "\n\n</details>"]


def _accepted(report: Report) -> list[str]:
    rows = [
        f"- {code(each.fingerprint)}: {said(report.accepted[each.fingerprint])}"
        for each in found_in(report.accepted_findings)[:_GAPS]
    ]
    return ["**Accepted by the baseline**\n\n" + "\n".join(rows)] if rows else []


def _notes(report: Report) -> list[str]:
    rows = [f"- {said(note)}" for note in report.notes[:_GAPS]]
    return ["**Notes**\n\n" + "\n".join(rows)] if rows else []


def said(text: str) -> str:
    """A sentence as it is."""
    escaped = _SPECIAL.sub(r"\\\1", one_line(text))
    return escaped.replace("@", "@\u200b").replace("#", "#\u200b")


def code(text: str) -> str:
    """A text as code, within a line."""
    shown = one_line(text, 200) or " "
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{ticks} {shown} {ticks}" if "`" in shown else f"{ticks}{shown}{ticks}"


def fenced(text: str, language: str) -> str:
    """Lines of code."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{ticks}{language}\n{text}\n{ticks}"


def _cell(text: str) -> str:
    """In a table a bar ends the cell, within code too."""
    return code(text).replace("|", "\\|")


def _place(route: str) -> str:
    return "the whole target" if route == EVERYWHERE else route


def _html(text: str) -> str:
    shown = one_line(text, 200).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return shown.replace("@", "@\u200b").replace("#", "#\u200b").replace("`", "&#96;")
