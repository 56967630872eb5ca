"""A report as JSON, for programs."""

import json

from buckler.advisories.flaws import Finding
from buckler.advisories.judgement import Entry, Report
from buckler.advisories.packages import Unaudited

Members = dict[str, object]


def as_json(report: Report) -> str:
    """Everything that was found, and everything that was not."""
    document: Members = {
        "source": report.inventory.source,
        "python": report.inventory.python or None,
        "data": report.data,
        "packages": len(report.inventory.packages),
        "audited": report.audited,
        "findings": [_finding(each) for each in report.findings],
        "accepted": [_finding(each) | _because(entry) for each, entry in report.accepted],
        "unaudited": [_unaudited(each) for each in report.unaudited],
        "accepted_unaudited": [_unaudited(each) | _because(entry) for each, entry in report.accepted_unaudited],
        "accepted_in_part": [_finding(each) for each in report.partly],
        "expired": [{"what": each.told()} | _because(each) for each in report.expired],
        "unused": [{"what": each.told()} | _because(each) for each in report.unused],
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(found: Finding) -> Members:
    return {
        "package": found.package.name,
        "version": found.package.version,
        "id": found.id,
        "aliases": list(found.aliases),
        "severity": found.level,
        "summary": found.summary,
        "fixed": found.fixed or None,
        "sources": list(found.sources),
        "url": found.url,
    }


def _unaudited(missing: Unaudited) -> Members:
    return {"package": missing.package, "version": missing.version or None, "why": missing.reason}


def _because(entry: Entry) -> Members:
    return {"reason": entry.reason, "until": entry.until.isoformat()}
