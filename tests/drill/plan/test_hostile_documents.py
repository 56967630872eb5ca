"""No document brings the drill down, or keeps it busy: what is beyond all measure is cut, and told."""

from typing import Any

import pytest

from buckler.clock import processor_seconds
from buckler.drill.budget import Budget
from buckler.drill.drafting.draft import ABSENT
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.people.guessing import guess
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.document import Document, Unreadable, read_document
from buckler.drill.plan.route import Slot
from buckler.drill.plan.sound import made_sound
from buckler.drill.preparing.valid import draft_for
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.answer import Answer
from buckler.drill.transport.request import Request
from tests.drill.plan.hostile_documents import COSTLY, ODD, SERVERS, document, taking


class _Nobody:
    """A carrier that is never asked."""

    in_process = False
    origin = "https://a.test"
    notes = ()

    async def carry(self, request: Request, *, address: str, within: float) -> Answer:
        raise AssertionError(f"{request.target} was asked for at {address} within {within}")


def _engaged(read: Document) -> Engagement:
    return Engagement(Sender(_Nobody(), Budget(60.0, 100)), Setting(read, writes=True), Cast())


def _sent(read: Document) -> list[Request]:
    """A request to each route, with each place exchanged once."""
    on = _engaged(read)
    on.pool.watch(on.routes)
    sent: list[Request] = []
    for route in on.routes:
        draft = draft_for(on, route, ANONYMOUS)
        sent.append(draft.request())
        sent += [draft.put(slot, value).request() for slot in on.slots(route)[:50] for value in ("a'", ABSENT)]
    return sent


def _to(name: str) -> dict[str, object]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize("name", COSTLY)
def test_what_has_no_end_ends(name: str) -> None:
    """Within seconds of work, with a request that can be sent, and with a word of what was left out."""
    began = processor_seconds()
    read = read_document(COSTLY[name])
    sent = _sent(read)
    assert processor_seconds() - began < 10.0
    assert sent
    assert max(len(request.body) for request in sent) < 2_000_000
    if name not in ("a pattern that backtracks", "a giant pattern", "a large enum", "allOf that doubles"):
        assert read.notes or "anyOf" in name or "alternatives" in name, "it is told"


LONG = "a" * 100_000
LONG_NAMES: dict[str, dict[str, Any]] = {
    "parameters": document(
        paths={"/go": {"post": {"parameters": [{"in": "query", "name": f"{LONG}{n}"} for n in range(20)]}}}
    ),
    "fields": taking({"type": "object", "properties": {f"{LONG}{n}": {"type": "string"} for n in range(20)}}),
    "fields of an example": taking({"type": "object", "example": {f"{LONG}{n}": "x" for n in range(20)}}),
    "paths": document(paths={f"/{LONG}{n}": {"post": {}} for n in range(20)}),
    "what it is called": taking({}, operationId=LONG * 10, summary=LONG * 10, tags=[LONG * 10]),
}


@pytest.mark.parametrize("what", LONG_NAMES)
def test_a_name_that_is_longer_than_any_is_not_read(what: str) -> None:
    """Much is looked for in names, and nothing means anything by one of this length."""
    began = processor_seconds()
    read = read_document(LONG_NAMES[what])
    guess(read)
    sent = _sent(read)
    assert processor_seconds() - began < 1.0
    assert max((len(each.target) + len(each.body) for each in sent), default=0) < 10_000
    assert all(len(route.words) < 2_000 for route in read.routes)
    assert max(map(len, read.notes), default=0) < 300


def test_a_long_name_of_a_schema_is_one() -> None:
    """Those of generic models are put together, and nothing is looked for in them."""
    read = read_document(taking(_to(LONG), {LONG: {"type": "object", "properties": {"a": {"type": "string"}}}}))
    assert [str(slot) for slot in _engaged(read).slots(read.routes[0])] == ["body a"]


def test_what_doubles_is_what_it_is_once() -> None:
    """A graph of references is no tree: what is put together twice says the same."""
    read = read_document(COSTLY["allOf that doubles"])
    assert [str(slot) for slot in _engaged(read).slots(read.routes[0])] == ["body a"]
    assert draft_for(_engaged(read), read.routes[0], ANONYMOUS).body == {"a": "drill a 1"}


