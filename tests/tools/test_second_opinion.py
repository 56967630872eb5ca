"""What other tools say is read, and a drill that says less is told so."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tools.opinions.reading import Remark, is_told, of_schemathesis, of_sqlmap, of_wapiti
from tools.opinions.scanners import Aim, Opinion, sqlmap, wapiti
from tools.second_opinion import table, verdict

CRASH = Remark("wapiti", "server error", "/notes/7", "Internal Server Error at GET /notes/7, no parameter")
TASTE = Remark("schemathesis", "wrong response to undeclared method", "/notes", "at QUERY /notes")


def found(attack: str, route: str) -> Mapping[str, str]:
    return {"attack": attack, "route": route}


def test_a_report_of_schemathesis_is_read(tmp_path: Path) -> None:
    """One remark for each operation; what is of taste keeps its own name."""
    failures = [
        {"type": "ServerError", "title": "Server error", "operations": ["GET /crash", "POST /crash"]},
        {"type": "UnsupportedMethodResponse", "title": "Wrong response", "operations": ["QUERY /notes"]},
    ]
    (tmp_path / "r.json").write_text(json.dumps({"failures": failures}))
    remarks = list(of_schemathesis(tmp_path / "r.json"))
    assert [(each.kind, each.path) for each in remarks] == [
        ("server error", "/crash"),
        ("server error", "/crash"),
        ("wrong response", "/notes"),
    ]
    assert [each.matters for each in remarks] == [True, True, False]


def test_a_report_of_wapiti_is_read(tmp_path: Path) -> None:
    """Flaws and anomalies alike, by the path without its origin."""
    each = {"method": "GET", "path": "https://localhost:1/notes?q=1", "parameter": "q"}
    whole = {
        "vulnerabilities": {"SQL Injection": [each], "Log4Shell": []},
        "anomalies": {"Internal Server Error": [each]},
    }
    (tmp_path / "r.json").write_text(json.dumps(whole))
    assert [(each.kind, each.path) for each in of_wapiti(tmp_path / "r.json")] == [
        ("SQL injection", "/notes"),
        ("server error", "/notes"),
    ]


def test_a_table_of_sqlmap_is_read(tmp_path: Path) -> None:
    """A target without a technique is one that could not be injected."""
    lines = "Target URL,Place,Parameter,Technique(s),Note(s)\nhttps://localhost:1/notes/1*,URI,#1*,BE,\nhttps://x/,GET,q,,\n"
    (tmp_path / "r.csv").write_text(lines)
    assert [(each.kind, each.path) for each in of_sqlmap(tmp_path / "r.csv")] == [("SQL injection", "/notes/1")]


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        (found("D413", "GET /notes/{note}"), True),
        (found("D415", "*"), True),
        (found("D401", "GET /notes/{note}"), False),
        (found("D413", "GET /notes"), False),
        (found("D413", "GET /notes/{note}/shares"), False),
    ],
)
def test_a_drill_says_it_by_an_attack_of_that_kind_at_that_route(finding: Mapping[str, str], told: bool) -> None:
    """A template is the path that a tool filled in."""
    assert is_told(CRASH, [finding]) is told
    assert verdict([Opinion("wapiti", (CRASH,))], [finding]) == int(not told)


def test_what_is_missed_and_what_is_not_there_fails() -> None:
    """What is of taste does not, and a tool that did not run is never content."""
    assert verdict([Opinion("wapiti"), Opinion("schemathesis", (TASTE,))], ()) == 0
    assert verdict([Opinion("sqlmap", failure="it is not there")], ()) == 1
    lines = table(
        [Opinion("wapiti", (CRASH,)), Opinion("schemathesis", (TASTE,) * 9), Opinion("sqlmap", failure="no")], ()
    )
    assert [line.rsplit("  ", 1)[-1] for line in lines[:3]] == ["the drill", "MISSED IT", "no matter for it"]
    assert "and 1 like these" in lines[-2]
    assert "DID NOT RUN: no" in lines[-1]


def test_a_tool_that_is_not_there_or_writes_nothing_has_failed(tmp_path: Path) -> None:
    """The words say what is missing, or what was printed last."""
    aim = Aim("https://localhost:1", tmp_path, {"paths": {}}, {"a": "x"}, "y", {})
    assert "make tools installs it" in wapiti(aim, tmp_path, tmp_path).failure
    (tmp_path / "sqlmap").write_text("#!/bin/sh\necho [CRITICAL] no target\n")
    (tmp_path / "sqlmap").chmod(0o755)
    assert "it wrote no report: [CRITICAL] no target" in sqlmap(aim, tmp_path, tmp_path).failure


def test_what_would_spoil_a_scan_is_left_out_and_examples_are_put_in(tmp_path: Path) -> None:
    """A tool asks for an object that is there, and does not sign itself out."""
    parameter = {"in": "path", "name": "note"}
    item = {"get": {"parameters": [parameter, {"in": "query", "name": "note"}, {"in": "query", "name": "cursor"}]}}
    document = {"paths": {"/notes/{note}": item, "/auth/logout": {}, "/auth/sign-in": {}}}
    wapiti(Aim("https://localhost:1", tmp_path, document, {"a": "x"}, "y", {"note": "7"}), tmp_path, tmp_path)
    written = json.loads((tmp_path / "document.json").read_text())
    assert written["paths"] == {
        "/notes/{note}": {"get": {"parameters": [{**parameter, "example": "7"}, {"in": "query", "name": "note"}]}}
    }
