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


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return document_of_the_service(tmp_path_factory.mktemp("data"))


def findings(document: dict[str, Any], folder: Path) -> list[str]:
    """The rules that the document breaks, each with the place."""
    # Not through a pipe: node reads one as if it never had to wait, and fails where it would.
    written = folder / "openapi.json"
    written.write_text(json.dumps(document))
    order = [str(PROGRAM), "lint", "--quiet", "--format=json", "--ruleset=.spectral.yaml", "--fail-severity=hint"]
    done = subprocess.run([*order, str(written)], cwd=FOLDER, capture_output=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    return [f"{each['code']} {'.'.join(map(str, each['path']))}" for each in json.loads(done.stdout or b"[]")]


def test_the_document_breaks_none_of_them(document: dict[str, Any], tmp_path: Path) -> None:
    """As it stands."""
    assert findings(document, tmp_path) == []


@pytest.mark.parametrize(
    ("place", "change", "rule"),
    [
        (("components", "schemas", "NewNote", "properties", "text"), {"maxLength": None}, "string-limit"),
        (("components", "schemas", "KeptNote", "properties", "id"), {"maximum": None}, "integer-limit"),
        (("paths", "/notes", "get"), {"security": None}, "read-restricted"),
        (("paths", "/notes", "get", "responses"), {"429": None}, "rate-limit-responses-429"),
        (("components", "securitySchemes", "account"), {"type": "http", "scheme": "basic"}, "no-http-basic"),
    ],
)
def test_it_would_tell(
    document: dict[str, Any], tmp_path: Path, place: tuple[str, ...], change: dict[str, Any], rule: str
) -> None:
    """The gate closes: a document with one bound less breaks the rule for it."""
    spoilt = json.loads(json.dumps(document))
    target = spoilt
    for step in place:
        target = target[step]
    for name, value in change.items():
        target.pop(name, None)
        if value is not None:
            target[name] = value
    assert any(rule in finding for finding in findings(spoilt, tmp_path))
