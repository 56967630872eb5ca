"""SARIF 2.1.0, for code scanning: rules are attacks, results are findings, what the baseline lets be is suppressed.

A result stands at a route and not in a file. It has a logical location, and a relative address for readers that want
a file (section 3.29.2): that of the route, below the target.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, cast
from urllib.parse import quote

from buckler.drill.attack import EVERYWHERE, About, Severity
from buckler.drill.report import Report
from buckler.drill.reports.found import ReportedFinding, attacks_of, found_in
from buckler.drill.reports.outcome import outcome_of
from buckler.drill.reports.texts import one_line, text_in
from buckler.drill.reports.untested import gaps_of
from buckler.drill.transport.answer import NOTHING, Answer
from buckler.drill.transport.request import Fields, Request

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final[dict[Severity, str]] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_SCORES: Final[dict[Severity, str]] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5"}
"""Within the bands that code scanning sorts by."""
_MOST: Final = 16 * 1024
"""Bytes of a body."""
_TARGET: Final = "TARGET"


def write_sarif(report: Report) -> str:
    """The log, with one run."""
    attacks = attacks_of(report)
    places = {about.id: place for place, about in enumerate(attacks)}
    results = [_result(each, places) for each in found_in(report.findings)]
    results += [_result(each, places, report.accepted[each.fingerprint]) for each in found_in(report.accepted_findings)]
    run = {
        "tool": {"driver": {"name": "buckler drill", "rules": [_plain(_rule(about)) for about in attacks]}},
        "automationDetails": {"id": "buckler-drill/"},
        "originalUriBaseIds": {_TARGET: {"uri": f"{report.origin.rstrip('/')}/"}},
        "invocations": [_plain(_invocation(report))],
        "results": results,
        "properties": _plain(
            {"target": report.target, "requests": report.requests, "verdict": outcome_of(report).sentence}
        ),
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _plain(whole: Mapping[str, object]) -> dict[str, Any]:
    """The same with each text on one line: whoever shows it may be a terminal."""
    return {name: _shown(value) for name, value in whole.items()}


def _shown(value: object) -> object:
    if isinstance(value, str):
        return one_line(value, len(value))
    if isinstance(value, Mapping):
        return _plain(cast("Mapping[str, object]", value))
    return [_shown(each) for each in cast("list[object]", value)] if isinstance(value, list) else value


def _rule(about: About) -> dict[str, Any]:
    tags = ["security", about.family, *(f"external/cwe/cwe-{number}" for number in about.cwe)]
    tags += [*(f"OWASP {risk}:2023" for risk in about.owasp), *(f"ASVS {number}" for number in about.asvs)]
    return {
        "id": about.id,
        "name": "".join(word.capitalize() for word in about.name.split()),
        "shortDescription": {"text": about.name},
        "fullDescription": {"text": about.proves},
        "help": {"text": about.fix, "markdown": about.fix},
        "defaultConfiguration": {"level": _LEVELS[about.severity]},
        "properties": {"tags": tags, "precision": "very-high", "security-severity": _SCORES[about.severity]},
    }


def _result(found: ReportedFinding, places: dict[str, int], accepted: str = "") -> dict[str, Any]:
    finding = found.finding
    digest = sha256(found.fingerprint.encode("utf-8", "replace")).hexdigest()
    result: dict[str, Any] = {
        "ruleId": found.attack.id,
        "ruleIndex": places[found.attack.id],
        "level": _LEVELS[found.severity],
        "kind": "fail",
        "message": {"text": f"{one_line(finding.words)} ({finding.route}, {found.caller})"},
        "locations": [_location(finding.route)],
        "properties": {"severity": found.severity, "identity": finding.identity, "place": finding.place},
    }
    if accepted:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": accepted}]
    # What a finding is known by, and the exchange, are for programs, and stay as they are.
    return _plain(result) | {
        "fingerprints": {"bucklerDrill/v1": found.fingerprint},
        "partialFingerprints": {
            "bucklerDrill/v1": found.fingerprint,
            "primaryLocationLineHash": f"{digest[:32]}:1",
        },
        "webRequest": _request(finding.attacked.request),
        "webResponse": _response(finding.attacked.answer),
    }


def _location(route: str) -> dict[str, Any]:
    path = "" if route == EVERYWHERE else route.partition(" ")[2].lstrip("/")
    address = {"uri": quote(path, safe="/", errors="replace") or "./", "uriBaseId": _TARGET}
    return {
        "physicalLocation": {"artifactLocation": address, "region": {"startLine": 1}},
        "logicalLocations": [{"fullyQualifiedName": "the whole target" if route == EVERYWHERE else route}],
    }


def _request(request: Request) -> dict[str, Any]:
    sent = {
        "protocol": "HTTP",
        "version": "1.1",
        "method": request.method,
        "target": request.target,
        "headers": _headers(request.headers),
    }
    return {**sent, "body": _body(request.beginning(_MOST), request.length)} if request.length else sent


def _response(answer: Answer) -> dict[str, Any]:
    if answer.status == NOTHING:
        return {"noResponseReceived": True, "reasonPhrase": answer.failure}
    heard = {"statusCode": answer.status, "headers": _headers(answer.headers)}
    return {**heard, "body": _body(answer.body[:_MOST], answer.length)} if answer.body else heard


def _headers(fields: Fields) -> dict[str, str]:
    """By name; several of one name are put together (RFC 9110 section 5.3)."""
    found: dict[str, str] = {}
    for name, value in fields:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _body(body: bytes, length: int) -> dict[str, str]:
    text = text_in(body, whole=length <= _MOST)
    return {"binary": b64encode(body).decode()} if text is None else {"text": text}


def _invocation(report: Report) -> dict[str, Any]:
    """How it went. What was not attacked is told here: it is no result."""
    told = [
        {"level": "note", "message": {"text": f"Untested: {gap.reason} ({', '.join(gap.attacks)}; {gap.count} times)"}}
        for gap in gaps_of(report.untested)
    ]
    told += [{"level": "note", "message": {"text": note}} for note in report.notes]
    if report.stopped:
        told.append({"level": "warning", "message": {"text": report.stopped}})
    return {"executionSuccessful": not report.stopped, "toolExecutionNotifications": told}
