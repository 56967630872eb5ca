"""What code scanning reads (SARIF 2.1.0)."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from buckler.drill.attack import EVERYWHERE, Finding
from buckler.drill.report import Judged, Report
from buckler.drill.reports.sarif import write_sarif
from tests.drill.reports.samples import FRAMED, exchange, hostile, shop
from tests.drill.reports.schema import told

KEY = "D103 | GET /orders/{id} | bob | path id"
WHOLE = Finding(EVERYWHERE, "seen", exchange(), (exchange(),))


def run_of(report: Report) -> Any:
    """The one run of the log."""
    log = json.loads(write_sarif(report))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    assert len(log["runs"]) == 1
    return log["runs"][0]


@pytest.mark.parametrize("report", [shop(), shop(accepted={KEY: "known"}), shop(judged=()), hostile()])
def test_it_has_what_the_standard_requires(report: Report) -> None:
    """Sections 3.14, 3.19, 3.27 and 3.49: a named tool, rules with ids, results that lead to them."""
    run = run_of(report)
    driver = run["tool"]["driver"]
    assert driver["name"] == "buckler drill"
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(set(rules)) == len(rules)
    assert len(run["results"]) == len(report.findings) + len(report.accepted_findings)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["logicalLocations"][0]["fullyQualifiedName"]
        address = urlsplit(location["physicalLocation"]["artifactLocation"]["uri"])
        assert not address.scheme
        assert not address.path.startswith("/")
    assert isinstance(run["invocations"][0]["executionSuccessful"], bool)


def test_rules_carry_the_numbers_of_the_standards() -> None:
    """As tags, in the form that code scanning knows."""
    rule = next(each for each in run_of(shop())["tool"]["driver"]["rules"] if each["id"] == "D103")
    assert rule["properties"]["tags"] == ["security", "access", "external/cwe/cwe-639", "OWASP API1:2023", "ASVS 8.2.2"]
    assert rule["properties"]["security-severity"] == "8.0"
    assert "helpUri" not in rule


def test_a_finding_keeps_its_fingerprint() -> None:
    """Whatever the values were; and it shows the request and the answer."""
    one, other = (run_of(shop(seconds=seconds))["results"] for seconds in (1.0, 2.0))
    assert [each["partialFingerprints"] for each in one] == [each["partialFingerprints"] for each in other]
    result = next(each for each in one if each["ruleId"] == "D103")
    assert result["fingerprints"] == {"bucklerDrill/v1": KEY}
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "GET /orders/{id}"}]
    assert (result["webRequest"]["method"], result["webRequest"]["target"]) == ("GET", "/orders/7")
    assert result["webResponse"]["statusCode"] == 200
    assert "suppressions" not in result


def test_it_knows_a_finding_by_what_json_and_a_baseline_know_it_by() -> None:
    """One name for one finding in every form."""
    in_sarif = [each["partialFingerprints"]["bucklerDrill/v1"] for each in run_of(shop())["results"]]
    assert in_sarif == [each["fingerprint"] for each in told(shop())["findings"]]


def test_what_is_accepted_is_suppressed() -> None:
    """With the reason: it is told, and alarms nobody."""
    results = run_of(shop(accepted={KEY: "known"}))["results"]
    told = [each["suppressions"] for each in results if "suppressions" in each]
    assert told == [[{"kind": "external", "status": "accepted", "justification": "known"}]]


def test_a_drill_that_was_stopped_did_not_succeed() -> None:
    """What was not attacked is told with the run, and is no result."""
    run = run_of(shop(stopped="stopped during D301", judged=(Judged(FRAMED, WHOLE), *shop().judged[6:])))
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is False
    told = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert "stopped during D301" in told
    assert "Untested: the time of --budget 60s was over (D605; 1 times)" in told
    assert run["results"][0]["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "the whole target"}]
