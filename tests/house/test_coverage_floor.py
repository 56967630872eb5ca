"""Coverage is measured over our own source, and its floor only rises."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.floor import floor, highest_before
from tests.house.tree import ROOT, run

SETTINGS = ROOT / "pyproject.toml"

PROGRAM = """
import subprocess
import sys
import threading

def half(x):
    if x:
        return 1
    return 2

def in_a_thread():
    return half(1)

def in_another_process():
    return 3

if sys.argv[1:] == ["again"]:
    in_another_process()
else:
    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    subprocess.run([sys.executable, "-m", "buckler.program", "again"], check=True)
"""


def measure(folder: Path, program: str) -> tuple[int, str]:
    """The exit code and output of the coverage gate, over a package `buckler` that holds `program`."""
    source = folder / "buckler"
    source.mkdir()
    (source / "__init__.py").touch()
    (source / "program.py").write_text(program)
    (folder / "tests").mkdir()
    shutil.copy(SETTINGS, folder)
    here = {"PYTHONPATH": str(folder)}
    assert run("coverage", "run", "-m", "buckler.program", cwd=folder, **here).returncode == 0
    assert run("coverage", "combine", cwd=folder, **here).returncode == 0
    done = run("coverage", "report", cwd=folder, **here)
    return done.returncode, done.stdout


def test_the_floor_never_falls() -> None:
    """Below what any commit before held."""
    assert floor(SETTINGS.read_text(encoding="utf-8")) >= highest_before(ROOT)


@pytest.mark.heavy
def test_the_gate_closes_under_the_floor(tmp_path: Path) -> None:
    """On a branch never taken; threads and other processes are counted, so that they alone are not the reason."""
    code, output = measure(tmp_path, PROGRAM)
    assert code == 2
    row = next(line for line in output.splitlines() if "program.py" in line)
    assert row.split()[-1] == "9"


def test_the_gate_stands_open_above_the_floor(tmp_path: Path) -> None:
    """The same program with its other branch taken, and the floor that we hold."""
    assert measure(tmp_path, PROGRAM.replace("return half(1)", "return half(1) + half(0)"))[0] == 0


@pytest.mark.parametrize("later", ["fail_under = 89", "fail_under = 90.9", "show_missing = true"])
def test_a_floor_that_fell_is_found(tmp_path: Path, later: str) -> None:
    """Or was taken away, also when a commit between had raised it."""
    for setting in ("fail_under = 90", "fail_under = 91", later):
        (tmp_path / "pyproject.toml").write_text(f"[tool.coverage.report]\n{setting}\n")
        commit(tmp_path)
    assert floor((tmp_path / "pyproject.toml").read_text()) < highest_before(tmp_path) == 91


def test_without_a_history_nothing_is_compared(tmp_path: Path) -> None:
    """A source archive can be tested too."""
    assert highest_before(tmp_path) == 0


def commit(folder: Path) -> None:
    """Everything in `folder`, in a repository of its own."""
    me = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    for command in (["init", "--quiet"], ["add", "."], [*me, "commit", "--quiet", "--no-verify", "--message=x"]):
        subprocess.run(["git", *command], cwd=folder, check=True, timeout=60)
