"""A report as a page: for the summary of a build, or a pull request."""

import re
from collections.abc import Iterable
from typing import Final

from buckler.advisories.judgement import Report
from buckler.advisories.packages import on_one_line
from buckler.advisories.sentences import HEAD, rows, sections, summary

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_ADDRESS: Final = re.compile(r"(?<=[A-Za-z])(:)(?=//)|(?<=\bwww)(\.)", re.IGNORECASE)
_MENTION: Final = "@<!-- -->"
"""A page shows it as `@`, and calls nobody."""


def as_markdown(report: Report) -> str:
    """Texts of advisories are others': none of them becomes markup."""
    lines = ["# Advisories", "", _plain(summary(report)), ""]
    if report.findings:
        lines += [_row(each.capitalize() for each in HEAD), _row(["---"] * len(HEAD))]
        for found, cells in zip(report.findings, rows(report.findings), strict=True):
            package, version, name, *others = map(_plain, cells)
            lines.append(_row([package, version, f"[{name}]({found.url})", *others]))
        lines.append("")
    for heading, told in sections(report):
        lines += [f"## {heading}", "", *(f"- {_plain(each)}" for each in told), ""]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    marked = _ADDRESS.sub(r"\\\g<0>", _MARKUP.sub(r"\\\1", text))
    return on_one_line(marked).replace("@", _MENTION)
