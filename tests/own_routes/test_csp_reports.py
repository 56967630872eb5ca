"""Reports of browsers: taken in both forms, cut, without what may be a secret; and everything else is a 4xx."""

import json
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Csp, Trial
from buckler.edge.csp_policy import REPORTS
from buckler.own_routes.csp_reports import MOST_BYTES
from tests.edge.on_trial import LAST
from tests.events.test_log import events_of
from tests.stage import protect
from tests.wire import Answer, ask

OLD = "application/csp-report"
NEW = "application/reports+json"
OF_OLD = {
    "csp-report": {
        "document-uri": "https://api.example.test/notes?key=SECRET#SECRET",
        "referrer": "https://api.example.test/SECRET",
        "violated-directive": "script-src-elem 'self'",
        "blocked-uri": "https://me:SECRET@evil.test/track?of=SECRET",
        "source-file": "https://api.example.test/app.js?v=SECRET",
        "line-number": 12,
        "disposition": "enforce",
        "script-sample": "SECRET",
        "original-policy": "default-src 'self'",
    }
}
OF_NEW = {
    "type": "csp-violation",
    "age": 10,
    "url": "https://api.example.test/notes?key=SECRET",
    "user_agent": "a browser",
    "body": {
        "documentURL": "https://api.example.test/notes?key=SECRET",
        "blockedURL": "https://evil.test/track?of=SECRET",
        "effectiveDirective": "script-src-elem",
        "sourceFile": "https://api.example.test/app.js",
        "lineNumber": 12,
        "disposition": "enforce",
        "sample": "SECRET",
    },
}
TOLD = {
    "page": "/notes",
    "directive": "script-src-elem",
    "blocked": "https://evil.test",
    "source": "/app.js",
    "line": 12,
    "disposition": "enforce",
}


@pytest.fixture
def app() -> FastAPI:
    return protect(FastAPI(), csp=Csp())


async def report(app: FastAPI, document: object, kind: str = OLD, **given: Any) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return await ask(app, "POST", REPORTS, headers=[("content-type", kind)], body=body, **given)


def violations(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [each for each in events_of(caplog) if each["event"] == "csp_violation"]


@pytest.mark.parametrize(("document", "kind"), [(OF_OLD, OLD), ([OF_NEW], NEW), ([OF_NEW], f"{NEW}; charset=utf-8")])
async def test_what_a_browser_stopped_stands_in_the_log(
    app: FastAPI, caplog: pytest.LogCaptureFixture, document: object, kind: str
) -> None:
    """By its place, and without what follows a question mark."""
    assert (await report(app, document, kind)).status == 204
    (line,) = violations(caplog)
    assert {name: line[name] for name in TOLD} == TOLD
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize(
    ("blocked", "told"),
    [
        ("inline", "inline"),
        ("data", "data"),
        ("data:text/javascript,SECRET", "data:"),
        ("javascript:SECRET", "javascript:"),
        ("secret-word:SECRET", "?"),
        ("chrome-extension://abc/SECRET", "chrome-extension://abc"),
        ("https://api.example.test/own.js?SECRET", "/own.js"),
        ("", "?"),
        ("https://[SECRET", "?"),
        ("x" * 5000, "?"),
        ("https://" + "x" * 500, "https://" + "x" * 112),
        (None, ""),
        ({"a": 1}, ""),
        ("https://a.test\r\nforged: 1", "https://a.testforged: 1"),
    ],
)
async def test_a_strangers_word_is_cut(
    app: FastAPI, caplog: pytest.LogCaptureFixture, blocked: object, told: str
) -> None:
    document = {"csp-report": {**OF_OLD["csp-report"], "blocked-uri": blocked, "line-number": -1}}
    assert (await report(app, document)).status == 204
    (line,) = violations(caplog)
    assert (line["blocked"], line["line"]) == (told, 0)
    assert "SECRET" not in caplog.text


async def test_a_page_without_a_path_is_told_by_its_scheme(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """The rest of it is code; and true is no line."""
    told = {"document-uri": "javascript:SECRET", "source-file": "javascript:SECRET", "line-number": True}
    assert (await report(app, {"csp-report": told})).status == 204
    (line,) = violations(caplog)
    assert (line["page"], line["source"], line["line"]) == ("javascript:", "javascript:", 0)
    assert line["line"] is not True


@pytest.mark.parametrize(
    ("document", "kind", "status"),
    [
        (b"", OLD, 400),
        (b"{", OLD, 400),
        (b"[" * 10_000, OLD, 400),
        (b"\xff", OLD, 400),
        ([], OLD, 400),
        ({}, OLD, 400),
        ({"csp-report": []}, OLD, 400),
        ({}, NEW, 400),
        ([1], NEW, 400),
        (b"{", NEW, 400),
        (OF_OLD, "application/json", 415),
        (OF_OLD, "text/plain", 415),
        (b'{"csp-report": {"document-uri": "' + b"a" * MOST_BYTES + b'"}}', OLD, 413),
    ],
)
async def test_what_is_no_report_is_refused_and_never_a_crash(
    app: FastAPI, caplog: pytest.LogCaptureFixture, document: object, kind: str, status: int
) -> None:
    assert (await report(app, document, kind)).status == status
    assert violations(caplog) == []


async def test_other_reports_of_a_browser_are_let_go(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """And of a violation whose body is none nothing is told."""
    others = [{**OF_NEW, "type": "deprecation"}, {**OF_NEW, "body": None}]
    assert (await report(app, others, NEW)).status == 204
    assert violations(caplog) == []


async def test_a_flood_of_reports_is_a_few_lines(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """Summed in the log, a few lines for each second that it lasts, then refused."""
    statuses = [(await report(app, [OF_NEW] * 50, NEW)).status for _ in range(125)]
    assert statuses.count(204) == 120
    assert statuses[-1] == 429
    assert len(violations(caplog)) < 40  # of 2,400


async def test_each_kind_of_breach_has_its_line(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """A page breaks its policy in several ways at once. What a stranger makes up is one kind."""
    kinds = ["script-src-elem", "img-src", "made-up", "made-up-too", 7]
    reports = [{**OF_NEW, "body": {**OF_NEW["body"], "effectiveDirective": kind}} for kind in kinds]  # type: ignore[dict-item]
    assert (await report(app, reports, NEW)).status == 204
    assert [each["directive"] for each in violations(caplog)] == ["script-src-elem", "img-src", "unknown"]


async def test_it_is_there_where_a_policy_reports_and_nowhere_else() -> None:
    """A trial of the policy measures, so it reports."""
    trial = Trial(until=LAST, only={"csp"}, reason="a test")
    with_one = [protect(FastAPI(), csp=Csp()), protect(FastAPI(), trial=trial)]
    without = [protect(FastAPI()), protect(FastAPI(), csp=Csp(reports=False))]
    assert [(await report(each, OF_OLD)).status for each in with_one] == [204, 204]
    assert [(await report(each, OF_OLD)).status for each in without] == [404, 404]


async def test_a_browser_on_another_origin_may_report() -> None:
    """Reports carry no credential, and browsers name them as they like."""
    app = protect(FastAPI(), csp=Csp())
    headers = [("content-type", OLD), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    answer = await ask(app, "POST", REPORTS, headers=headers, body=json.dumps(OF_OLD).encode())
    assert answer.status == 204
