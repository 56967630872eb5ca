"""Everything as JSON, for programs. The form is `buckler-drill`; its version rises when a reader would have to change.

`report.schema.json` beside this file says it in JSON Schema (2020-12), and `buckler drill --schema` prints it.

Bodies are bounded: each says how long it was. Text is ASCII, so that no encoding stands in anybody's way.
"""

import json
from base64 import b64encode
from importlib.resources import files
from typing import Any, Final

from buckler.drill.attack import About, NotApplicable, Untested
from buckler.drill.report import Judged, Report, state_of
from buckler.drill.reports.found import ReportedFinding, attacks_of, found_in
from buckler.drill.reports.outcome import by_severity, outcome_of, rate
from buckler.drill.reports.repeating.coming_in import first_steps
from buckler.drill.reports.texts import text_in
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

FORMAT: Final = "buckler-drill"
VERSION: Final = 1
MOST: Final = 64 * 1024
"""Bytes of a body."""


def write_json(report: Report) -> str:
    """The whole report."""
    return json.dumps(_whole(report), indent=2) + "\n"


def schema_text() -> str:
    """The JSON Schema of a report."""
    return files("buckler.drill.reports").joinpath("report.schema.json").read_text(encoding="utf-8")


def _whole(report: Report) -> dict[str, Any]:
    outcome = outcome_of(report)
    return {
        "format": FORMAT,
        "version": VERSION,
        "target": report.target,
        "origin": report.origin,
        "began": report.began,
        "seconds": round(report.seconds, 3),
        "requests": report.requests,
        "requests_per_second": round(rate(report), 1),
        "stopped": report.stopped or None,
        "outcome": {"word": outcome.word, "sentence": outcome.sentence},
        "coverage": {
            "attacks": report.coverage.of,
            "judged": report.coverage.judged,
            "percent": round(report.coverage.percent, 1),
        },
        "severities": by_severity(report.findings),
        "counts": dict(report.counts),
        "routes": list(report.routes),
        "identities": list(report.identities),
        "notes": list(report.notes),
        "first_steps": list(first_steps(report, found_in(report.findings))),
        "secret_names": sorted(report.secret_names),
        "attacks": [_about(each) for each in attacks_of(report)],
        "findings": [_finding(each, report) for each in found_in(report.findings)],
        "accepted": [
            {**_finding(each, report), "reason": report.accepted[each.fingerprint]}
            for each in found_in(report.accepted_findings)
        ],
        "verdicts": [_verdict(each) for each in report.judged],
        "grid": [
            {"route": route, "identity": identity, "family": family, "state": state}
            for (route, identity, family), state in report.grid.items()
        ],
    }


def _about(about: About) -> dict[str, Any]:
    return {
        "id": about.id,
        "name": about.name,
        "family": about.family,
        "severity": about.severity,
        "sends": about.sends,
        "proves": about.proves,
        "cwe": list(about.cwe),
        "owasp": list(about.owasp),
        "asvs": list(about.asvs),
        "fix": about.fix,
    }


def _verdict(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict
    reason = verdict.reason if isinstance(verdict, Untested | NotApplicable) else None
    return {
        "attack": judged.attack.id,
        "route": verdict.route,
        "identity": verdict.identity,
        "state": state_of(verdict),
        "reason": reason,
    }


def _finding(found: ReportedFinding, report: Report) -> dict[str, Any]:
    finding = found.finding
    return {
        "attack": found.attack.id,
        "fingerprint": found.fingerprint,
        "severity": found.severity,
        "route": finding.route,
        "identity": finding.identity,
        "place": finding.place or None,
        "words": finding.words,
        "control": [_exchange(each) for each in finding.control],
        "attacked": _exchange(finding.attacked),
        "again": {"curl": found.curl(report), "test": found.test(report), "needs": list(found.needs(report))},
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {"who": exchange.who, "request": _request(exchange.request), "answer": _answer(exchange.answer)}


def _request(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "target": request.target,
        "headers": [list(field) for field in request.headers],
        "body": _body(request.beginning(MOST), request.length),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status or None,
        "headers": [list(field) for field in answer.headers],
        "body": _body(answer.body[:MOST], answer.length),
        "seconds": round(answer.seconds, 4),
        "failure": answer.failure or None,
    }


def _body(body: bytes, length: int) -> dict[str, Any] | None:
    if not body:
        return None
    about = {"bytes": length, "cut": length > MOST}
    text = text_in(body[:MOST], whole=length <= MOST)
    return {"base64": b64encode(body[:MOST]).decode(), **about} if text is None else {"text": text, **about}
