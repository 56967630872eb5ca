"""Each gate closes: what it must refuse is laid before it with this project's own settings."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import BIN, ROOT, run, run_pytest

SETTINGS = ROOT / "pyproject.toml"


BAD_IMPORTS = {
    ("clock.py", "import buckler.edge"): "Rooms import downwards only",
    ("tokens/bad.py", "import buckler.access.declarations.roles"): "Rooms import downwards only",
    ("edge/bad.py", "import sqlalchemy"): "SQLAlchemy is named in the rooms that keep something",
    ("access/bad.py", "from sqlalchemy.ext.asyncio import AsyncSession"): "SQLAlchemy is named in the rooms",
    ("identity/bad.py", "import uvicorn"): "The server is named where the wire is",
    ("cli/bad.py", "import uvicorn"): "The server is named where the wire is",
    ("cli/serve/order.py", "import buckler.cli.serve.crew.task"): "Rooms of the server import downwards only",
    ("cli/serve/wire/http.py", "import buckler.cli.serve.tls.context"): "Rooms of the server import downwards only",
    ("cli/bad.py", "import cryptography"): "Ciphers and signatures are named where keys are held",
    ("tokens/bad.py", "import argon2"): "Passwords are hashed in identity",
    ("identity/passwords/bad.py", "import bcrypt"): "bcrypt is named in one file",
    ("access/bad.py", "from joserfc import jwt"): "Ciphers and signatures are named where keys are held",
    ("identity/bad.py", "import joserfc"): "Ciphers and signatures are named where keys are held",
    ("service/bad.py", "import typer"): "The command line's own library stays there",
    ("identity/bad.py", "import httpx2"): "Requests to others leave in one room",
    ("events/bad.py", "import prometheus_client"): "Who collects metrics is named in one room",
    ("edge/bad.py", "import opentelemetry"): "Who collects metrics is named in one room",
    ("console/person/bad.py", "import buckler.console.administration.places"): "Rooms of the console import downwards",
    ("console/administration/bad.py", "import jinja2"): "Templates are rendered in one room",
    ("edge/bad.py", "from markupsafe import Markup"): "Templates are rendered in one room",
    ("input/bad.py", "import PIL"): "Pictures are decoded in one file",
    ("drill/bad.py", "import buckler.identity"): "The drill knows no defence",
    ("drill/plan/bad.py", "import buckler.staging"): "The drill knows no defence",
    ("drill/plan/bad.py", "import hypothesis"): "Values are made up in one file",
    ("drill/attacks/bad.py", "import httpx2"): "Requests to others leave in one room",
    ("access/declarations/bad.py", "import buckler.access.guard"): "Rooms of access import downwards only",
    ("drill/plan/bad.py", "import buckler.drill.engagement"): "Rooms of the drill import downwards only",
    ("drill/attacks/aiming/bad.py", "import buckler.drill.attacks.catalogue"): "Rooms of attacks import downwards only",
    ("drill/attacks/access/bad.py", "import buckler.drill.attacks.tokens"): "Families of attacks know nothing of each",
    ("cli/bad.py", "import packaging"): "Versions are compared in one room",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source with the project's settings, to break."""
    return copied(tmp_path)


def copied(folder: Path) -> Path:
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(SETTINGS, folder)
    return folder


def contracts_broken_in(folder: Path) -> dict[str, str]:
    """What the import gate says of the source in `folder`: the broken contracts, each with its reasons."""
    done = run("lint-imports", "--no-logo", "--config", folder / "pyproject.toml", cwd=folder / "src")
    assert done.returncode == 1, done.stdout
    _, broken = done.stdout.split("Broken contracts")
    parts = re.split(r"^(.+)\n-+\n", broken, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The contracts that all the bad imports together break."""
    folder = copied(tmp_path_factory.mktemp("imports"))
    for file, line in BAD_IMPORTS:
        with (folder / "src" / "buckler" / file).open("a") as source:
            source.write(f"\n{line}\n")
    return contracts_broken_in(folder)


@pytest.mark.parametrize(("file", "line"), BAD_IMPORTS)
def test_an_import_that_breaks_a_contract_is_found(broken: dict[str, str], file: str, line: str) -> None:
    """Upwards, and of a library outside its rooms."""
    contract = BAD_IMPORTS[file, line]
    reasons = next(reasons for name, reasons in broken.items() if name.startswith(contract))
    importer = f"buckler.{file.removesuffix('.py').replace('/', '.')}"
    imported = line.split()[1] if "buckler" in line else line.split()[1].split(".")[0]
    assert f"{importer} -> {imported}" in reasons


def test_a_room_that_no_layer_names_is_found(copy: Path) -> None:
    """Whoever adds a room says where it stands."""
    (copy / "src" / "buckler" / "a_room_nobody_placed.py").touch()
    assert "a_room_nobody_placed" in contracts_broken_in(copy)["Rooms import downwards only"]


def test_an_exception_for_an_import_that_nobody_makes_is_found(copy: Path) -> None:
    """It would let the import in unseen on the day that somebody makes it."""
    settings = copy / "pyproject.toml"
    stands = '"buckler.cli.serve.wire.* -> uvicorn"'
    assert stands in settings.read_text()
    settings.write_text(settings.read_text().replace(stands, f'{stands}, "buckler.edge.** -> uvicorn"'))
    done = run("lint-imports", "--no-logo", "--config", settings, cwd=copy / "src")
    assert done.returncode == 1
    assert "No matches for ignored import buckler.edge.** -> uvicorn" in done.stdout


def alone(folder: Path, text: str) -> Path:
    """A tree whose source is one bad file, with the project's settings."""
    (folder / "src").mkdir()
    (folder / "src" / "bad.py").write_text(text)
    shutil.copy(SETTINGS, folder)
    (folder / ".venv").symlink_to(BIN.parent)
    return folder


def test_a_wrong_type_is_found_by_mypy(tmp_path: Path) -> None:
    """And a missing one."""
    done = run("mypy", cwd=alone(tmp_path, 'def f(x) -> int:\n    return "1"\n'))
    assert done.returncode == 1
    assert "[return-value]" in done.stdout
    assert "[no-untyped-def]" in done.stdout


def test_an_unknown_type_is_found_by_pyright(tmp_path: Path) -> None:
    """Strict means that nothing stays unknown."""
    done = run("pyright", cwd=alone(tmp_path, "def f(x):\n    return x\n"))
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


def test_a_warning_and_an_unknown_mark_fail_a_test_run(tmp_path: Path) -> None:
    """pytest is strict."""
    shutil.copy(SETTINGS, tmp_path)
    (tmp_path / "tests").mkdir()
    warns = "import warnings\n\ndef test_it():\n    warnings.warn('old', DeprecationWarning)\n"
    (tmp_path / "tests" / "test_warning.py").write_text(warns)
    marks = "import pytest\n\n@pytest.mark.unheard\ndef test_it():\n    pass\n"
    (tmp_path / "tests" / "test_mark.py").write_text(marks)
    done = run_pytest("--continue-on-collection-errors", cwd=tmp_path)
    assert done.returncode == 1
    assert "DeprecationWarning: old" in done.stdout
    assert "'unheard' not found in `markers`" in done.stdout


def test_ruff_knows_every_rule_it_is_asked_for() -> None:
    """A rule that was retired would be a gate that stands open."""
    selected = tomllib.loads(SETTINGS.read_text())["tool"]["ruff"]["lint"]["select"]
    assert {"S", "B", "BLE", "DTZ", "ASYNC", "T20", "PT", "SLF"} <= set(selected)
