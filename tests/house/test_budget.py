"""Files and functions stay small enough to be read."""

from pathlib import Path

import pytest

from tests.house.budget import out_of_proportion, too_long
from tests.house.tree import ROOT, Module, below, modules


@pytest.fixture(scope="module")
def house() -> list[Module]:
    """Source, tests, benchmarks and examples."""
    return modules(ROOT, "src", "tests", "bench", "examples")


def test_no_file_or_function_outgrows_its_limit(house: list[Module]) -> None:
    """In all of them alike."""
    assert too_long(house) == []


def test_the_source_keeps_its_proportions(house: list[Module]) -> None:
    """Most files fit two screens and most functions one glance."""
    assert out_of_proportion(below("src", house)) == []


def test_a_long_file_and_a_long_function_are_found(tmp_path: Path) -> None:
    """The gate closes on each of them."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "file.py").write_text("x = 1\n" * 351)
    (tmp_path / "src" / "function.py").write_text("def f():\n" + "    x = 1\n" * 50)
    found = too_long(modules(tmp_path, "src"))
    assert [line.split(",")[0] for line in found] == ["src/file.py: 351 lines", "src/function.py:1: f has 51 lines"]


def test_a_tree_of_long_functions_is_found(tmp_path: Path) -> None:
    """Each within its limit, yet too long together."""
    (tmp_path / "src").mkdir()
    for number in range(3):
        (tmp_path / "src" / f"f{number}.py").write_text(("def f():\n" + "    x = 1\n" * 30) * 5)
    assert [line.split(":")[0] for line in out_of_proportion(modules(tmp_path, "src"))] == [
        "the median file",
        "the median function",
        "nine functions in ten",
    ]
