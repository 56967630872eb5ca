"""The report for programs."""

import base64
import json
from typing import Any, get_args

import jsonschema_rs
import pytest

from buckler.drill.attack import FAMILIES, SEVERITIES, Finding
from buckler.drill.report import Judged, Report, Standing
from buckler.drill.reports.as_json import MOST, VERSION, schema_text, write_json
from buckler.drill.reports.outcome import Word
from tests.drill.reports.samples import BODY, exchange, hostile, shop
from tests.drill.reports.schema import mistakes, told


def written(*judged: Judged, **changes: object) -> Any:
    """Read again."""
    return told(shop(**({"judged": judged} if judged else {}), **changes))


def test_it_says_its_form_and_everything() -> None:
    """The head, each attack that was made, each verdict, and each finding with what was sent and answered."""
    whole = written()
    assert (whole["format"], whole["version"]) == ("buckler-drill", 1)
    assert whole["severities"] == {"critical": 2, "high": 2, "medium": 1, "low": 1}
    assert whole["counts"]["withstood"] == 280
    assert [each["id"] for each in whole["attacks"]] == sorted(each["id"] for each in whole["attacks"])
    assert len(whole["verdicts"]) == len(shop().judged)
    finding = next(each for each in whole["findings"] if each["attack"] == "D103")
    assert finding["fingerprint"] == "D103 | GET /orders/{id} | bob | path id"
    assert finding["attacked"]["request"]["target"] == "/orders/7"
    assert finding["attacked"]["request"]["headers"] == [["authorization", "Bearer $BOB_TOKEN"]]
    assert finding["control"][0]["answer"]["status"] == 200
    assert {"route": "GET /orders/{id}", "identity": "bob", "family": "access", "state": "found"} in whole["grid"]


def test_it_says_how_much_was_judged_and_how_to_see_it_again() -> None:
    """Coverage in numbers; a line, a test, and the variables that stand in them."""
    whole = written()
    assert whole["coverage"] == {"attacks": 8, "judged": 7, "percent": 87.5}
    again = next(each["again"] for each in whole["findings"] if each["attack"] == "D103")
    assert again["curl"] == 'curl -i https://localhost/orders/7 -H "authorization: Bearer $BOB_TOKEN"'
    assert again["needs"] == ["ADA_TOKEN", "BOB_TOKEN"]
    assert "def test_d103" in again["test"]


@pytest.mark.parametrize("report", [shop(judged=()), shop(stopped="stopped during D301"), hostile()])
def test_every_report_is_as_the_schema_has_it(report: Report) -> None:
    """Also one of nothing, and one in which every text is hostile."""
    assert told(report)["version"] == VERSION


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "1 was expected"),
        ({"secret": "x"}, "Additional properties"),
        ({"coverage": {"attacks": 1, "judged": 1}}, '"percent" is a required property'),
        ({"severities": {"awful": 1}}, "is not one of"),
        ({"accepted": [{**written()["findings"][0]}]}, '"reason" is a required property'),
    ],
)
def test_the_schema_refuses_what_is_otherwise(change: dict[str, object], why: str) -> None:
    """Another version, a member that nobody described, one that is missing, a word that is none."""
    assert any(why in each for each in mistakes({**written(), **change})), mistakes({**written(), **change})


def test_the_schema_says_all_that_there_is() -> None:
    """The words of severities, families and states, and that it is a schema of 2020-12."""
    schema = json.loads(schema_text())
    known = schema["$defs"]
    assert known["severity"]["enum"] == list(SEVERITIES)
    assert known["family"]["enum"] == list(FAMILIES)
    assert set(known["state"]["enum"]) == set(get_args(Standing))
    assert set(schema["properties"]["outcome"]["properties"]["word"]["enum"]) == set(get_args(Word))
    assert jsonschema_rs.meta.is_valid(schema)


def test_what_is_accepted_stands_apart() -> None:
    """With the reason."""
    key = "D103 | GET /orders/{id} | bob | path id"
    whole = written(accepted={key: "known"})
    assert [(each["fingerprint"], each["reason"]) for each in whole["accepted"]] == [(key, "known")]
    assert key not in {each["fingerprint"] for each in whole["findings"]}


def test_bodies_are_bounded_and_say_how_long_they_were() -> None:
    """Text as text, also where the cut goes through a character; bytes as Base64."""
    for body, key in (("☃".encode() * MOST, "text"), (b"\xff" * (MOST + 1), "base64"), (b"short", "text")):
        found = Finding("POST /a", "seen", exchange("POST", "/a", body=body), (exchange(),))
        seen = written(Judged(BODY, found))["findings"][0]["attacked"]["request"]["body"]
        assert (seen["bytes"], seen["cut"]) == (len(body), len(body) > MOST)
        shown = seen[key].encode() if key == "text" else base64.b64decode(seen[key])
        assert body.startswith(shown)
        assert min(len(body), MOST) - len(shown) in range(3)


def test_hostile_texts_arrive_as_they_are() -> None:
    """Escaped, in ASCII, and the same once they are read."""
    report = hostile()
    text = write_json(report)
    assert text.isascii()
    assert json.loads(text)["target"] == report.target
