"""Requests put together from parts, of which one is exchanged."""

import json
from urllib.parse import parse_qsl

import pytest

from buckler.drill.drafting.draft import ABSENT, Draft, slots_of
from buckler.drill.plan.route import FORM, MULTIPART, Body, Route, Slot
from buckler.drill.plan.schema import Schemas

_PATH = Route(
    "GET", "/teams/{team}/notes/{note}", (Slot("path", ("team",)), Slot("path", ("note",)), Slot("query", ("q",)))
)


def test_values_are_encoded_where_they_stand() -> None:
    """A slash in a path value stays inside it, and nothing of a value breaks the query."""
    request = Draft(_PATH, {("path", "team"): "a/b", ("path", "note"): 7, ("query", "q"): "x&y= z"}).request()
    assert request.target == "/teams/a%2Fb/notes/7?q=x%26y%3D+z"


def test_a_value_left_out_is_left_out() -> None:
    """`ABSENT` takes a parameter or a field away."""
    draft = Draft(_PATH, {("query", "q"): "x"}, {"a": {"b": 1, "c": 2}}).put(Slot("query", ("q",)), ABSENT)
    assert draft.request().query == ""
    assert draft.put(Slot("body", ("a", "b")), ABSENT).body == {"a": {"c": 2}}


@pytest.mark.parametrize(
    ("way", "value", "body"), [(("a", "b"), 2, {"a": {"b": 2}}), (("l", "0"), 9, {"a": {"b": 1}, "l": [9]})]
)
def test_a_field_of_a_body_is_exchanged(way: tuple[str, ...], value: object, body: object) -> None:
    """However deep it stands, and also the first of a list."""
    draft = Draft(_PATH, {}, {"a": {"b": 1}} | ({"l": [1]} if way[0] == "l" else {}))
    put = draft.put(Slot("body", way), value)
    assert (put.body, put.get(Slot("body", way))) == (body, value)
    assert draft.get(Slot("body", way)) == 1, "the first draft is as it was"


def test_forms_and_files_are_written_as_browsers_do() -> None:
    """A form is urlencoded; a field that is binary is a file of a multipart body."""
    form = Draft(Route("POST", "/f", body=Body(FORM, {})), {}, {"a": "x y", "b": [1, 2]}, FORM).request()
    assert parse_qsl(form.body.decode()) == [("a", "x y"), ("b", "1"), ("b", "2")]
    schema = {"properties": {"file": {"type": "string", "format": "binary"}, "note": {"type": "string"}}}
    route = Route("POST", "/f", body=Body(MULTIPART, schema))
    sent = Draft(route, {}, {"file": "content", "note": "n"}, MULTIPART).request()
    assert b'name="file"; filename="drill.txt"' in sent.body
    assert b'name="note"\r\n\r\nn\r\n' in sent.body


def test_every_leaf_of_a_body_is_a_slot() -> None:
    """Nested fields too, and what says so in the report."""
    schema = {"properties": {"a": {"properties": {"b": {"type": "string"}}}, "c": {"type": "integer"}}}
    route = Route("POST", "/x", body=Body("application/json", schema))
    assert [str(slot) for slot in slots_of(route, Schemas({}))] == ["body a.b", "body c"]


def test_json_keeps_what_no_encoding_takes() -> None:
    """A lone surrogate goes out as JSON's escape, as an attacker sends it."""
    request = Draft(Route("POST", "/x"), {}, {"a": "\ud800"}).request()
    assert json.loads(request.body) == {"a": "\ud800"}
