"""Requests and answers as they are shown, in every form that shows them."""

import json

import pytest

from buckler.drill.attack import Finding, Untested
from buckler.drill.report import Judged
from buckler.drill.report_forms import ReportForm
from buckler.drill.reports import FORMS
from buckler.drill.reports.messages import answer_text, request_text, status_line
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request
from tests.drill.reports.samples import BROKE, OWNED, shop

SENT = Request("POST", "/a", "b=1", (("X-A", "1"), ("X-A", "2")), b"\x00\xff\tcaf\xc3\xa9\r\nend")
SILENT = Exchange(SENT, Answer(0, failure="ReadTimeout: 10 s"), "ada")
BROKEN = Judged(BROKE, Finding("POST /a", "Nothing came back.", SILENT, (SILENT,), "ada"))


def test_a_message_is_shown_as_it_is_sent() -> None:
    """Line by line; what is no text is shown by number."""
    assert request_text(SENT) == "POST /a?b=1\nX-A: 1\nX-A: 2\n\n\\u0000\\xff   caf\u00e9\nend"
    assert answer_text(Answer(404, (("X-A", "1"),))) == "404 Not Found\nX-A: 1"
    assert status_line(Answer(799)) == "799"


def test_a_body_is_cut_and_says_so() -> None:
    """Text and runs alike."""
    noise = bytes(65 + (number * number) % 23 for number in range(30_000))
    assert request_text(Request("PUT", "/", body=noise), 100).endswith("\n\u2026 29,900 more bytes")
    assert request_text(Request("PUT", "/", body=b"[" * 9000), 100).endswith("([, 9000 times)")


@pytest.mark.parametrize("form", FORMS)
def test_where_nothing_came_every_form_says_so(form: ReportForm) -> None:
    """A silence is a finding too. The summary leaves the cause to the others."""
    said = "Nothing came back." if form == "terminal" else "ReadTimeout"
    assert said in FORMS[form](shop(judged=(BROKEN,)))


def test_bytes_stay_bytes_in_what_programs_read() -> None:
    """In Base64, where they are no text."""
    sarif = json.loads(FORMS["sarif"](shop(judged=(BROKEN,))))
    assert sarif["runs"][0]["results"][0]["webRequest"]["body"] == {"binary": "AP8JY2Fmw6kNCmVuZA=="}


def test_two_findings_of_one_case_are_both_told() -> None:
    """The second stands beside the first."""
    other = Finding(OWNED.route, "A second thing was seen.", OWNED.attacked, OWNED.control, "ada")
    written = FORMS["junit"](shop(judged=(Judged(BROKE, OWNED), Judged(BROKE, other))))
    assert 'failures="1"' in written
    assert "low: A second thing was seen. (as ada)" in written


def test_what_is_much_is_counted() -> None:
    """Routes of a reason, and reasons of a comment."""
    reasons = [Judged(BROKE, Untested(f"GET /{number}", f"reason {number}")) for number in range(20)]
    routes = [Judged(BROKE, Untested(f"GET /{number}", "no account")) for number in range(50)]
    report = shop(judged=(*reasons, *routes))
    assert "<summary>50 routes</summary>" in FORMS["html"](report)
    assert "<li>and 10 more</li>" in FORMS["html"](report)
    assert "- 6 more reasons" in FORMS["markdown"](report)
