"""A function that makes the app may be named in its place, as servers take it with `--factory`."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.running import buckler, serving

APP = """
from fastapi import FastAPI
from buckler import Buckler, Public


def made() -> FastAPI:
    app = FastAPI()
    Buckler(app, default=Public("for the test"))
    app.add_api_route("/made", lambda: "made")
    return app


def undeclared() -> FastAPI:
    Buckler(app := FastAPI())
    app.add_api_route("/undeclared", lambda: None)
    return app


def failing() -> FastAPI:
    return {}["hunter2"]


def other() -> str:
    return "no app"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(APP)
    return tmp_path


def test_it_is_served(folder: Path) -> None:
    """Nothing has to say that it is no app."""
    with serving(folder, "mine:made", "--environment", "development") as running:
        line = running.printed.split("Try it:\n")[1].splitlines()[0]
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=20)
        assert done.stdout == '"made"'


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("undeclared", "GET /undeclared (mine.py:"),
        ("failing", "mine:failing() makes no app."),
        ("other", "nor a function that makes one"),
    ],
)
def test_one_that_makes_none_is_refused_with_the_reason(folder: Path, name: str, told: str) -> None:
    """Of one that fails, the frames of its author alone are shown."""
    done = buckler("serve", f"mine:{name}", "--environment", "development", "--check", folder=folder)
    assert done.returncode == 1
    assert told in done.stderr
    assert ("in failing" in done.stderr) is (name == "failing")
    assert "target.py" not in done.stderr
