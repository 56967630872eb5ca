"""What users write with the doors is typed, as the strictest checkers see it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

USERS = """
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from buckler import Principal
from buckler.testing import a_client, acting_as, anonymous

app = FastAPI()


@pytest.fixture
def client() -> Iterator[TestClient]:
    with a_client(app, address="127.0.0.9", raise_server_exceptions=True) as client:
        yield client


@pytest.fixture
def bob() -> Iterator[Principal]:
    with acting_as(app, "bob", roles={"editor"}) as bob:
        yield bob


def test_it(client: TestClient, bob: Principal) -> None:
    with acting_as(
        app, "ada", id="1", roles=["a"], permissions={"x:y"}, kind="person", tenant="t", factors={"knowledge"}
    ) as who:
        name: str = who.name
        assert client.get("/me").json() == name != bob.name
    with anonymous(app):
        assert client.get("/me").status_code == 401
"""
WRONG = """
with acting_as(app, "bob", kind="robot"):
    pass
with acting_as(app, 7):
    pass
with anonymous(app) as nobody:
    nobody.name
"""
CHECKERS = {
    # With the options and the cache of `make mypy`, so that nothing but this file is checked again.
    "mypy": ["mypy", "--config-file", "pyproject.toml", "users.py"],
    "pyright": ["pyright", "--pythonpath", sys.executable, "--project", "pyrightconfig.json"],
}


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize("checker", CHECKERS)
def test_users_code_is_typed(checker: str, tmp_path: Path) -> None:
    """Each wrong line is found, and nothing else is."""
    (tmp_path / "users.py").write_text(USERS + WRONG)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "include": ["users.py"]}')
    *command, target = [sys.executable, "-m", *CHECKERS[checker]]
    command.append(str(tmp_path / target))
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False).stdout
    first = USERS.count("\n")
    found = {int(line) for line in re.findall(r"users\.py:(\d+):.*error", told)}
    assert found == {first + line for line in (2, 4, 7)}, told
