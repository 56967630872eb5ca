"""A report in sentences: what stands around the table of findings, on a terminal and on a page."""

from collections.abc import Iterable
from typing import Final

from buckler.advisories.flaws import Finding, remedy
from buckler.advisories.judgement import Report
from buckler.advisories.packages import Unaudited, on_one_line

_FEW: Final = 5
"""Names that leave the reason behind them in sight."""
Section = tuple[str, list[str]]
HEAD = ("PACKAGE", "VERSION", "ADVISORY", "SEVERITY", "FIXED IN", "WHAT")


def rows(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """One row a finding."""
    return [
        (each.package.name, each.package.version, each.id, each.level, each.fixed or "nowhere yet", each.summary)
        for each in findings
    ]


def sections(report: Report) -> list[Section]:
    """What there is to say beside, each with its heading; nothing is said of what there is none of."""
    every = [
        ("Upgrade", [f"{name} to {version} or later" for name, version in sorted(remedy(report.findings).items())]),
        ("Not audited", _by_reason(each for each in report.unaudited if not each.partly)),
        ("Audited in part", _by_reason(each for each in report.unaudited if each.partly)),
        (
            "Accepted",
            [
                f"{found.id} in {found.package.name} {found.package.version} until {entry.until}: {entry.reason}"
                for found, entry in report.accepted
            ]
            + [
                f"{missing.package}, unaudited, until {entry.until}: {entry.reason}"
                for missing, entry in report.accepted_unaudited
            ],
        ),
        (
            "Not accepted, for it is more than one flaw: accept each",
            [f"{each.package.name} {each.package.version}: {_all_names(each)}" for each in report.partly],
        ),
        (
            "Accepted until a day that is over, so not accepted",
            [f"{each.told()} (until {each.until}): {each.reason}" for each in report.expired],
        ),
        (
            "Accepted, and nothing of it was found: take it out",
            [f"{each.told()} (until {each.until}): {each.reason}" for each in report.unused],
        ),
    ]
    return [(heading, list(map(on_one_line, lines))) for heading, lines in every if lines]


def summary(report: Report) -> str:
    """How much was judged, by what, and what was found. No package is called safe."""
    all_packages, audited = len(report.inventory.packages), report.audited
    judged = f"{audited} of {_counted(all_packages, 'package')} of {report.inventory.source} audited, by {report.data}."
    python = f" Python {report.inventory.python} itself is not judged." if report.inventory.python else ""
    return on_one_line(f"{_found(report)} {judged}{python}")


def _found(report: Report) -> str:
    if report.findings:
        packages = {each.package for each in report.findings}
        return f"{_counted(len(report.findings), 'known flaw')} in {_counted(len(packages), 'package')}."
    if not report.audited:
        return "Nothing was audited."
    return "No flaw is known in what was audited" + (", but for what is accepted." if report.accepted else ".")


def _by_reason(unaudited: Iterable[Unaudited]) -> list[str]:
    """Many have the same reason: it is said once, and before their names where those are more than a line."""
    named: dict[str, list[str]] = {}
    for each in unaudited:
        named.setdefault(each.reason, []).append(f"{each.package} {each.version}".strip())
    return [_told(packages, reason) for reason, packages in sorted(named.items())]


def _told(packages: list[str], reason: str) -> str:
    names = ", ".join(packages)
    return f"{names}: {reason}" if len(packages) <= _FEW else f"{len(packages)} packages, as {reason}: {names}"


def _all_names(found: Finding) -> str:
    return ", ".join((found.id, *found.aliases))


def _counted(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"
