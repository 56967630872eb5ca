"""A report as SARIF, as JSON, as a page."""

import json
import re
from datetime import date
from typing import Any

import pytest

from buckler.advisories.baseline import Accepted, AcceptedUnaudited, Baseline
from buckler.advisories.flaws import Flaw
from buckler.advisories.judgement import Report, judge
from buckler.advisories.markdown import as_markdown
from buckler.advisories.members import as_json
from buckler.advisories.packages import Package, Unaudited
from buckler.advisories.sarif import as_sarif
from buckler.advisories.sentences import sections, summary
from buckler.advisories.severity import Level
from tests.advisories.made import flaw, inventory

TODAY = date(2026, 11, 30)
LATER, OVER = date(2026, 12, 31), date(2026, 1, 31)
LOCKED = Package("shape", "1.0", file="uv.lock", line=12)
SOLID, LOST = Package("solid", "2.0"), Package("lost", "0.1")


def flaw_of(package: Package, *ids: str, level: Level = "high", summary: str = "It breaks", fixed: str = "2.0") -> Flaw:
    return Flaw(package, frozenset(ids), level, summary, fixed, "a test")


@pytest.fixture
def report() -> Report:
    """One of everything."""
    baseline = Baseline(
        (
            Accepted(id="CVE-2", reason="not reached", until=LATER),
            Accepted(id="CVE-3", package="solid", reason="was so", until=OVER),
            Accepted(id="CVE-9", reason="long ago", until=LATER),
        ),
        (AcceptedUnaudited(package="lost", reason="ours", until=LATER),),
    )
    flaws = [
        flaw_of(LOCKED, "CVE-1", "GHSA-1", level="critical"),
        flaw_of(LOCKED, "CVE-2"),
        flaw_of(SOLID, "CVE-3", level="unknown", summary="", fixed=""),
    ]
    missing = [Unaudited("lost", "0.1", "nobody knows it"), Unaudited("line 3", "", "it names nothing")]
    return judge(inventory(LOCKED, SOLID, LOST), "a test", flaws, missing, baseline, TODAY)


def run_of(text: str) -> dict[str, Any]:
    document = json.loads(text)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    return dict(run)


