"""A refusal tells what to do and nothing else."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from buckler.errors import BucklerError, ConfigurationError, Refusal, StartRefused, bare, phrase


class Inside:
    def __repr__(self) -> str:
        return "CANARY"

    __str__ = __repr__


def test_the_body_is_a_problem_document() -> None:
    """RFC 9457 section 3.1: type, title, status, detail; and the id of the request."""
    body = json.loads(Refusal(403, "forbidden", "No.").body("abc"))
    assert body == {
        "type": "urn:buckler:problem:forbidden",
        "title": "Forbidden",
        "status": 403,
        "detail": "No.",
        "request_id": "abc",
    }


@pytest.mark.parametrize("value", [Inside(), {"deep": [Inside()]}, b"CANARY", {"CANARY"}, ValueError("CANARY")])
def test_what_json_has_no_words_for_is_not_told(value: object) -> None:
    """The text of an object may be that of an exception, a row or a secret."""
    body = Refusal(400, "x", "y", extra=(("errors", value),)).body("")
    assert b"CANARY" not in body
    assert json.loads(body)["errors"] is not None


def test_a_refusal_is_not_changed_by_adding_headers() -> None:
    """Refusals are shared between requests."""
    shared = Refusal(429, "limited", "Later.")
    mine = shared.with_headers((b"retry-after", b"3"))
    assert shared.headers == ()
    assert mine.headers == ((b"retry-after", b"3"),)
    with pytest.raises(AttributeError):
        shared.status = 200  # type: ignore[misc]


def test_the_document_is_written_once_for_all_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the id of the request differs, also where headers were added: an attack is told the same many times."""
    written: list[object] = []
    encode = json.dumps

    def dumps(document: object, **options: Any) -> str:
        written.append(document)
        return encode(document, **options)

    monkeypatch.setattr("buckler.errors.json.dumps", dumps)
    shared = Refusal(429, "limited", "Later.", extra=(("policies", ["client"]),))
    told = [shared.with_headers((b"retry-after", b"3")).body(f"{number:032x}") for number in range(100)]
    assert len(written) == 2
    assert json.loads(told[99]) == {**json.loads(told[0]), "request_id": f"{99:032x}"}
    assert json.loads(told[0])["policies"] == ["client"]


@pytest.mark.parametrize("request_id", ["", 'a"b', "caf\u00e9", "\n"])
def test_any_request_id_leaves_the_document_one(request_id: str) -> None:
    assert json.loads(Refusal(400, "x", "y").body(request_id))["request_id"] == request_id


def test_a_refusal_changed_in_its_words_has_a_document_of_its_own() -> None:
    first = Refusal(400, "x", "y")
    first.body("")
    assert json.loads(replace(first, detail="z").body(""))["detail"] == "z"


@pytest.mark.parametrize(("status", "words"), [(404, "Not Found"), (499, "Refused"), (599, "Error")])
def test_every_status_has_a_phrase(status: int, words: str) -> None:
    assert phrase(status) == words
    assert bare(status).detail == f"{words}."


def test_a_bare_refusal_keeps_the_headers_it_is_given_in_lower_case() -> None:
    assert bare(405, {"Allow": "GET"}).headers == ((b"allow", b"GET"),)


def test_the_body_is_ascii_so_that_no_decoder_can_differ() -> None:
    assert Refusal(400, "x", "caf\u00e9 \u2028").body("").isascii()
    assert Refusal(400, "x", "y", extra=(("at", datetime(2026, 1, 1, tzinfo=UTC)),)).body("")


def test_errors_raised_on_purpose_have_one_root() -> None:
    assert issubclass(ConfigurationError, BucklerError)
    assert issubclass(StartRefused, BucklerError)
