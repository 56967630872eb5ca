"""What an answer with status 200 says of itself in its body."""

import json

import pytest

from buckler.drill.transport.answer import Answer
from buckler.drill.transport.body_says import holds_any

NO = {
    '{"ok": false, "error": "no such note"}': 404,
    '{"success": false, "message": "Permission denied"}': 403,
    '{"status": "error", "message": "please sign in"}': 401,
    '{"code": 404, "message": "gone", "data": null}': 404,
    '{"code": 40301, "msg": "not yours", "data": {}}': 403,
    '{"errors": [{"message": "Forbidden"}], "data": null}': 403,
    '{"error": "Item not found"}': 404,
    '{"message": "Item not found"}': 404,
    '{"detail": "Not authenticated"}': 401,
    '{"status": "fail", "message": "too many requests"}': 429,
    '{"ok": false, "error": "not signed in"}': 401,
    '{"ok": false, "error": "name already taken"}': 409,
    '{"success": false}': 400,
    '[{"error": "Item not found"}, 404]': 404,
}
YES = (
    '{"ok": true, "note": {"id": 1}}',
    '{"id": 7, "status": "failed", "message": "the printer is out of paper"}',
    '{"success": false, "attempts": 3}',
    '{"error": null, "data": {"id": 1}}',
    '{"code": 0, "message": "ok", "data": []}',
    '{"code": "404-SUMMER"}',
    '{"status": "ok"}',
    '{"message": "Welcome"}',
    '{"message": "If the account exists, a letter is on its way."}',
    '{"errors": [], "data": {"notes": []}}',
    '{"name": "not found"}',
    '[{"id": 1}, {"id": 2}]',
    "[1, 404]",
    "not found",
    "{",
    "",
)


@pytest.mark.parametrize("body", NO)
def test_a_no_in_a_body_is_the_status_that_was_meant(body: str) -> None:
    """By a number in it, or by its words."""
    assert Answer(200, body=body.encode()).meant == NO[body]
    assert not Answer(200, body=body.encode()).worked


@pytest.mark.parametrize("body", YES)
def test_what_holds_anything_of_its_own_is_no_refusal(body: str) -> None:
    """Whatever one of its fields is called."""
    answer = Answer(200, body=body.encode())
    assert answer.meant == 200
    assert answer.worked


def test_only_what_says_that_it_worked_is_looked_into() -> None:
    """A status that is a refusal by itself stays what it is; what is long holds something."""
    assert Answer(422, body=b'{"code": 404}').meant == 422
    long = json.dumps({"ok": False, "error": "x" * 5000})
    assert Answer(200, body=long.encode()).meant == 200


def test_the_outcome_tells_both() -> None:
    """For reasons: what was meant, and in what it stood."""
    assert Answer(200, body=b'{"ok": false, "error": "no such note"}').outcome == "status 404 in the body of a 200"
    assert Answer(404).outcome == "status 404"
    assert Answer(0, failure="no answer within 10 s").outcome == "no answer within 10 s"


@pytest.mark.parametrize(
    ("said", "is_object"),
    [
        ({"status": "failed", "description": "a blue kettle"}, True),
        ({"error": "card declined", "details": {"why": "a blue kettle"}}, True),
        ({"error": "no such thing as a blue kettle"}, False),
        ({"status": "a blue kettle", "error": "gone"}, False),
        ({"success": False, "message": "permission denied"}, False),
        (["a blue kettle"], False),
    ],
)
def test_what_was_sent_for_an_object_is_that_object(said: object, *, is_object: bool) -> None:
    """A text of its own, whole: one that is quoted in a refusal is none, nor are the words of a refusal."""
    texts = {"a blue kettle", "permission denied"}
    assert holds_any(json.dumps(said).encode(), texts) is is_object


def test_an_object_is_no_refusal() -> None:
    """Whatever its words say."""
    body = b'{"status": "failed", "description": "a blue kettle"}'
    assert Answer(200, body=body).meant == 400
    assert Answer(200, body=body, is_object=True).meant == 200
    assert Answer(404, body=body, is_object=True).meant == 404