def test_sarif_has_a_rule_for_each_advisory_and_a_result_for_each_package(report: Report) -> None:
    """What SARIF 2.1.0 and code scanning ask of a run: ids that match, a level, a place."""
    run = run_of(as_sarif(report, "1.2.3"))
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("buckler advisories", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == ["CVE-1", "CVE-3", "CVE-2"]
    for result in run["results"]:
        rule = driver["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["shortDescription"]["text"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        assert result["partialFingerprints"]["advisoryOfPackage/v1"].startswith(result["ruleId"])
    assert driver["rules"][0]["properties"] == {"tags": ["security", "GHSA-1"], "security-severity": "9.5"}
    assert "security-severity" not in driver["rules"][1]["properties"]


def test_sarif_names_the_line_of_a_lock_and_else_the_project(report: Report) -> None:
    first, second, _ = run_of(as_sarif(report, "1"))["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "uv.lock"}, "region": {"startLine": 12}}
    assert second["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "pyproject.toml"}}
    assert first["message"]["text"] == "shape 1.0: It breaks. Upgrade to 2.0 or later."
    assert second["message"]["text"] == "solid 2.0: CVE-3. No version with a fix is known."


def test_sarif_suppresses_what_is_accepted_and_warns_of_what_was_not_audited(report: Report) -> None:
    """With the reason. What was not audited is no result: nothing was found."""
    run = run_of(as_sarif(report, "1"))
    suppressed = [each.get("suppressions") for each in run["results"]]
    why = "not reached (until 2026-12-31)"
    assert suppressed == [None, None, [{"kind": "external", "status": "accepted", "justification": why}]]
    (invocation,) = run["invocations"]
    assert [each["message"]["text"] for each in invocation["toolExecutionNotifications"]] == [
        "line 3 was not audited: it names nothing.",
        "lost 0.1 was not audited: nobody knows it.",
    ]
    assert invocation["executionSuccessful"] is True


def test_json_has_everything(report: Report) -> None:
    told = json.loads(as_json(report))
    assert [each["id"] for each in told["findings"]] == ["CVE-1", "CVE-3"]
    assert told["findings"][0]["aliases"] == ["GHSA-1"]
    assert told["findings"][1]["fixed"] is None
    assert [(each["id"], each["reason"], each["until"]) for each in told["accepted"]] == [
        ("CVE-2", "not reached", "2026-12-31")
    ]
    assert told["unaudited"] == [{"package": "line 3", "version": None, "why": "it names nothing"}]
    assert [each["package"] for each in told["accepted_unaudited"]] == ["lost"]
    assert [each["what"] for each in told["expired"]] == ["CVE-3 of solid"]
    assert [each["what"] for each in told["unused"]] == ["CVE-9"]
    assert (told["packages"], told["audited"], told["python"]) == (3, 2, "3.13.1")


def test_the_sentences_leave_out_what_there_is_none_of(report: Report) -> None:
    """What has the same reason stands in one line."""
    assert dict(sections(report)) == {
        "Upgrade": ["shape to 2.0 or later"],
        "Not audited": ["line 3: it names nothing"],
        "Accepted": [
            "CVE-2 in shape 1.0 until 2026-12-31: not reached",
            "lost, unaudited, until 2026-12-31: ours",
        ],
        "Accepted until a day that is over, so not accepted": ["CVE-3 of solid (until 2026-01-31): was so"],
        "Accepted, and nothing of it was found: take it out": ["CVE-9 (until 2026-12-31): long ago"],
    }
    missing = [Unaudited(name, "1", "why") for name in ("a", "b")]
    only = judge(inventory(SOLID), "a test", [], missing, Baseline(), TODAY)
    assert sections(only) == [("Not audited", ["a 1, b 1: why"])]


def test_why_stands_before_many_names() -> None:
    """Behind a hundred of them nobody would find it."""
    missing = [Unaudited(f"p{number}", "1", "the index did not answer") for number in range(100)]
    told = dict(sections(judge(inventory(SOLID), "a test", [], missing, Baseline(), TODAY)))["Not audited"]
    assert [each[:54] for each in told] == ["100 packages, as the index did not answer: p0 1, p1 1,"]


@pytest.mark.parametrize(
    ("flaws", "missing", "words"),
    [
        ([], [], "No flaw is known in what was audited. 1 of 1 package of a test audited, by x. Python 3.13.1 itself"),
        ([], [Unaudited("solid", "2.0", "why")], "Nothing was audited. 0 of 1 package of a test audited"),
        ([flaw("CVE-1")], [], "1 known flaw in 1 package. 1 of 1 package"),
        ([flaw("CVE-8")], [], "No flaw is known in what was audited, but for what is accepted. 1 of 1"),
    ],
)
def test_the_summary_calls_nothing_safe(flaws: list[Flaw], missing: list[Unaudited], words: str) -> None:
    """It says how much was audited, and by what."""
    accepted = Baseline((Accepted(id="CVE-8", reason="so", until=LATER),))
    told = summary(judge(inventory(SOLID), "x", flaws, missing, accepted, TODAY))
    assert told.startswith(words)
    assert "clean" not in told
    assert "safe" not in told


def test_a_page_makes_no_markup_of_what_others_wrote() -> None:
    """Summaries and names come from databases."""
    evil = "<img src=x> [a](b) | `c` *d*"
    report = judge(inventory(SOLID), "x", [flaw_of(SOLID, "CVE-1](x)", summary=evil)], [], Baseline(), TODAY)
    page = as_markdown(report)
    assert r"\<img src=x\> \[a\](b) \| \`c\` \*d\*" in page
    assert r"[CVE-1\](x)](https://osv.dev/vulnerability/CVE-1%5D%28x%29)" in page


def test_a_page_has_a_table_and_a_heading_for_each_section(report: Report) -> None:
    page = as_markdown(report)
    assert "| Package | Version | Advisory | Severity | Fixed in | What |" in page
    assert "| solid | 2.0 | [CVE-3](https://osv.dev/vulnerability/CVE-3) | unknown | nowhere yet |  |" in page
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        f"## {name}" for name, _ in sections(report)
    ]
    assert as_markdown(judge(inventory(SOLID), "x", [], [], Baseline(), TODAY)).count("|") == 0


EVIL = "1.0\n# [a](https://evil.example) \x1b[31m\u202e @team www.evil.example {0} &lt;b> ~~x~~"


@pytest.fixture
def hostile() -> Report:
    """Texts that a database, a lock or an environment may hold, as they are kept: nothing was made plain before."""
    package = Package("solid", EVIL, file="a b/c%d.lock", line=1)
    flaws = [flaw_of(package, EVIL, summary=EVIL, fixed="")]
    return judge(inventory(package), EVIL, flaws, [Unaudited("lost", EVIL, EVIL)], Baseline(), TODAY)


def test_a_page_has_only_its_own_lines_links_and_mentions(hostile: Report) -> None:
    """Whoever reads it sees what stood there, and is led nowhere and called by nobody."""
    page = as_markdown(hostile)
    headings = ["# Advisories", "## Not audited"]
    assert [line for line in page.splitlines() if line.startswith("#")] == headings
    assert all(line.isprintable() for line in page.splitlines())
    assert page.count("](https://osv.dev/") == 1
    open_markup = r"(?<!\\)\]\(https://evil|(?<!\\)://|(?<!\\)[&~]|www\.|@(?!<!-- -->)"
    assert re.findall(open_markup, re.sub(r"\]\(https://osv\.dev/[^)]*\)", "", page)) == []


def test_sarif_has_no_links_and_arguments_of_others(hostile: Report) -> None:
    """As 3.11 of SARIF has them; the place is an address that can be one."""
    run = run_of(as_sarif(hostile, "1"))
    notification = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    for text in (run["results"][0]["message"]["text"], notification):
        assert r"\[a\](https://evil.example)" in text
        assert "{{0}}" in text
        assert text.isprintable()
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "a%20b/c%25d.lock"


def test_sentences_break_no_line_and_move_no_cursor(hostile: Report) -> None:
    """Whoever prints them prints them as they are."""
    told = [summary(hostile), *(line for heading, lines in sections(hostile) for line in (heading, *lines))]
    assert [line for line in told if not line.isprintable()] == []


def test_a_run_of_sarif_that_audited_nothing_did_not_succeed() -> None:
    """Whoever shows it would close what was found before."""
    for missing, succeeded in (([], True), ([Unaudited("solid", "2.0", "nobody knows it")], False)):
        report = judge(inventory(SOLID), "x", [], missing, Baseline(), TODAY)
        assert run_of(as_sarif(report, "1"))["invocations"][0]["executionSuccessful"] is succeeded


def test_two_versions_of_a_package_are_two_results_of_sarif() -> None:
    """Whoever shows them takes results of one fingerprint for one, and closes it with the first of them."""
    packages = [Package("shape", version, file="uv.lock", line=line) for line, version in ((3, "1.0"), (9, "1.1"))]
    report = judge(inventory(*packages), "x", [flaw_of(each, "CVE-1") for each in packages], [], Baseline(), TODAY)
    prints = [each["partialFingerprints"]["advisoryOfPackage/v1"] for each in run_of(as_sarif(report, "1"))["results"]]
    assert prints == ["CVE-1:shape", "CVE-1:shape:2"]