def test_what_multiplies_is_cut_in_depth_first() -> None:
    """The fields of the first level are all there."""
    read = read_document(COSTLY["fields that multiply"])
    on = _engaged(read)
    assert len(on.slots(read.routes[0])) <= 4_000
    body = draft_for(on, read.routes[0], ANONYMOUS).body
    assert isinstance(body, dict)
    assert len(body) == 10
    assert any("level" in note for note in read.notes)


@pytest.mark.parametrize("name", ODD)
def test_no_kind_of_value_is_a_mistake_of_ours(name: str) -> None:
    """It is read, guessed from and sent, whatever stands in it."""
    read = read_document(ODD[name])
    _sent(read)
    guess(read)
    for route in read.routes:
        list(read.schemas.leaves(route.answer()))


@pytest.mark.parametrize(("url", "prefix"), SERVERS)
def test_paths_stand_below_a_path_alone(url: object, prefix: str) -> None:
    """Whatever the address of a server says, it leads to no other host."""
    variables = {"host": {"default": "a.test"}, "base": {"default": "api"}, "unknown": []}
    read = read_document(document(servers=[{"url": url, "variables": variables}], paths={"/x": {"get": {}}}))
    assert [route.path for route in read.routes] == [f"{prefix}/x"]


def test_what_is_of_another_kind_is_told() -> None:
    """Each with its place, and a few alone."""
    read = read_document(taking({"type": 7, "minLength": "many"}, parameters=7))
    assert [note.rpartition(".")[2] for note in read.notes] == [
        "type is 7, which it cannot be, and is left out",
        "minLength is 'many', which it cannot be, and is left out",
        "parameters is 7, which it cannot be, and is left out",
    ]
    wrong = {f"/{number}": {"get": {"parameters": number}} for number in range(99)}
    notes = read_document(document(paths=wrong)).notes
    assert (len(notes), notes[-1]) == (11, "the document: 89 more of this kind")


def test_names_that_no_field_has_are_left_out() -> None:
    """What would end a line of the head is no name of a field, and what is not ASCII is written as a path has it."""
    several = [{"in": "header", "name": name} for name in ("X-A", "X: y\r\nX-More", "")]
    read = read_document(document(paths={"/\u2603/{a}": {"get": {"parameters": several}}}))
    assert [str(slot) for slot in read.routes[0].parameters] == ["header X-A"]
    request = draft_for(_engaged(read), read.routes[0], ANONYMOUS).put(Slot("path", ("a",)), "\ud800").request()
    assert request.target == "/%E2%98%83/%ED%A0%80"
    on = _engaged(read)
    on.pool.watch(on.routes)
    found = on.pool.route_of("GET", request.path)
    assert found is not None
    assert found[0].path == "/\u2603/{a}"


def test_aliases_that_multiply_are_refused() -> None:
    """As YAML has them: little text, and more values than there is memory for."""
    several: Any = ["x"] * 10
    for _ in range(12):
        several = [several] * 10
    with pytest.raises(Unreadable, match="too large"):
        read_document(taking({"enum": several}))


def test_an_alias_of_itself_ends() -> None:
    """A table within itself is cut where no document is so deep."""
    schema: dict[str, object] = {"type": "object"}
    schema["properties"] = {"a": schema}
    assert any("deeper than" in note for note in read_document(taking(schema)).notes)


@pytest.mark.parametrize("bound", [2**53 - 1, float(2**53 - 1), 2**63 - 1, float(2**63)])
def test_the_largest_whole_numbers_are_bounds_like_others(bound: float) -> None:
    """Those of JSON and of databases are no fault of a document; what lies beyond JSON's is none that is met."""
    whole, notes = made_sound({"components": {"schemas": {"Note": {"type": "integer", "maximum": bound}}}})
    assert notes == ()
    schema = whole["components"]["schemas"]["Note"]
    assert schema.get("maximum") == (bound if bound < 2**53 else None)
