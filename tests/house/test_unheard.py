"""A test that leaves a logger changed fails itself, not whoever comes after it."""

from pathlib import Path

from tests.house.tree import ROOT, run_pytest

LEAVES_IT = """
import logging
def test_of_a_server():
    logging.getLogger("uvicorn").propagate = False
def test_that_puts_it_back(monkeypatch):
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)
"""


def test_whoever_changes_a_logger_fails_by_name(tmp_path: Path) -> None:
    (tmp_path / "test_leaves.py").write_text(LEAVES_IT)
    done = run_pytest("-p", "tests.house.unheard", cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert "ERROR test_leaves.py::test_of_a_server" in done.stdout, done.stdout
    assert "left them so: uvicorn" in done.stdout
    assert "2 passed, 1 error" in done.stdout
