"""Documents of targets: in JSON, or in YAML where something here reads it."""

import json
import sys
from pathlib import Path

import pytest

from buckler.cli.drill.documents import document_in
from buckler.errors import ConfigurationError
from tests.cli.in_process import Shell
from tests.drill.plan.hostile_documents import COSTLY, ODD

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


LAUGHS = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" if n else "a0: &a0 [x]" for n in range(14))
MERGES = "\n".join(
    f"a{n}: &a{n} {{'<<': [{', '.join([f'*a{n - 1}'] * 10)}]}}".replace("'<<'", "<<") if n else "a0: &a0 {x: 1}"
    for n in range(14)
)
REFUSED = {
    "deep.json": "[" * 100_000,
    "deeper.json": '{"openapi": "3.1.0", "paths": ' + '{"a":' * 50_000,
    "deep.yaml": "[" * 5_000,
    "laughs.yaml": f"openapi: 3.1.0\npaths: {{}}\n{LAUGHS}",
    "date.yaml": "openapi: 2024-99-99",
    "key.yaml": "? [a, b]\n: c",
    "class.yaml": "a: !!python/object/apply:os.system ['true']",
    "number.json": '{"openapi": "3.1.0", "a": ' + "9" * 5_000 + "}",
    "bytes.json": "\x00\x01",
    "empty.json": "",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_reader_takes_is_refused_in_one_line(shell: Shell, name: str) -> None:
    """By the command too: exit code 1, the file and the reason, and nothing of ours."""
    (shell.folder / name).write_text(REFUSED[name])
    done = shell.run("drill", "http://127.0.0.1:9", "--openapi", name)
    assert done.code == 1
    assert name in done.told
    assert "Traceback" not in done.told
    assert len(done.told.splitlines()) < 5


def test_merges_that_multiply_are_what_they_are_once() -> None:
    """`<<` of YAML takes names over, each once."""
    document = document_in(f"openapi: 3.1.0\npaths: {{}}\n{MERGES}", "a.yaml")
    assert document.routes == ()


def test_merges_mean_what_they_mean() -> None:
    """The own word counts before the one that is taken over."""
    text = """
openapi: 3.1.0
x-a: &a {get: {summary: A}, post: {summary: A}}
paths:
  /x: {<<: *a, get: {summary: own}}
"""
    assert [(each.key, each.summary) for each in document_in(text, "a.yaml").routes] == [
        ("GET /x", "own"),
        ("POST /x", "A"),
    ]


APP = """
import json
from pathlib import Path
from fastapi import FastAPI, Request

app = FastAPI()
DOCUMENT = json.loads(Path(__file__).with_name("document.json").read_text())
app.openapi = lambda: DOCUMENT


@app.get("/x")
async def shown():
    return {}


@app.post("/x")
async def taken(request: Request):
    return {"taken": len(await request.body())}
"""
_DRILLED = [
    *(each for each in COSTLY if each != "a whole number beyond all"),  # which JSON cannot write
    *(each for each in ODD if "surrogate" in each or "braces" in each or each in ("paths is []", "$ref is 7")),
]


def _brought(folder: Path, name: str) -> None:
    (folder / "hostile.py").write_text(APP)
    (folder / "document.json").write_text(json.dumps({**COSTLY, **ODD}[name], default=str, skipkeys=True))


@pytest.mark.heavy_beyond(8)
@pytest.mark.parametrize("name", _DRILLED)
def test_an_app_with_a_hostile_document_is_drilled(shell: Shell, name: str) -> None:
    """To the end of its time, with a report: no attack fails by itself, and no mistake of ours is shown."""
    _brought(shell.folder, name)
    done = shell.run("drill", "hostile:app", "--only", "D405", "--only", "D502", "--budget", "3s", "--format", "json")
    assert done.code in (0, 1, 3), done.told
    assert "GET /x" in json.loads(done.said)["routes"]
    assert "Traceback" not in done.told
    assert "failed by itself" not in done.said
