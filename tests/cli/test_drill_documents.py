"""Documents of targets: in JSON, or in YAML where something here reads it."""

import sys

import pytest

from buckler.cli.drill.attacking import document_in
from buckler.errors import ConfigurationError

YAML = """
openapi: 3.0.1
info: {title: Goods, version: 2024-05-01}
paths:
  /goods:
    get:
      responses:
        200: {description: All of them}
"""


@pytest.mark.parametrize("name", ["openapi.yml", "/v1/openapi.yaml"])
def test_yaml_says_what_json_says(name: str) -> None:
    """Dates and numbers that are names are texts, as in JSON."""
    document = document_in(YAML, name)
    assert ([each.key for each in document.routes], document.title) == (["GET /goods"], "Goods")
    assert list(document.routes[0].answers) == ["200"]


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("a: [", "a.yml", "a.yml: "),
        ("just a text", "a.yaml", "no OpenAPI document"),
        (YAML, "a.json", "a.json: "),
    ],
)
def test_what_is_no_document_is_refused_with_its_name(text: str, name: str, told: str) -> None:
    """And with what is wrong, in one line."""
    with pytest.raises(ConfigurationError) as refused:
        document_in(text, name)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_a_reader_of_yaml_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not required: JSON does as well."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ConfigurationError, match="pip install pyyaml"):
        document_in(YAML, "a.yml")
