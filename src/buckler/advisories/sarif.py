"""A report in SARIF 2.1.0 (OASIS), which code scanning shows beside the code.

An accepted flaw is there as suppressed, with its reason. What was not audited is a warning of the run: a result would
say that something was found. Where nothing was audited at all, the run did not succeed.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from buckler.advisories.flaws import Finding
from buckler.advisories.judgement import Entry, Report
from buckler.advisories.packages import Unaudited, on_one_line
from buckler.advisories.severity import Level

_LEVELS: Final[dict[Level, str]] = {
    "critical": "error",
    "high": "error",
    "unknown": "error",
    "medium": "warning",
    "low": "note",
}
_SCORES: Final[dict[Level, str]] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""Code scanning sorts by a number. Ours stands in the middle of the level's, as levels are what was told."""
_LINK: Final = re.compile(r"([\\\[\]])")
_ANYWHERE: Final = "pyproject.toml"
"""A result has a place. What is installed stands in no file; its cause is what the project asks for."""

Members = dict[str, object]


def as_sarif(report: Report, version: str) -> str:
    """One run, with a rule for each advisory."""
    told = [(each, None) for each in report.findings] + list(report.accepted)
    rules = {finding.id: _rule(finding) for finding, _ in told}
    places = {name: number for number, name in enumerate(rules)}
    missing = (*report.unaudited, *(each for each, _ in report.accepted_unaudited))
    driver: Members = {"name": "buckler advisories", "version": version, "rules": list(rules.values())}
    run: Members = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": bool(report.audited),
                "toolExecutionNotifications": [_notification(each) for each in missing],
            }
        ],
        "results": [
            _result(finding, entry, places[finding.id], fingerprint)
            for (finding, entry), fingerprint in zip(told, _fingerprints(each for each, _ in told), strict=True)
        ],
    }
    document: Members = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2) + "\n"


def _rule(finding: Finding) -> Members:
    properties: Members = {"tags": ["security", *finding.aliases]}
    if finding.level in _SCORES:
        properties["security-severity"] = _SCORES[finding.level]
    return {
        "id": finding.id,
        "shortDescription": {"text": _text(finding.summary or finding.id)},
        "helpUri": finding.url,
        "properties": properties,
    }


def _fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """What stays as it is from version to version; a second version of a package beside the first has its own."""
    seen: Counter[str] = Counter()
    for each in findings:
        named = f"{each.id}:{each.package.name}"
        seen[named] += 1
        yield named if seen[named] == 1 else f"{named}:{seen[named]}"


def _result(finding: Finding, entry: Entry | None, rule: int, fingerprint: str) -> Members:
    package = finding.package
    remedy = f"Upgrade to {finding.fixed} or later." if finding.fixed else "No version with a fix is known."
    result: Members = {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "level": _LEVELS[finding.level],
        "message": {"text": _text(f"{package.name} {package.version}: {finding.summary or finding.id}. {remedy}")},
        "locations": [{"physicalLocation": _place(package.file, package.line)}],
        "partialFingerprints": {"advisoryOfPackage/v1": fingerprint},
    }
    if entry is not None:
        why = f"{entry.reason} (until {entry.until})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _place(file: str, line: int) -> Members:
    place: Members = {"artifactLocation": {"uri": quote(PurePath(file or _ANYWHERE).as_posix())}}
    return place | ({"region": {"startLine": line}} if line else {})


def _notification(missing: Unaudited) -> Members:
    named = f"{missing.package} {missing.version}".strip()
    return {"level": "warning", "message": {"text": _text(f"{named} was not audited: {missing.reason}.")}}


def _text(told: str) -> str:
    """What others wrote makes no link in a message (3.11.6) and no place for an argument (3.11.5)."""
    return _LINK.sub(r"\\\1", on_one_line(told)).replace("{", "{{").replace("}", "}}")
