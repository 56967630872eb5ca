"""Each gate closes: what it must refuse is laid before it with this project's own settings."""

import shutil
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, run

SETTINGS = ROOT / "pyproject.toml"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source with the project's settings, to break."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(SETTINGS, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("clock.py", "import buckler.edge", "Rooms import downwards only"),
        ("tokens/bad.py", "import buckler.access.roles", "Rooms import downwards only"),
        ("a_room_nobody_placed.py", "", "Rooms import downwards only"),
        ("edge/bad.py", "import sqlalchemy", "SQLAlchemy is named in the rooms that keep something"),
        ("access/bad.py", "from sqlalchemy.ext.asyncio import AsyncSession", "SQLAlchemy is named"),
        ("identity/bad.py", "import uvicorn", "The server is named in the command line"),
        ("tokens/bad.py", "import argon2", "Passwords are hashed in identity"),
        ("access/bad.py", "from joserfc import jwt", "Ciphers and signatures are named where keys are held"),
        ("identity/bad.py", "import joserfc", "Ciphers and signatures are named where keys are held"),
        ("service/bad.py", "import typer", "The command line's own library stays there"),
    ],
)
def test_an_import_that_breaks_a_contract_is_found(copy: Path, file: str, line: str, contract: str) -> None:
    """Upwards, of a driver outside its rooms, and of a room that no layer names."""
    with (copy / "src" / "buckler" / file).open("a") as source:
        source.write(f"\n{line}\n")
    done = run("lint-imports", "--no-logo", "--config", copy / "pyproject.toml", cwd=copy / "src")
    assert done.returncode == 1
    _, broken = done.stdout.split("Broken contracts")
    assert contract in broken
    assert (line.split()[1] if line else "a_room_nobody_placed").split(".")[0] in broken


def test_a_wrong_type_is_found_by_mypy(copy: Path) -> None:
    """And a missing one."""
    (copy / "src" / "buckler" / "bad.py").write_text('def f(x) -> int:\n    return "1"\n')
    done = run("mypy", "--config-file", copy / "pyproject.toml", "src/buckler/bad.py", cwd=copy)
    assert done.returncode == 1
    assert "[return-value]" in done.stdout
    assert "[no-untyped-def]" in done.stdout


def test_an_unknown_type_is_found_by_pyright(copy: Path) -> None:
    """Strict means that nothing stays unknown."""
    shutil.rmtree(copy / "src")
    (copy / "src").mkdir()
    (copy / "src" / "bad.py").write_text("def f(x):\n    return x\n")
    (copy / ".venv").symlink_to(ROOT / ".venv")
    done = run("pyright", "--project", copy / "pyproject.toml", cwd=copy)
    assert done.returncode == 1
    assert "reportUnknownParameterType" in done.stdout


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("import os", "F401"),
        ("assert True", "S101"),
        ("# x = f(1)", "ERA001"),
        ('print("here")', "T201"),
        ("def f(x=[]): ...", "B006"),
        ('token = f"SELECT * FROM t WHERE a = {1}"', "S608"),
    ],
)
def test_a_broken_rule_is_found_by_ruff(tmp_path: Path, line: str, rule: str) -> None:
    """In source; tests may assert."""
    (tmp_path / "bad.py").write_text(f'"""Bad."""\n\n{line}\n')
    done = run("ruff", "check", "--no-cache", "--config", SETTINGS, "--output-format", "concise", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert rule in done.stdout


def test_a_file_out_of_form_is_found_by_ruff(tmp_path: Path) -> None:
    """Form is a gate too."""
    (tmp_path / "bad.py").write_text("x = 'one'\n")
    done = run("ruff", "format", "--check", "--no-cache", "--config", SETTINGS, ".", cwd=tmp_path)
    assert done.returncode == 1


def test_a_warning_an_unknown_mark_and_an_unknown_setting_fail_a_test_run(tmp_path: Path) -> None:
    """pytest is strict."""
    shutil.copy(SETTINGS, tmp_path)
    (tmp_path / "tests").mkdir()
    test = tmp_path / "tests" / "test_it.py"
    test.write_text('import warnings\ndef test_it(): warnings.warn("old", DeprecationWarning)\n')
    assert run("pytest", "-q", cwd=tmp_path).returncode == 1
    test.write_text("import pytest\n@pytest.mark.unheard\ndef test_it(): pass\n")
    assert "'unheard' not found in `markers`" in run("pytest", "-q", cwd=tmp_path).stdout


def test_ruff_knows_every_rule_it_is_asked_for() -> None:
    """A rule that was retired would be a gate that stands open."""
    selected = tomllib.loads(SETTINGS.read_text())["tool"]["ruff"]["lint"]["select"]
    assert {"S", "B", "BLE", "DTZ", "ASYNC", "T20", "PT", "SLF"} <= set(selected)
