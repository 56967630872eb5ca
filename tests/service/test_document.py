"""Every value that the reference service takes or gives is bounded in its OpenAPI document, and every refusal told."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.documented import document_of_the_service

PUBLIC = {
    "/auth/register",
    "/auth/confirm",
    "/auth/reset",
    "/auth/reset/confirm",
    "/auth/first-administrator",
    "/auth/sign-in",
    "/auth/refresh",
    "/auth/token",
    "/.well-known/jwks.json",
    "/health",
}
TAKEN = {
    "NewNote",
    "Registering",
    "Asking",
    "Confirming",
    "Inviting",
    "Claiming",
    "SigningIn",
    "Refreshing",
    "ChangingPassword",
    "ChangingAddress",
    "ConfirmingAddress",
    "Erasing",
    "GivenRoles",
}
EVERYWHERE = {"400", "414", "429", "431", "500", "503"}
OF_A_BODY = {"408", "413", "415"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return document_of_the_service(tmp_path_factory.mktemp("data"))


def schemas(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of the document that names a type, with its place."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), str) and place.rpartition("/")[2] not in ("properties", "account"):
            yield place, node
        for name, inner in node.items():
            if name not in ("examples", "example", "default"):
                yield from schemas(inner, f"{place}/{name}")
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from schemas(inner, f"{place}/{number}")


def unbounded(document: dict[str, Any]) -> list[str]:
    """The places of what has no bound."""
    found: list[str] = []
    for place, schema in schemas(document):
        kind, names = schema["type"], set(schema)
        if kind == "string" and not names & {"maxLength", "enum", "const"}:
            found.append(f"{place}: a text of any length")
        if kind == "integer" and not ({"minimum", "maximum", "format"} <= names or "const" in names):
            found.append(f"{place}: a number of any size")
        if kind == "array" and "maxItems" not in names:
            found.append(f"{place}: a list of any length")
    return found


def answers(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The answers of an operation by their status; those that are named by reference, from where they are written."""
    shared = document["components"]["responses"]
    return {
        status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
    }


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, each) for path, item in document["paths"].items() for method, each in item.items()]


def test_every_text_number_and_list_has_bounds(document: dict[str, Any]) -> None:
    assert unbounded(document) == []
    assert len(list(schemas(document))) > 100


@pytest.mark.parametrize(
    "schema", [{"type": "string"}, {"type": "integer", "minimum": 1, "format": "int32"}, {"type": "array", "items": {}}]
)
def test_what_has_none_is_found(schema: dict[str, Any]) -> None:
    """The judge can say no."""
    assert len(unbounded({"paths": {"/": {"get": {"parameters": [{"schema": schema}]}}}})) == 1


def test_what_comes_in_takes_no_member_that_it_does_not_know(document: dict[str, Any]) -> None:
    """JSON bodies are exact; a form ignores what it does not know (RFC 6749 section 3.2)."""
    taken = [
        each["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, each in operations(document)
        if "application/json" in each.get("requestBody", {}).get("content", {})
    ]
    assert set(taken) == TAKEN
    for name in taken:
        assert document["components"]["schemas"][name]["additionalProperties"] is False


def test_every_operation_tells_every_refusal_it_can_meet(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        wanted = EVERYWHERE | (OF_A_BODY if method == "post" else set()) | ({"404"} if "{" in path else set())
        wanted |= set() if path in PUBLIC else {"401"}
        assert wanted <= set(operation["responses"]), (path, method)
        assert ("security" in operation) == (path not in PUBLIC)
    assert "403" in document["paths"]["/report"]["get"]["responses"]


def test_every_refusal_is_a_problem_document_and_429_says_when_to_come_back(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        told = answers(document, operation)
        for status, answer in told.items():
            if status >= "400" and (path, status) != ("/auth/token", "400"):
                assert list(answer["content"]) == ["application/problem+json"], (path, method, status)
            if status[0] in "24":
                assert {"RateLimit", "RateLimit-Policy"} <= set(answer["headers"]), (path, method, status)
        assert "Retry-After" in told["429"]["headers"]


def test_every_refusal_has_an_example_that_fits_its_own_schema(document: dict[str, Any]) -> None:
    """A page that shows the document would otherwise make one up from the patterns."""
    problem = document["components"]["schemas"]["BucklerProblem"]
    for name, answer in document["components"]["responses"].items():
        example = answer["content"]["application/problem+json"]["example"]
        assert name == f"BucklerProblem{example['status']}"
        assert set(problem["required"]) <= set(example) <= set(problem["properties"])
        for member in ("type", "title", "request_id"):
            assert re.fullmatch(problem["properties"][member]["pattern"], example[member]), (name, member)


def test_refusals_are_written_once(document: dict[str, Any]) -> None:
    """The document is a fraction of what it would be with each of them in each operation."""
    spread = [answers(document, operation) for _, _, operation in operations(document)]
    assert len(json.dumps(document)) < len(json.dumps(spread))


def test_nothing_promises_to_send_back_what_was_sent(document: dict[str, Any]) -> None:
    assert "ValidationError" not in json.dumps(document)


def test_every_pattern_is_one_that_javascript_reads_too(document: dict[str, Any]) -> None:
    """JSON Schema's patterns are ECMA-262: no `\\A`, no named group of Python's, and anchored at both ends."""
    patterns = [schema["pattern"] for _, schema in schemas(document) if "pattern" in schema]
    for pattern in patterns:
        assert re.fullmatch(r"\^.*\$", pattern), pattern
        assert not re.search(r"\\[AZz]|\(\?P", pattern), pattern
    assert patterns


def test_the_reasons_in_the_ruleset_name_what_exists(document: dict[str, Any]) -> None:
    """An exception for an operation or a model that is gone would be one that nobody looks at."""
    rules = (Path(__file__).parents[2] / "tools" / "spectral" / ".spectral.yaml").read_text()
    for pointer in re.findall(r'openapi\.json#/(\S+?)"', rules):
        node: Any = document
        for step in pointer.replace("~1", "\0").split("/"):
            name = step.replace("\0", "/")
            node = node[int(name)] if isinstance(node, list) else node[name]
        assert node
