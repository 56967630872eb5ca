"""The drill as a command, in tests and in the plugin: one word for one thing, with one default."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from buckler.cli.drill.command import drill_command
from buckler.drill.bounds import FAIL_ON, REQUESTS, SECONDS, TIME
from buckler.drill.plan.line import read_seconds
from buckler.drill.wanted import Wanted
from buckler.testing import Drilled, drill, drill_plugin

COMMAND_ALONE: Final = {
    "target": "what is attacked is the first argument in each",
    "openapi": "of a URL, and in tests an app is attacked",
    "target_is_mine": "of a URL",
    "ca": "of a URL",
    "insecure": "of a URL",
    "form": "tests have pytest's own report",
    "output": "tests have pytest's own report",
    "write_baseline": "it is filled in once, by hand",
    "attacks": "it attacks nothing",
    "_schema": "it attacks nothing",
}
APP: Final = """
import os
from fastapi import FastAPI

app = FastAPI(title=os.environ["SAID"])


@app.get("/a")
async def a() -> str:
    return "a"
"""


def _defaults(call: Callable[..., Any]) -> dict[str, Any]:
    given = inspect.signature(call).parameters.values()
    return {each.name: each.default or None for each in given if each.name not in ("app", "self")}


def _plugin() -> dict[str, Any]:
    parser = pytest.Parser(_ispytest=True)
    drill_plugin.pytest_addoption(parser)
    options = (option.attrs() for group in parser._groups for option in group.options)
    named = {str(each["dest"]).removeprefix("drill_"): each.get("default") or None for each in options}
    return {name: value for name, value in named.items() if name != "drill"}


def test_each_option_is_named_and_meant_alike_in_all_of_them() -> None:
    """What the command has and the others have not is listed, with the reason."""
    known = {name: value for name, value in _defaults(drill_command).items() if name not in COMMAND_ALONE}
    assert COMMAND_ALONE.keys() < _defaults(drill_command).keys()
    assert {**_defaults(drill), **_defaults(Drilled.assert_clean)} == known
    assert _plugin() == known
    assert (known["fail_on"], known["budget"], known["requests"]) == (FAIL_ON, TIME, REQUESTS)
    assert read_seconds(TIME) == SECONDS == Wanted(()).seconds


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With an app that does not start without a variable, and a file that says it."""
    (tmp_path / "asking_app.py").write_text(APP)
    (tmp_path / "options.toml").write_text('[target.environment]\nSAID = "by the file"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SAID", raising=False)
    monkeypatch.delitem(sys.modules, "asking_app", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "told",
    [
        {"options": "options.toml"},
        {"env": ["SAID=by the line"]},
        {"env": "SAID=a word"},
        {"env": {"SAID": "by a mapping"}},
    ],
)
def test_in_a_test_the_app_finds_the_environment(folder: Path, told: dict[str, Any]) -> None:
    """Of the file and of the line; the test itself does not."""
    assert drill("asking_app:app", only="D110", **told).report.coverage.judged
    sys.modules.pop("asking_app")


def test_an_environment_that_comes_too_late_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that was imported before has read what it needs."""
    monkeypatch.setenv("SAID", "before")
    drill("asking_app:app", only="D110")
    notes = drill("asking_app:app", only="D110", env=["SAID=late"]).report.notes
    assert any("SAID" in note and "imported before" in note for note in notes), notes
    sys.modules.pop("asking_app")


@pytest.mark.heavy_beyond(1)
@pytest.mark.parametrize(
    "words",
    [
        ["buckler", "drill", "asking_app:app", "--only", "D110", "--options", "options.toml"],
        ["buckler", "drill", "asking_app:app", "--only", "D110", "--env", "SAID=a"],
        [
            *("pytest", "-p", "buckler.testing.drill_plugin", "-p", "no:cacheprovider", "--drill", "asking_app:app"),
            *("--drill-only", "D110", "--drill-options", "options.toml", "--drill-fail-on", "critical"),
        ],
    ],
)
def test_the_command_and_the_plugin_say_it_too(folder: Path, words: list[str]) -> None:
    """The app starts, and is attacked."""
    done = subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.heavy
def test_the_plugin_fails_where_nothing_could_be_judged(folder: Path) -> None:
    """Skipped tests alone would look like a success; a word that is none is a wrong call."""
    words = [sys.executable, "-m", "pytest", "-p", "buckler.testing.drill_plugin", "-p", "no:cacheprovider", "-rA"]
    asked = ["--drill", "asking_app:app", "--drill-env", "SAID=a", "--drill-only"]
    done = subprocess.run([*words, *asked, "D103"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "0 of 0 attacks could be judged" in done.stdout, done.stdout
    assert "1 failed, 1 skipped" in done.stdout
    wrong = subprocess.run([*words, *asked, "acess"], cwd=folder, capture_output=True, text=True, check=False)
    assert (wrong.returncode, "Did you mean access" in wrong.stderr + wrong.stdout) == (4, True)
