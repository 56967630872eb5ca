"""What a trial would have refused, added up from lines of a log."""

import json
from typing import Any

import pytest

from buckler.cli.trial_report import LONGEST_LINE, MANY, MOST_ROWS, OTHERS, SUMMED, Report
from buckler.edge.trial import LIFTED

CODES = sorted(code for codes in LIFTED.values() for code in codes)


def line(**given: Any) -> bytes:
    whole: dict[str, Any] = {
        "at": "2027-01-15T08:00:00.000+00:00", "event": "would_refuse", "client": "203.0.113.9", "method": "GET",
        "path": "/old/7", "route": "/old/{number}", "refusal": "undeclared", "status": 403, "by": "undeclared",
    }  # fmt: skip
    return json.dumps({**whole, **given}).encode() + b"\n"


def report_of(*lines: bytes) -> Report:
    report = Report()
    report.read(lines)
    return report


def test_lines_of_one_route_are_one_row() -> None:
    """With how many there were, by how many clients, and from when until when."""
    report = report_of(
        line(at="2027-01-15T09:00:00.000+00:00", path="/old/8"),
        line(),
        line(client="203.0.113.10"),
        line(route="/other"),
    )
    assert report.would_refuse == 4
    row, other = report.rows
    assert (row.at, row.count, len(row.clients), row.first[11:13], row.last[11:13]) == (
        "GET /old/{number}", 3, 2, "08", "09",
    )  # fmt: skip
    assert (other.at, other.count) == ("GET /other", 1)


def test_the_methods_of_one_path_are_told_apart() -> None:
    """Each is a route of its own, with a declaration to write."""
    report = report_of(line(), line(method="DELETE"), line(method=None, route=None, path=None))
    assert [row.at for row in report.rows] == ["-", "DELETE /old/{number}", "GET /old/{number}"]


def test_a_request_with_several_lines_counts_once_in_all() -> None:
    """By its id; each of its refusals keeps its row. Lines without one, and sums, count as they tell."""
    both = (line(request_id="1f"), line(request_id="1f", refusal="host-unknown", reason="asked for the host a.test"))
    report = report_of(*both, line(request_id="2e"), line(), line())
    assert (report.would_refuse, sum(row.count for row in report.rows), report.is_exact) == (4, 5, True)
    sums = (line(count=5), line(count=5, refusal="host-unknown"))
    assert not report_of(*sums).is_exact
    assert report_of(sums[0], sums[0]).is_exact


def test_what_no_trial_lifts_is_told_where_it_is_much() -> None:
    """With what to do: an app behind a proxy that nobody named refuses every request, and no row would say so."""
    refused = line(event="sys_insecure_transport", refusal="https-required")
    few = report_of(*[refused] * (MANY - 1))
    assert (few.refused, few.would_refuse, few.rows) == ([], 0, [])
    ((code, count, remedy),) = report_of(
        refused, line(event="sys_insecure_transport", refusal="https-required", count=MANY)
    ).refused
    assert (code, count) == ("https-required", MANY + 1)
    assert "BUCKLER_BEHIND=1" in remedy


def test_a_path_that_differs_by_a_slash_is_told_from_the_first_time() -> None:
    """No other line would."""
    slash = line(event="malicious_direct_reference", refusal="slash-redirect", path="/old/\x1b", status=404)
    ((code, count, remedy),) = report_of(slash).refused
    assert (code, count) == ("slash-redirect", 1)
    assert "declare both paths" in remedy
    assert remedy.endswith("Asked for: /old/\\u001b.")


def test_a_sum_counts_as_many_as_it_tells() -> None:
    """Its place is not known, its refusal is, and so is the defence behind that."""
    summed = {
        "event": "would_refuse", "client": "203.0.113.9", "count": 98, "refusal": "undeclared",
        "first": "2027-01-15T08:00:00.100+00:00", "last": "2027-01-15T08:00:00.900+00:00",
    }  # fmt: skip
    (row,) = report_of(json.dumps(summed).encode()).rows
    assert (row.at, row.count, row.by, row.first, row.last) == (
        SUMMED, 98, "undeclared", summed["first"], summed["last"],
    )  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_each_refusal_has_a_remedy(code: str) -> None:
    """What can be lifted can be mended."""
    (remedy,) = report_of(line(refusal=code)).remedies.values()
    assert any(word in remedy for word in ("BUCKLER_", "Limit(", "Accepts(", "Public("))


def test_the_hosts_that_were_asked_for_stand_in_the_setting() -> None:
    """Those that can be hosts; a stranger's nonsense is not handed on as one."""
    hosts = ("old.example.com", "www.example.com:8443", "a b", "OLD,evil", "x" * 300)
    report = report_of(*(line(refusal="host-unknown", reason=f"asked for the host {each}") for each in hosts))
    assert "BUCKLER_HOSTS=old.example.com,www.example.com." in report.remedies["host-unknown"]


@pytest.mark.parametrize(
    "raw",
    [b"no json\n", b"[1]\n", b'"text"\n', b"\xff\xfe\n", b"{\n", b"[" * 60_000 + b"\n", b"x" * (LONGEST_LINE + 1),
     line(refusal=None), line(refusal=7), line(count="3"), line(count=-1), line(count=True), b'{"a": NaN, \n'],
)  # fmt: skip
def test_what_is_no_line_of_ours_is_counted_and_passed_over(raw: bytes) -> None:
    report = report_of(raw, line())
    assert (report.malformed, report.would_refuse, report.lines) == (1, 1, 2)


def test_other_events_and_empty_lines_are_passed_over() -> None:
    """A refusal too: it refused already."""
    report = report_of(line(event="authz_fail"), line(event="sys_exemption", middleware="Plain"), b"\n", b'{"a": 1}\n')
    assert (report.would_refuse, report.malformed, report.rows) == (0, 0, [])


def test_answers_that_were_held_are_told_apart() -> None:
    """They were refused already, trial or not; what is needed is another declaration."""
    held = line(event="authz_undecided", refusal="undecided", route=None)
    summed = line(event="authz_undecided", refusal="undecided", count=4)
    report = report_of(held, summed)
    assert (report.held, report.would_refuse) == (5, 0)


def test_the_undeclared_routes_of_the_start_are_listed_once() -> None:
    started = line(event="sys_exemption", undeclared="GET /old (main.py:3)")
    assert list(report_of(started, started).undeclared) == ["GET /old (main.py:3)"]


def test_a_log_of_any_length_takes_little_memory() -> None:
    """What strangers choose fills no more rows than these; all are counted."""
    report = report_of(*(line(route=f"/{number}") for number in range(MOST_ROWS + 50)))
    assert (report.would_refuse, len(report.rows)) == (MOST_ROWS + 50, MOST_ROWS + 1)
    assert next(row.count for row in report.rows if row.at == OTHERS) == 50
