"""OpenAPI documents of both versions, as they are found, become routes."""

import pytest

from buckler.drill.plan.document import Unreadable, read_document
from buckler.drill.plan.schema import Schemas


def _document(**more: object) -> dict[str, object]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, **more}


def test_parameters_of_path_and_operation_add_up() -> None:
    """What stands at the path holds for each operation, which may say it anew."""
    item = {
        "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
        "get": {
            "parameters": [{"name": "id", "in": "path", "schema": {"type": "integer"}}, {"name": "q", "in": "query"}]
        },
        "delete": {},
    }
    routes = read_document(_document(paths={"/a/{id}": item})).routes
    assert [(route.key, [str(slot) for slot in route.parameters]) for route in routes] == [
        ("GET /a/{id}", ["path id", "query q"]),
        ("DELETE /a/{id}", ["path id"]),
    ]
    assert routes[0].parameters[0].schema["type"] == "integer"


@pytest.mark.parametrize(
    ("whole", "own", "secured"),
    [
        (None, None, None),
        ([{"key": []}], None, True),
        ([{"key": []}], [], False),
        (None, [{"key": []}], True),
        (None, [{}, {"key": []}], False),
    ],
)
def test_who_asks_for_a_credential(whole: object, own: object, secured: bool | None) -> None:
    """The operation's word counts before the document's; an empty requirement makes it optional."""
    operation = {} if own is None else {"security": own}
    more = {} if whole is None else {"security": whole}
    (route,) = read_document(_document(paths={"/": {"get": operation}}, **more)).routes
    assert route.secured is secured


def test_a_server_with_a_path_stands_before_the_paths() -> None:
    """`servers` may name where the API begins."""
    (route,) = read_document(_document(servers=[{"url": "https://a.test/v1/"}], paths={"/x": {"get": {}}})).routes
    assert route.path == "/v1/x"


@pytest.mark.parametrize("given", [[], {"swagger": "2.0"}, {"openapi": "4.0"}, None, "text"])
def test_what_is_no_document_is_told(given: object) -> None:
    """A document of another kind is an error with a reason, never an empty plan."""
    with pytest.raises(Unreadable):
        read_document(given)


def test_a_schema_that_contains_itself_ends() -> None:
    """A tree of nodes is walked to a depth, and no further."""
    node = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "child": {"$ref": "#/components/schemas/Node"}},
    }
    schemas = Schemas({"components": {"schemas": {"Node": node}}})
    ways = [way for way, _ in schemas.leaves({"$ref": "#/components/schemas/Node"})]
    assert ways[:2] == [("name",), ("child", "name")]
    assert len(ways) < 20


def test_nothing_elsewhere_is_looked_up() -> None:
    """A reference to another file or address says nothing, and is not fetched."""
    assert Schemas({}).resolve({"$ref": "https://elsewhere.test/schema.json"}) == {}
    assert Schemas({}).resolve({"$ref": "#/not/there"}) == {}
