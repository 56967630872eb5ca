"""Spectral's OWASP rules find nothing in the OpenAPI document of the reference service.

The rules that are not asked stand in `tools/spectral/.spectral.yaml`, each with its reason. Without node, or without
the modules that `make spectral` installs, this is skipped; `tests/service/test_document.py` asks for the same bounds
without them, and CI installs both.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.service.documented import document_of_the_service

FOLDER = Path(__file__).parents[2] / "tools" / "spectral"
PROGRAM = FOLDER / "node_modules" / ".bin" / "spectral"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None or not PROGRAM.exists(), reason="NO SPECTRAL: run make spectral")


SPOILT = {
    "string-limit": (("components", "schemas", "NewNote", "properties", "text"), {"maxLength": None}),
    "integer-limit": (("components", "schemas", "KeptNote", "properties", "id"), {"maximum": None}),
    "read-restricted": (("paths", "/notes", "get"), {"security": None}),
    "rate-limit-responses-429": (("paths", "/notes", "get", "responses"), {"429": None}),
    "no-http-basic": (("components", "securitySchemes", "account"), {"type": "http", "scheme": "basic"}),
}
"""For a rule, where the document is changed, and how: None takes something away."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What is found in the document, under "whole", and in each spoilt one, under the rule: one start of node."""
    folder = tmp_path_factory.mktemp("data")
    document = document_of_the_service(folder)
    documents = {rule: spoilt(document, *how) for rule, how in SPOILT.items()} | {"whole": document}
    # Under the name that the rules know it by, and not through a pipe: node reads one as if it never had to wait.
    written = {name: folder / name / "openapi.json" for name in documents}
    for name, each in documents.items():
        written[name].parent.mkdir()
        written[name].write_text(json.dumps(each))
    findings = findings_in(*written.values())
    assert {each["place"] for each in findings} <= set(documents)
    return {name: [each["text"] for each in findings if each["place"] == name] for name in documents}


def findings_in(*files: Path) -> list[dict[str, str]]:
    """The rules that the documents break, each with where it does, and the folder of the document."""
    order = [str(PROGRAM), "lint", "--quiet", "--format=json", "--ruleset=.spectral.yaml", "--fail-severity=hint"]
    done = subprocess.run([*order, *map(str, files)], cwd=FOLDER, capture_output=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    return [
        {"text": f"{each['code']} {'.'.join(map(str, each['path']))}", "place": Path(each["source"]).parent.name}
        for each in json.loads(done.stdout or b"[]")
    ]


def spoilt(document: dict[str, Any], place: tuple[str, ...], change: dict[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    target = copy
    for step in place:
        target = target[step]
    for name, value in change.items():
        target.pop(name, None)
        if value is not None:
            target[name] = value
    return copy


def test_the_document_breaks_none_of_them(found: dict[str, list[str]]) -> None:
    """As it stands."""
    assert found["whole"] == []


@pytest.mark.parametrize("rule", SPOILT)
def test_it_would_tell(found: dict[str, list[str]], rule: str) -> None:
    """The gate closes: a document with one bound less breaks the rule for it."""
    assert any(rule in finding for finding in found[rule])
