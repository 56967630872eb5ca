"""Coverage counts what runs in greenlets, with our tracers as without them."""

import json
from pathlib import Path

import pytest

from tests.house.tree import ROOT, run

MEASURED = """
import asyncio
import threading

from sqlalchemy.util import await_only, greenlet_spawn


def deep(number):
    if number:
        return deep(number - 1)
    await_only(asyncio.sleep(0))
    if number:
        return "never"
    return "deep"


def fails():
    await_only(asyncio.sleep(0))
    raise ValueError


async def one(number):
    said = await greenlet_spawn(deep, number)
    try:
        await greenlet_spawn(fails)
    except ValueError:
        said += "!"
    else:
        said = "never"
    return said


async def several():
    return await asyncio.gather(*(one(number) for number in range(5)))


def in_a_thread(answers):
    answers += asyncio.run(several())


def test_it():
    answers = asyncio.run(several())
    thread = threading.Thread(target=in_a_thread, args=(answers,))
    thread.start()
    thread.join()
    assert answers == ["deep!"] * 10
"""
SETTINGS = "[run]\nbranch = true\nconcurrency = greenlet, thread\ninclude = */test_program.py\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "test_program.py").write_text(MEASURED)
    (tmp_path / ".coveragerc").write_text(SETTINGS)
    return tmp_path


def counted(program: Path, *plugin: str) -> tuple[object, object]:
    """The lines and the branches that ran."""
    here = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = run("coverage", "run", "-m", "pytest", "-p", "no:cacheprovider", *plugin, cwd=program, **here)
    assert done.returncode == 0, done.stdout
    assert run("coverage", "json", cwd=program).returncode == 0
    counts = json.loads((program / "coverage.json").read_text())["files"]["test_program.py"]
    return counts["executed_lines"], counts["executed_branches"]


@pytest.mark.heavy
def test_what_runs_in_greenlets_is_counted_alike(program: Path) -> None:
    """Many at once, deep ones, failing ones, in two threads."""
    theirs = counted(program)
    assert counted(program, "-p", "tests.house.measured") == theirs
    lines = MEASURED.splitlines()
    never = {number for number, line in enumerate(lines, 1) if "never" in line}
    assert never.isdisjoint(theirs[0])
    assert lines.index('    return "deep"') + 1 in theirs[0]


@pytest.mark.heavy
def test_no_process_asks_for_the_greenlet_at_every_call(program: Path) -> None:
    """Where the plugin is, or it would be of no use."""
    (program / "test_program.py").write_text(
        "import sys\n\ndef test_it():\n    assert sys.gettrace().concur_id_func is None\n"
    )
    assert counted(program, "-p", "tests.house.measured")
    with pytest.raises(AssertionError, match="concur_id_func"):
        counted(program)
