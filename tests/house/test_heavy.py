"""The first cases of a test stay where its others are left to whoever has time."""

from pathlib import Path

import pytest

from tests.house.tree import ROOT, run_pytest

ALIKE = """
import pytest
@pytest.mark.parametrize("case", "abcd")
@pytest.mark.heavy_beyond(2)
def test_alike(case):
    pass
def test_alone():
    pass
"""
SETTINGS = """
[pytest]
markers =
    heavy
    heavy_beyond(n)
"""


@pytest.mark.parametrize(("left_out", "passed"), [("not heavy", 3), ("heavy", 2)])
def test_the_cases_beyond_the_first_are_heavy(tmp_path: Path, left_out: str, passed: int) -> None:
    (tmp_path / "test_alike.py").write_text(ALIKE)
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    done = run_pytest("-p", "tests.house.heavy", "-m", left_out, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert f"{passed} passed, {5 - passed} deselected" in done.stdout, done.stdout
