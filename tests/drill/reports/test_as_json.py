"""The report for programs."""

import base64
import json
from typing import Any

from buckler.drill.attack import Finding
from buckler.drill.report import Judged
from buckler.drill.reports.as_json import MOST, write_json
from tests.drill.reports.samples import BODY, exchange, hostile, shop


def written(*judged: Judged, **changes: object) -> Any:
    """Read again."""
    return json.loads(write_json(shop(**({"judged": judged} if judged else {}), **changes)))


def test_it_says_its_form_and_everything() -> None:
    """The head, each attack that was made, each verdict, and each finding with what was sent and answered."""
    whole = written()
    assert (whole["format"], whole["version"]) == ("buckler-drill", 1)
    assert whole["severities"] == {"critical": 2, "high": 2, "medium": 1, "low": 1}
    assert whole["counts"]["attacked"] == 280
    assert [each["id"] for each in whole["attacks"]] == sorted(each["id"] for each in whole["attacks"])
    assert len(whole["verdicts"]) == len(shop().judged)
    finding = next(each for each in whole["findings"] if each["attack"] == "D103")
    assert finding["fingerprint"] == "D103 | GET /orders/{id} | bob | path id"
    assert finding["attacked"]["request"]["target"] == "/orders/7"
    assert finding["attacked"]["request"]["headers"] == [["authorization", "Bearer $BOB_TOKEN"]]
    assert finding["control"][0]["answer"]["status"] == 200
    assert {"route": "GET /orders/{id}", "identity": "bob", "family": "access", "state": "found"} in whole["grid"]


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
        told = written(Judged(BODY, found))["findings"][0]["attacked"]["request"]["body"]
        assert (told["bytes"], told["cut"]) == (len(body), len(body) > MOST)
        shown = told[key].encode() if key == "text" else base64.b64decode(told[key])
        assert body.startswith(shown)
        assert min(len(body), MOST) - len(shown) in range(3)


def test_hostile_texts_arrive_as_they_are() -> None:
    """Escaped, in ASCII, and the same once they are read."""
    report = hostile()
    text = write_json(report)
    assert text.isascii()
    assert json.loads(text)["target"] == report.target
